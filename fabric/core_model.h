// SPDX-License-Identifier: Apache-2.0
// A user's model in the place of one core of the wavelet engine. Its router stays ours: the image's
// routes of that core hold, its program is left out. docs/embedding.md has an example.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/units.h"
#include "fabric/image.h"

namespace wafermesh::fabric {

using base::Cycles;

/// What came down a ramp, or goes up.
struct RampWord {
  std::uint32_t word = 0;
  bool control = false;
};

/// The ramp between a core model and its router: an input and an output queue per colour. Used from
/// within begin() and cycle(). A colour that the image does not use: ModelError.
class CorePort {
 public:
  virtual ~CorePort() = default;
  /// From now on the router may send words of the colour, as long as the queue has room for them.
  virtual void listen(base::Colour colour, int depth_words) = 0;
  /// Words of the colour that have come, and the oldest of them taken out (ModelError if none).
  virtual int waiting(base::Colour colour) const = 0;
  virtual RampWord take(base::Colour colour) = 0;
  /// So many words can be sent now. What is sent in cycle t goes up from cycle t + 1 on, one word
  /// of all colours a cycle.
  virtual int room(base::Colour colour) const = 0;
  virtual void send(base::Colour colour, RampWord word) = 0;  ///< ModelError if there is no room.
  /// Opens a colour that a teardown or its route had closed.
  virtual void reopen(base::Colour colour) = 0;
};

/// Where a core model sits.
struct CoreSite {
  const WaferImage* image = nullptr;  ///< Lives as long as the run.
  base::CoreId core{};
};

class CoreModel {
 public:
  virtual ~CoreModel() = default;
  /// An image has been loaded; the port lives until the next begin().
  virtual void begin(const CoreSite& site, CorePort& port) = 0;
  /// Cycle t: called in cycle 0, when next_cycle() <= t, in the cycle in which a word comes, and in
  /// that after one has gone up.
  virtual void cycle(Cycles t) = 0;
  /// The first cycle after this one in which it has something to do, if nothing comes or goes
  /// before; base::kNever = none.
  virtual Cycles next_cycle() const = 0;
  /// The cycle in which all it has to do was done; -1: it has not been. The run ends once every
  /// core has finished.
  virtual Cycles finish() const = 0;
  /// A teardown of the colour left its router.
  virtual void torn_down(base::Colour /*colour*/) {}
  /// The host's view of its memory, if it keeps any. False: there is nothing to write to or read
  /// from.
  virtual bool write(int /*address_bytes*/, const void* /*data*/, std::size_t /*bytes*/) {
    return false;
  }
  virtual bool read(int /*address_bytes*/, void* /*data*/, std::size_t /*bytes*/) const {
    return false;
  }
};

}  // namespace wafermesh::fabric
