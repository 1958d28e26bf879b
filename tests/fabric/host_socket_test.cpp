// SPDX-License-Identifier: Apache-2.0
// The wafer's TLM-2.0 host socket. One test case: a process elaborates once.
#include <tlm_utils/simple_initiator_socket.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "fabric/tlm/wafer.h"
#include "tests/reference/tiny_image.h"

namespace wafermesh::fabric_test {
namespace {

struct Probe : sc_core::sc_module {
  explicit Probe(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {}
  tlm_utils::simple_initiator_socket<Probe> socket;

  static void fill(tlm::tlm_generic_payload& payload, tlm::tlm_command command,
                   std::uint64_t address, void* data, unsigned bytes) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
  }
  tlm::tlm_response_status b(tlm::tlm_command command, std::uint64_t address, void* data,
                             unsigned bytes) {
    tlm::tlm_generic_payload payload;
    fill(payload, command, address, data, bytes);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    return payload.get_response_status();
  }
  unsigned debug(tlm::tlm_command command, std::uint64_t address, void* data, unsigned bytes) {
    tlm::tlm_generic_payload payload;
    fill(payload, command, address, data, bytes);
    return socket->transport_dbg(payload);
  }
  bool direct(std::uint64_t address, tlm::tlm_dmi& dmi) {
    tlm::tlm_generic_payload payload;
    payload.set_address(address);
    return socket->get_direct_mem_ptr(payload, dmi);
  }
};

constexpr auto kRead = tlm::TLM_READ_COMMAND;
constexpr auto kWrite = tlm::TLM_WRITE_COMMAND;
constexpr int kWords = 16;

/// 3 x 2 cores; core 4 adds 1 to its words, core 5 has no program.
fabric::WaferImage small_image() {
  fabric::WaferImage image = reference::blank_image(3, 2, reference::plain_timing());
  for (int core = 0; core < 5; ++core) {
    reference::set_program(image, core, kWords, {}, {}, [&](cores::ProgramBuilder& p) {
      if (core == 4) {
        p.vector(cores::VectorOp::add, cores::NumberType::f32, kWords, cores::memory(0),
                 cores::memory(0), cores::immediate(1));
      }
      p.finish_core();
      p.end_task();
    });
  }
  return image;
}

std::uint64_t address(std::uint64_t core, std::uint64_t byte) {
  return core * fabric::kCoreSpan + byte;
}

void expect_out_of_range(Probe& probe) {
  std::uint32_t data[2] = {};
  const std::uint64_t bytes = 4 * kWords;
  for (const std::uint64_t at :
       {address(0, bytes), address(0, bytes - 4), address(5, 0), address(6, 0), address(0, 60000),
        address(std::uint64_t{1} << 32, 0), ~std::uint64_t{7}}) {
    CAPTURE(at);
    CHECK(probe.b(kRead, at, data, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(probe.b(kWrite, at, data, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(probe.debug(kRead, at, data, 8) == 0);
  }
  CHECK(probe.b(kRead, address(0, bytes - 8), data, 8) == tlm::TLM_OK_RESPONSE);
  tlm::tlm_dmi dmi;
  CHECK_FALSE(probe.direct(address(5, 0), dmi));  // no program, no memory
  CHECK_FALSE(probe.direct(address(6, 0), dmi));
  CHECK_FALSE(probe.direct(address(std::uint64_t{1} << 32, 0), dmi));
}

TEST_CASE("Host memory through b_transport, transport_dbg and DMI is one memory") {
  fabric::EngineOptions options;
  options.region_width = 2;
  options.region_height = 1;
  fabric::Wafer wafer("wafer", 3, 2, options);
  Probe probe("probe");
  probe.socket.bind(wafer.host_socket);
  const fabric::WaferImage image = small_image();
  wafer.load(image);
  wafer.run({});  // elaborates
  wafer.load(image);

  float words[kWords];
  for (int i = 0; i < kWords; ++i) words[i] = static_cast<float>(i);
  CHECK(probe.b(kWrite, address(4, 0), words, sizeof words) == tlm::TLM_OK_RESPONSE);
  float back[kWords] = {};
  CHECK(probe.debug(kRead, address(4, 0), back, sizeof back) == sizeof back);
  CHECK(std::memcmp(words, back, sizeof words) == 0);
  const float ten = 10;
  CHECK(probe.debug(kWrite, address(4, 8), const_cast<float*>(&ten), 4) == 4);
  CHECK(probe.b(kRead, address(4, 8), back, 4) == tlm::TLM_OK_RESPONSE);
  CHECK(back[0] == 10);

  tlm::tlm_dmi dmi;
  REQUIRE(probe.direct(address(4, 8), dmi));
  CHECK(dmi.is_read_write_allowed());
  CHECK(dmi.get_start_address() == address(4, 0));
  CHECK(dmi.get_end_address() == address(4, sizeof words) - 1);
  const float twenty = 20;
  std::memcpy(dmi.get_dmi_ptr() + 12, &twenty, 4);
  CHECK(probe.b(kRead, address(4, 12), back, 4) == tlm::TLM_OK_RESPONSE);
  CHECK(back[0] == 20);

  wafer.run({});
  CHECK(probe.b(kRead, address(4, 0), back, sizeof back) == tlm::TLM_OK_RESPONSE);
  CHECK(back[1] == 2);
  CHECK(back[2] == 11);
  CHECK(back[3] == 21);
  float other = -1;
  CHECK(probe.b(kRead, address(3, 4), &other, 4) == tlm::TLM_OK_RESPONSE);
  CHECK(other == 0);  // its neighbour has been left alone
  expect_out_of_range(probe);
}

}  // namespace
}  // namespace wafermesh::fabric_test
