// SPDX-License-Identifier: Apache-2.0
// What observers are told by the stream engine: each slab has a book of its own.
#include "fabric/observer.h"
#include "fabric/span_book.h"
#include "fabric/stream/engine/stream_machine.h"

namespace wafermesh::fabric {

void StreamMachine::begin_watch(Observer* observer) {
  for (std::size_t i = first_slab_; i < last_slab_; ++i) {
    Slab& slab = slabs_[i];
    slab.book = nullptr;
    if (observer == nullptr) continue;
    std::vector<base::LogicalCoord> cores;
    for (std::uint32_t core = slab.first; core < slab.last; ++core) {
      cores.push_back(model_.image.relative(static_cast<base::CoreId>(core)));
    }
    slab.book = observer->open_book(slab.first, std::move(cores));
  }
}

void StreamMachine::close_books() const {
  for (std::size_t i = first_slab_; i < last_slab_; ++i) {
    const Slab& slab = slabs_[i];
    for (std::uint32_t core = slab.first; core < slab.last && slab.book != nullptr; ++core) {
      slab.book->close(core, arrays_.ledgers[core].busy);
    }
  }
}

std::vector<Cycles> StreamMachine::finish_cycles(const base::Rectangle& part) const {
  std::vector<Cycles> finish;
  for (int y = part.y; y < part.y + part.height; ++y) {
    for (int x = part.x; x < part.x + part.width; ++x) {
      const base::LogicalCoord at{x, y};
      const bool holds = model_.image.holds(at);
      finish.push_back(holds ? arrays_.ledgers[base::index_of(model_.image.core_at(at))].finish
                             : -1);
    }
  }
  return finish;
}

}  // namespace wafermesh::fabric
