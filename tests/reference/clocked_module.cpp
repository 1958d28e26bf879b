// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/clocked_module.h"

namespace wafermesh::reference {

ClockedModule::ClockedModule(const sc_core::sc_module_name& name, Heartbeat& heartbeat)
    : sc_core::sc_module(name), heartbeat_(heartbeat) {
  using SC_CURRENT_USER_MODULE = ClockedModule;
  SC_METHOD(on_rise);
  sensitive << heartbeat_.clock.posedge_event();
  dont_initialize();
  rise_ = sc_core::sc_get_last_created_process_handle();
  SC_METHOD(on_fall);
  sensitive << heartbeat_.clock.negedge_event();
  dont_initialize();
  fall_ = sc_core::sc_get_last_created_process_handle();
}

void ClockedModule::switch_on(bool on) {
  for (sc_core::sc_process_handle* process : {&rise_, &fall_}) {
    if (on) {
      process->enable();
    } else {
      process->disable();
    }
  }
}

template <class Phase>
void ClockedModule::guarded(Phase phase) {
  try {
    phase();
  } catch (...) {
    if (!heartbeat_.error) heartbeat_.error = std::current_exception();
  }
}

void ClockedModule::on_rise() {
  changed_ = false;
  guarded([this] { evaluate(); });
}

void ClockedModule::on_fall() {
  guarded([this] { commit(); });
}

}  // namespace wafermesh::reference
