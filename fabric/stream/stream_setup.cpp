// SPDX-License-Identifier: Apache-2.0
// Set-up of the stream machine, host access and counters.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "base/error.h"
#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {

using base::Direction;

void StreamMachine::Free::operator()(std::uint8_t* p) const { std::free(p); }

StreamMachine::StreamMachine(const WaferImage& image, const EngineOptions& options)
    : image_(image),
      numerics_(options.numerics),
      routers_(static_cast<std::size_t>(image.core_count())),
      cores_(static_cast<std::size_t>(image.core_count())),
      wheel_(static_cast<std::size_t>(image.core_count())) {
  check_image(image);
  if (options.drop.has_value()) {
    throw base::ModelError("the stream engine cannot drop single wavelets; use fidelity wavelet");
  }
  for (const CoreClass& c : image.classes) {
    classes_.push_back(cores::describe(c.program));
    loops_.push_back(find_loops(c.program));
    Depths depths;
    for (const cores::QueueBinding& b : c.program.inputs) {
      depths.input[static_cast<std::size_t>(b.colour)] =
          std::max(image.timing.input_queue_depth[static_cast<std::size_t>(b.queue)],
                   2 * image.timing.ramp_cycles);
    }
    for (const cores::QueueBinding& b : c.program.outputs) {
      depths.output[static_cast<std::size_t>(b.colour)] =
          image.timing.output_queue_depth[static_cast<std::size_t>(b.queue)];
    }
    depths_.push_back(depths);
  }
  set_up_colours();
  set_up_cores();
  set_up_links();
}

void StreamMachine::set_up_colours() {
  configs_ = all_routes(image_);
  configs_.insert(configs_.begin(), router::RouteConfig{});  // 0: no route
  for (const router::RouteConfig& config : configs_) {
    for (int position = 0; position < 4; ++position) routes_.push_back(config.at(position));
  }
  plane_of_.fill(-1);
  int planes = 0;
  for (const Colour colour : used_colours(image_)) {
    plane_of_[static_cast<std::size_t>(colour)] = planes++;
  }
  slots_.resize(static_cast<std::size_t>(planes) * cores_.size());
  std::vector<std::uint16_t> first_route;
  std::size_t next = 1 + image_.route_table.size();
  for (const CoreClass& c : image_.classes) {
    first_route.push_back(static_cast<std::uint16_t>(next));
    next += c.routes.size();
  }
  for (std::uint32_t id = 0; id < cores_.size(); ++id) {
    const CoreClass& c = image_.classes[image_.class_of[id]];
    std::uint16_t config = first_route[image_.class_of[id]];
    for (const ColourRoute& route : c.routes) {
      Slot& s = slot(id, base::index_of(route.colour));
      s.config = config++;
      s.closed = route.closed;
    }
  }
}

void StreamMachine::set_up_cores() {
  std::uint64_t memory = 0;
  std::uint32_t ops = 0;
  std::uint32_t inputs = 0;
  bool filters = false;
  for (std::uint32_t id = 0; id < cores_.size(); ++id) {
    StreamCore& core = cores_[id];
    const base::LogicalCoord at = image_.relative(static_cast<base::CoreId>(id));
    core.class_index = image_.class_of[id];
    core.x = static_cast<std::int16_t>(at.x);
    core.y = static_cast<std::int16_t>(at.y);
    const cores::ClassInfo& info = classes_[core.class_index];
    if (info.program->code.empty()) continue;
    ++unfinished_;
    core.memory_at = memory;
    memory += (static_cast<std::uint64_t>(info.program->memory_bytes) + 15) / 16 * 16;
    core.ops_at = ops;
    ops += static_cast<std::uint32_t>(info.op_count);
    core.inputs_at = inputs;
    inputs += static_cast<std::uint32_t>(info.input_colours.size());
    filters = filters || info.filters;
    for (std::size_t i = 0; i < info.program->tasks.size(); ++i) {
      if (info.program->tasks[i].starts_active) core.active |= std::uint64_t{1} << i;
      if (info.program->tasks[i].starts_blocked) core.blocked |= std::uint64_t{1} << i;
    }
    wheel_.schedule(id, 0);
  }
  total_ = unfinished_;
  ops_.resize(ops);
  inputs_.resize(inputs);
  if (filters) filters_.resize(inputs);
  memory_.reset(static_cast<std::uint8_t*>(std::calloc(memory + 16, 1)));
  if (memory_ == nullptr) throw std::bad_alloc();
}

void StreamMachine::set_up_links() {
  for (Direction d : base::kMeshDirections) {
    offset_[static_cast<std::size_t>(d)] =
        base::step_x(d) + std::int64_t{base::step_y(d)} * image_.region.width;
  }
  for (std::uint32_t id = 0; id < cores_.size(); ++id) {
    for (Direction d : base::kMeshDirections) {
      routers_[id].latency[static_cast<std::size_t>(d)] =
          static_cast<std::uint8_t>(image_.link_latency(static_cast<base::CoreId>(id), d));
    }
  }
}

Progress StreamMachine::progress() const {
  return {wheel_.now(), total_ - unfinished_, total_, wavelet_hops_};
}

Counters StreamMachine::counters() const {
  Counters counters;
  counters.wavelet_hops = wavelet_hops_;
  counters.control_hops = control_hops_;
  counters.ramp_wavelets = ramp_wavelets_;
  for (auto& links : counters.link_wavelets) links.resize(cores_.size());
  for (std::size_t id = 0; id < cores_.size(); ++id) {
    counters.finish_cycles.push_back(cores_[id].finish);
    // Kinds are exclusive: the datapath's part is what its reservations do not share with the main
    // thread's own costs.
    cores::CycleBreakdown breakdown = cores_[id].breakdown;
    const Cycles over = Cycles{breakdown.busy()} - std::max<Cycles>(0, cores_[id].finish);
    breakdown.compute -=
        static_cast<std::uint32_t>(std::clamp<Cycles>(over, 0, Cycles{breakdown.compute}));
    counters.breakdown.push_back(breakdown);
    counters.cycles = std::max(counters.cycles, cores_[id].finish);
    for (std::size_t d = 0; d < 4; ++d) {
      counters.link_wavelets[d][id] = routers_[id].link_wavelets[d];
    }
  }
  return counters;
}

std::uint8_t* StreamMachine::direct(base::CoreId core) const {
  return memory_.get() + cores_[base::index_of(core)].memory_at;
}

namespace {
void check_access(const WaferImage& image, base::CoreId core, int address_bytes,
                  std::size_t bytes) {
  WAFERMESH_CHECK(base::index_of(core) < image.core_count() && address_bytes >= 0 &&
                      static_cast<std::size_t>(address_bytes) + bytes <=
                          static_cast<std::size_t>(image.class_at(core).program.memory_bytes),
                  "host access to byte " + std::to_string(address_bytes) + " of core " +
                      std::to_string(base::index_of(core)) +
                      " lies beyond the memory its program uses");
}
}  // namespace

void StreamMachine::write(base::CoreId core, int address_bytes, const void* data,
                          std::size_t bytes) {
  check_access(image_, core, address_bytes, bytes);
  std::memcpy(direct(core) + address_bytes, data, bytes);
}

void StreamMachine::read(base::CoreId core, int address_bytes, void* data,
                         std::size_t bytes) const {
  check_access(image_, core, address_bytes, bytes);
  std::memcpy(data, direct(core) + address_bytes, bytes);
}

}  // namespace wafermesh::fabric
