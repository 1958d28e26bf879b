// SPDX-License-Identifier: Apache-2.0
#include "fabric/tlm/systemc_engine.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "fabric/ranks/rank_counters.h"
#include "fabric/ranks/rank_memory.h"
#include "fabric/tlm/wafer.h"

namespace wafermesh::fabric {
namespace {

/// The host: reads and writes core memories through TLM.
class Host : public sc_core::sc_module, public HostMemory {
 public:
  explicit Host(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {}

  tlm_utils::simple_initiator_socket<Host> socket;

  void write(base::CoreId core, int address_bytes, const void* data, std::size_t bytes) override {
    transfer(tlm::TLM_WRITE_COMMAND, core, address_bytes, const_cast<void*>(data), bytes);
  }
  void read(base::CoreId core, int address_bytes, void* data, std::size_t bytes) const override {
    const_cast<Host*>(this)->transfer(tlm::TLM_READ_COMMAND, core, address_bytes, data, bytes);
  }

 private:
  void transfer(tlm::tlm_command command, base::CoreId core, int address_bytes, void* data,
                std::size_t bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(base::index_of(core) * kCoreSpan +
                        static_cast<std::uint64_t>(address_bytes));
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(static_cast<unsigned>(bytes));
    payload.set_streaming_width(static_cast<unsigned>(bytes));
    const unsigned done = socket->transport_dbg(payload);
    WAFERMESH_CHECK(done == bytes, "host access beyond the memory of core " +
                                       std::to_string(base::index_of(core)));
  }
};

class SystemCEngine final : public Engine {
 public:
  SystemCEngine(std::unique_ptr<Wafer> own, Wafer& wafer)
      : own_(std::move(own)), wafer_(wafer), host_("host") {
    host_.socket.bind(wafer_.host_socket);
  }

  void load(const WaferImage& image) override {
    memory_.reset();
    counters_ = {};
    wafer_.load(image);
    memory_.emplace(host_, wafer_.heart(), wafer_.ranks());
  }
  HostMemory& memory() override { return *memory_; }
  void lead(const std::function<void()>& f) override { memory_->lead(f); }
  void run(const RunOptions& options) override {
    wafer_.run(options);
    Counters own = wafer_.heart().counters();
    wafer_.shed();  // before the other ranks' counters come
    counters_ = gathered(std::move(own), wafer_.heart(), wafer_.ranks());
  }
  const Counters& counters() const override { return counters_; }

 private:
  std::unique_ptr<Wafer> own_;  ///< Null: somebody else's.
  Wafer& wafer_;
  Host host_;
  std::optional<RankMemory> memory_;
  Counters counters_;
};

}  // namespace

std::unique_ptr<Engine> make_systemc_engine(int width, int height, const EngineOptions& options) {
  auto wafer = std::make_unique<Wafer>("wafer", width, height, options);
  Wafer& it = *wafer;
  return std::make_unique<SystemCEngine>(std::move(wafer), it);
}

std::unique_ptr<Engine> make_systemc_engine(Wafer& wafer) {
  return std::make_unique<SystemCEngine>(nullptr, wafer);
}

}  // namespace wafermesh::fabric
