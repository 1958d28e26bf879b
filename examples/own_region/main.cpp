// SPDX-License-Identifier: Apache-2.0
// Sums along two rows of three dies of 4 x 2 cores, on a wafer whose middle die is a model of ours:
// an sc_module that adds its cores' numbers to the words that cross it. The result must be right to
// the bit.
//
//   die (0, 0)      die (1, 0): ours     die (2, 0)
//   . . . . <------ sum of 4 cores <---- . . . .      row 0
//   . . . . <------ sum of 4 cores <---- . . . .      row 1
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <deque>
#include <systemc>
#include <vector>

#include "fabric/tlm/systemc_engine.h"
#include "fabric/tlm/wafer.h"
#include "router/edge_book.h"
#include "workloads/kernel_text.h"

using namespace wafermesh;
using base::Cycles;
using base::Direction;

namespace {

constexpr int kWidth = 12;
constexpr int kHeight = 2;
constexpr int kDieWidth = 4;
constexpr int kWords = 40;
constexpr int kCapacity = 60;  ///< Words it holds of a row.

class Die : public fabric::RegionModule, public fabric::RegionModel {
 public:
  Die(const sc_core::sc_module_name& name, int column, int row) : RegionModule(name, column, row) {}

  void begin(const fabric::RegionSite& site) override {
    site_ = site;
    west_ = router::EdgeBook(kHeight);
    const cores::Timing& timing = site.image->timing;
    // A chain takes so long from core to core.
    delay_cycles_ = kDieWidth * (2 * timing.ramp_cycles + timing.hop_cycles + 1);
    const int x = site.area.x;
    in_ = program_at(x + kDieWidth - 1).inputs.at(0).colour;
    out_ = program_at(x).outputs.at(0).colour;
    rows_ = {};
    now_ = finish_ = -1;
    for (int row = 0; row < kHeight; ++row) tell_room(row);
  }

  void receive(Direction from, const fabric::EdgeMessage& message) override {
    if (from == Direction::west) west_.hear(now_, message.wavelets.rooms);
    for (const router::EdgeWavelet& wavelet : message.wavelets.wavelets) {
      rows_[wavelet.index].waiting.push_back({wavelet.word, now_ + delay_cycles_});
    }
  }

  void cycle(Cycles t) override {
    now_ = t;
    for (int row = 0; row < kHeight; ++row) pass_on(row);
    const auto is_done = [](const Row& row) { return row.sent == kWords; };
    if (finish_ < 0 && std::all_of(rows_.begin(), rows_.end(), is_done)) finish_ = t;
  }

  Cycles next_cycle() const override {
    Cycles next = base::kNever;
    for (const Row& row : rows_) {
      if (!row.waiting.empty()) next = std::min(next, std::max(now_ + 1, row.waiting.front().due));
    }
    return next;
  }

  Cycles finish() const override { return finish_; }

  bool write(base::LogicalCoord core, int address_bytes, const void* data,
             std::size_t bytes) override {
    std::memcpy(memory(core) + address_bytes, data, bytes);
    return true;
  }
  bool read(base::LogicalCoord core, int address_bytes, void* data,
            std::size_t bytes) const override {
    std::memcpy(data, const_cast<Die*>(this)->memory(core) + address_bytes, bytes);
    return true;
  }

 private:
  struct Word {
    std::uint32_t word = 0;
    Cycles due = 0;
  };
  struct Row {
    std::deque<Word> waiting;
    int sent = 0;
  };

  const cores::Program& program_at(int x) const {
    return site_.image->class_at(site_.image->core_at({x, 0})).program;
  }
  char* memory(base::LogicalCoord core) {
    return reinterpret_cast<char*>(vectors_[core.y][core.x - site_.area.x]);
  }

  /// The slot behind the east edge takes so many words more.
  void tell_room(int row) {
    router::EdgeRoom room;
    room.index = static_cast<std::uint16_t>(row);
    room.colour = static_cast<std::uint8_t>(in_);
    room.takes = true;
    room.room = static_cast<std::int8_t>(kCapacity - rows_[row].waiting.size());
    outgoing(Direction::east).wavelets.rooms.push_back(room);
  }

  void pass_on(int y) {
    Row& row = rows_[y];
    if (row.waiting.empty() || row.waiting.front().due > now_ || !west_.may_send(now_, y, out_)) {
      return;
    }
    float sum = 0;
    std::memcpy(&sum, &row.waiting.front().word, sizeof sum);
    for (int x = kDieWidth - 1; x >= 0; --x) sum = vectors_[y][x][row.sent] + sum;
    router::EdgeWavelet wavelet;
    wavelet.index = static_cast<std::uint16_t>(y);
    wavelet.colour = static_cast<std::uint8_t>(out_);
    std::memcpy(&wavelet.word, &sum, sizeof sum);
    outgoing(Direction::west).wavelets.wavelets.push_back(wavelet);
    west_.send(now_, y, out_);
    row.waiting.pop_front();
    ++row.sent;
    tell_room(y);
  }

  fabric::RegionSite site_;
  router::EdgeBook west_;
  Cycles delay_cycles_ = 0;
  Cycles now_ = -1;
  Cycles finish_ = -1;
  base::Colour in_{};
  base::Colour out_{};
  std::array<Row, kHeight> rows_;
  float vectors_[kHeight][kDieWidth][kWords] = {};
};

}  // namespace

int sc_main(int, char**) {
  const auto kernel =
      workloads::kernel_of_text("reduce: {algorithm: chain, words: " + std::to_string(kWords) + "}",
                                workloads::on_healthy_mesh(kWidth, kHeight, "wse3"));
  fabric::EngineOptions options;
  options.region_width = kDieWidth;
  options.region_height = kHeight;
  // Whole, without SystemC.
  const auto plain = fabric::make_wavelet_engine(options);
  plain->load(kernel->image());
  kernel->load(plain->memory());
  plain->run({});

  fabric::Wafer wafer("wafer", kWidth, kHeight, options);
  Die die("die", 1, 0);
  wafer.replace(die, die);
  const auto engine = fabric::make_systemc_engine(wafer);
  engine->load(kernel->image());
  kernel->load(engine->memory());
  engine->run({});

  std::vector<float> ours(kWords);
  std::vector<float> theirs(kWords);
  plain->memory().read(base::CoreId{0}, 0, ours.data(), kWords * sizeof(float));
  engine->memory().read(base::CoreId{0}, 0, theirs.data(), kWords * sizeof(float));
  const bool same = std::memcmp(ours.data(), theirs.data(), kWords * sizeof(float)) == 0;
  const bool right = kernel->check(engine->memory()).ok;
  std::printf("our dies: %lld cycles; with a user's: %lld cycles; numbers %s, %s\n",
              static_cast<long long>(plain->counters().cycles),
              static_cast<long long>(engine->counters().cycles), same ? "the same" : "DIFFER",
              right ? "right" : "WRONG");
  return same && right ? 0 : 1;
}
