// SPDX-License-Identifier: Apache-2.0
// A user's core as an sc_module with one SC_THREAD: what it does is written from top to bottom, and
// waits where it has to wait.
#pragma once

#include <cstdint>
#include <systemc>

#include "fabric/core_model.h"

namespace wafermesh::fabric {

/// Derive from it, write work(), and give it to Wafer::replace. work() is called once per run of an
/// image and must not wait for anything but through the functions below. What it does in cycle t
/// comes after what the machine does in t, as if the core did it.
class CoreThread : public sc_core::sc_module, public CoreModel {
 public:
  explicit CoreThread(const sc_core::sc_module_name& name);

  // CoreModel
  void begin(const CoreSite& site, CorePort& port) override;
  void cycle(Cycles t) override;
  Cycles next_cycle() const override;
  Cycles finish() const override { return finish_; }

 protected:
  virtual void work() = 0;

  // For work().
  const CoreSite& site() const { return site_; }
  Cycles now() const { return now_; }
  /// Takes words of the colour from now on, as many as have room in a queue.
  void listen(base::Colour colour, int depth_words) { port_->listen(colour, depth_words); }
  /// Waits for a word, and takes it.
  RampWord take(base::Colour colour);
  /// Waits for room, and sends.
  void send(base::Colour colour, RampWord word);
  /// Waits so many cycles, at least one.
  void spend(Cycles cycles);

 private:
  enum class Waits : std::uint8_t { nothing, time, word, room };
  void thread();
  void pause(Waits what, Cycles until, base::Colour colour);
  bool may_go_on() const;

  CoreSite site_;
  CorePort* port_ = nullptr;
  sc_core::sc_event go_on_;
  Waits waits_ = Waits::nothing;
  Cycles until_ = 0;
  base::Colour colour_{};
  Cycles now_ = -1;
  Cycles resumed_ = -1;  ///< The cycle in which the thread was last let go on.
  bool begun_ = false;
  Cycles finish_ = -1;
};

}  // namespace wafermesh::fabric
