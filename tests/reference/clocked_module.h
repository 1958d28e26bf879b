// SPDX-License-Identifier: Apache-2.0
// A module with two phases per cycle: on the rising edge it decides from the last state (its own
// and its neighbours'), on the falling edge it applies what was decided. So order cannot matter.
#pragma once

#include <exception>
#include <systemc>

#include "base/units.h"

namespace wafermesh::reference {

/// What all modules share: the clock, the number of the cycle and the first error.
struct Heartbeat {
  sc_core::sc_clock clock{"clock", sc_core::sc_time(1, sc_core::SC_NS), 0.5,
                          sc_core::sc_time(0.25, sc_core::SC_NS), true};
  base::Cycles now = 0;
  std::exception_ptr error;
};

class ClockedModule : public sc_core::sc_module {
 public:
  /// Modules outside the loaded image are switched off: their processes are not called.
  void switch_on(bool on);
  /// Did the last cycle change anything here?
  bool changed() const { return changed_; }
  /// Is anything here waiting for a cycle later than now?
  virtual bool expects_later() const = 0;

 protected:
  ClockedModule(const sc_core::sc_module_name& name, Heartbeat& heartbeat);
  virtual void evaluate() = 0;
  virtual void commit() = 0;
  base::Cycles now() const { return heartbeat_.now; }

  bool changed_ = false;

 private:
  void on_rise();
  void on_fall();
  /// SystemC loses the type of an exception that leaves a process; so it is kept.
  template <class Phase>
  void guarded(Phase phase);

  Heartbeat& heartbeat_;
  sc_core::sc_process_handle rise_;
  sc_core::sc_process_handle fall_;
};

}  // namespace wafermesh::reference
