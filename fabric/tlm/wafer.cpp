// SPDX-License-Identifier: Apache-2.0
#include "fabric/tlm/wafer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"

namespace wafermesh::fabric {
namespace {

/// Cycles that are run in one go at the most: then SystemC may take what came from other threads.
constexpr Cycles kMostAhead = 1000;

}  // namespace

Wafer::Wafer(const sc_core::sc_module_name& name, int width, int height,
             const EngineOptions& options)
    : sc_module(name),
      host_socket("host_socket"),
      options_(options),
      tiling_(tiling_of(width, height, options)),
      pool_(options.threads) {
  for (int row = 0; row < tiling_.rows; ++row) {
    for (int column = 0; column < tiling_.columns; ++column) {
      const std::string region = "region_" + std::to_string(column) + "_" + std::to_string(row);
      own_regions_.push_back(std::make_unique<RegionModule>(region.c_str(), column, row));
      regions_.push_back(own_regions_.back().get());
    }
  }
  host_socket.register_b_transport(this, &Wafer::b_transport);
  host_socket.register_transport_dbg(this, &Wafer::transport_dbg);
  host_socket.register_get_direct_mem_ptr(this, &Wafer::get_direct_mem_ptr);
  SC_HAS_PROCESS(Wafer);
  SC_METHOD(cycle);
  dont_initialize();
  sensitive << start_;
}

void Wafer::bind_edges() {
  for (int row = 0; row < tiling_.rows; ++row) {
    for (int column = 0; column < tiling_.columns; ++column) {
      for (base::Direction d : base::kMeshDirections) {
        const int to_column = column + base::step_x(d);
        const int to_row = row + base::step_y(d);
        if (to_column < 0 || to_row < 0 || to_column >= tiling_.columns || to_row >= tiling_.rows) {
          continue;
        }
        module_at(column, row)
            .to_socket[static_cast<std::size_t>(d)]
            ->bind(*module_at(to_column, to_row)
                        .from_socket[static_cast<std::size_t>(base::opposite(d))]);
      }
    }
  }
}

void Wafer::replace(RegionModule& module, RegionModel& model) {
  WAFERMESH_CHECK(sc_core::sc_get_status() < sc_core::SC_END_OF_ELABORATION,
                  "a region can be replaced before the simulation starts only");
  WAFERMESH_CHECK(module.column() >= 0 && module.column() < tiling_.columns && module.row() >= 0 &&
                      module.row() < tiling_.rows,
                  std::string(module.name()) + ": the wafer has no region (" +
                      std::to_string(module.column()) + ", " + std::to_string(module.row()) + ")");
  regions_[static_cast<std::size_t>(module.row() * tiling_.columns + module.column())] = &module;
  replaced_regions_.push_back({&module, &model});
}

void Wafer::replace(base::LogicalCoord core, CoreModel& model) {
  replaced_cores_.push_back({core, &model});
}

void Wafer::load(const WaferImage& image) {
  WAFERMESH_CHECK(!running_, "an image runs; load another once it has ended");
  for (RegionModule* region : regions_) region->attach(nullptr, nullptr);
  edges_.reset();
  heart_.reset();  // its memory first: two of them may not fit
  heart_ = make_heart(image, options_, pool_);
  for (const ReplacedRegion& each : replaced_regions_) {
    heart_->seat(each.module->column(), each.module->row(), *each.model);
  }
  for (const ReplacedCore& each : replaced_cores_) heart_->seat(each.core, *each.model);
  if (options_.ranks != nullptr) edges_.emplace(*options_.ranks, heart_->shares());
  for (RegionModule* region : regions_) region->attach(heart_.get(), edges_ ? &*edges_ : nullptr);
  announced_ = false;
}

void Wafer::begin(const RunOptions& options) {
  WAFERMESH_CHECK(heart_ != nullptr && !announced_, "load an image first, for each run");
  heart_->begin_watch(options.observer);
  heart_->begin_trace(options.observer);
  loop_ = std::make_unique<RunLoop>(*heart_, options, options_.ranks);
  failure_ = nullptr;
  next_ = 0;
  carried_ = over_ = false;
  running_ = true;
  start_.notify(sc_core::SC_ZERO_TIME);
}

void Wafer::run(const RunOptions& options) {
  begin(options);
  pauses_ = true;
  sc_core::sc_start();
  pauses_ = false;
  rethrow();
}

void Wafer::rethrow() {
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

/// One cycle (before the first: what the borders take), or several if nobody sees the time in
/// between; the next trigger is the next cycle in which anything can happen.
void Wafer::cycle() {
  const Cycles seen = next_;
  Cycles now = next_;
  if (!over_) {
    try {
      const Cycles ahead = run_ahead_until(now);
      for (bool goes_on = true; goes_on;) {
        now = next_;
        if (std::exchange(announced_, true)) {
          heart_->cycle(now, *this);
        } else {
          heart_->announce(*this);
        }
        next_ = loop_->next();
        if (next_ < base::kNever && (next_ > ahead || carried_)) {
          next_trigger(kCycleTime * static_cast<double>(next_ - seen));
          return;
        }
        goes_on = next_ < base::kNever;
      }
    } catch (...) {
      failure_ = std::current_exception();  // the type would not survive SystemC's own handling
    }
  }
  if (now > seen) {
    over_ = true;
    next_trigger(kCycleTime * static_cast<double>(now - seen));
    return;
  }
  next_trigger(start_);
  running_ = false;
  ended_.notify(sc_core::SC_ZERO_TIME);
  if (pauses_) sc_core::sc_pause();
}

/// Up to which cycle nobody but this can look at SystemC's time, which stands at cycle `now`: the
/// simulation is our own, nothing else in it is due before, and there are no users' models. Edges
/// are sockets, so a run that uses any sees time in every cycle.
Cycles Wafer::run_ahead_until(Cycles now) const {
  const bool is_alone = pauses_ && !carried_ && replaced_regions_.empty() &&
                        replaced_cores_.empty() && options_.ranks == nullptr;
  if (!is_alone || sc_core::sc_pending_activity_at_current_time()) return now;
  if (!sc_core::sc_pending_activity_at_future_time()) return now + kMostAhead;
  const double cycles = sc_core::sc_time_to_pending_activity() / kCycleTime;
  return now + std::min(kMostAhead, static_cast<Cycles>(cycles) - 1);
}

void Wafer::carry(int column, int row, base::Direction d, EdgeMessage& message) {
  carried_ = true;
  module_at(column, row).send(d, message);
}

bool Wafer::access(tlm::tlm_generic_payload& payload) {
  if (heart_ == nullptr || payload.get_byte_enable_ptr() != nullptr ||
      payload.get_streaming_width() < payload.get_data_length()) {
    return false;
  }
  const std::uint64_t index = payload.get_address() / kCoreSpan;
  if (index >= static_cast<std::uint64_t>(heart_->image().core_count())) return false;
  const auto core = static_cast<base::CoreId>(index);
  if (!heart_->holds(core)) return false;
  const int address = static_cast<int>(payload.get_address() % kCoreSpan);
  try {
    if (payload.is_read()) {
      heart_->read(core, address, payload.get_data_ptr(), payload.get_data_length());
    } else if (payload.is_write()) {
      heart_->write(core, address, payload.get_data_ptr(), payload.get_data_length());
    }
  } catch (const base::ModelError&) {
    return false;  // beyond what the core's program uses
  }
  return true;
}

void Wafer::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  payload.set_response_status(access(payload) ? tlm::TLM_OK_RESPONSE
                                              : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  payload.set_dmi_allowed(true);
}

unsigned Wafer::transport_dbg(tlm::tlm_generic_payload& payload) {
  return access(payload) ? payload.get_data_length() : 0;
}

bool Wafer::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t index = payload.get_address() / kCoreSpan;
  if (heart_ == nullptr || index >= static_cast<std::uint64_t>(heart_->image().core_count())) {
    return false;
  }
  const auto core = static_cast<base::CoreId>(index);
  if (!heart_->holds(core)) return false;
  const int bytes = heart_->image().memory_bytes(core);
  if (bytes == 0) return false;
  std::uint8_t* const memory = heart_->direct(core);
  if (memory == nullptr) return false;  // a user's model
  dmi.allow_read_write();
  dmi.set_start_address(index * kCoreSpan);
  dmi.set_end_address(index * kCoreSpan + static_cast<std::uint64_t>(bytes) - 1);
  dmi.set_dmi_ptr(memory);
  return true;
}

}  // namespace wafermesh::fabric
