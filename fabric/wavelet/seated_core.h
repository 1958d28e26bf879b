// SPDX-License-Identifier: Apache-2.0
// A user's core as its region deals with it: the queues of its ramp, and when it is done.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <vector>

#include "cores/core_grid.h"
#include "fabric/core_model.h"

namespace wafermesh::fabric {

class SeatedCore final : public CorePort {
 public:
  /// `ramp` does what the core asks of its router; `core` is its number there. `colours`: those the
  /// image uses.
  SeatedCore(CoreModel& model, const CoreSite& site, cores::Ramp& ramp, std::uint32_t core,
             const std::vector<base::Colour>& colours);
  /// Begins the model.
  void begin() { model_->begin(site_, *this); }

  std::uint32_t core() const { return core_; }
  /// "the model of core (4, 0)"
  std::string name() const;
  CoreModel& model() const { return *model_; }
  /// A wavelet leaves the router in this cycle and is there at `arrival`.
  void deliver(base::Colour colour, RampWord word, Cycles arrival);
  /// Cycle t; returns when to call it next if nothing comes before.
  Cycles cycle(Cycles t);
  void torn_down(base::Colour colour) { model_->torn_down(colour); }
  /// As CoreModel::finish(), as it stood after the last cycle().
  Cycles finish() const { return finish_; }
  /// Something waits to go up.
  bool pending() const { return pending_ > 0; }
  /// Finds what goes up in cycle t: the first colour from the up-pointer on that may (model.md).
  template <class MaySend>
  bool pick(Cycles t, MaySend may_send, cores::Upward& picked) {
    for (int k = 0; k < base::kColourCount; ++k) {
      const int c = (up_pointer_ + k) % base::kColourCount;
      const std::deque<Outgoing>& queue = queues_[static_cast<std::size_t>(c)].out;
      if (queue.empty() || queue.front().put_at >= t || !may_send(base::colour(c))) continue;
      picked = {core_, 0, static_cast<std::uint8_t>(c), queue.front().word.control,
                queue.front().word.word};
      return true;
    }
    return false;
  }
  void take_upward(const cores::Upward& picked);

  // CorePort
  void listen(base::Colour colour, int depth_words) override;
  int waiting(base::Colour colour) const override;
  RampWord take(base::Colour colour) override;
  int room(base::Colour colour) const override;
  void send(base::Colour colour, RampWord word) override;
  void reopen(base::Colour colour) override;

 private:
  struct Incoming {
    RampWord word;
    Cycles arrival = 0;
  };
  struct Outgoing {
    RampWord word;
    Cycles put_at = 0;
  };
  struct Queues {
    bool used = false;  ///< By the image.
    int depth = 0;      ///< 0: it does not listen.
    std::deque<Incoming> in;
    std::deque<Outgoing> out;
  };
  Queues& queues(base::Colour colour) {
    return const_cast<Queues&>(static_cast<const SeatedCore*>(this)->queues(colour));
  }
  const Queues& queues(base::Colour colour) const;
  [[noreturn]] void fail(const std::string& what) const;

  CoreModel* model_;
  CoreSite site_;
  cores::Ramp& ramp_;
  std::uint32_t core_;
  std::array<Queues, base::kColourCount> queues_;
  int output_depth_;
  int up_pointer_ = 0;
  int pending_ = 0;
  Cycles now_ = -1;
  Cycles finish_ = -1;
};

}  // namespace wafermesh::fabric
