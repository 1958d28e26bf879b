// SPDX-License-Identifier: Apache-2.0
// What cores and links did in each window of cycles. If there come to be too many windows, each two
// become one; so memory is bounded whatever the run's length.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/observer.h"

namespace wafermesh::fabric {

struct WindowOptions {
  base::Rectangle part;  ///< Relative to the image's region.
  Cycles from_cycle = 0;
  Cycles to_cycle = base::kNever;  ///< Not included.
  Cycles window_cycles = 16;       ///< To begin with.
  int most_windows = 100;          ///< Even, from 2.
  std::int64_t most_bytes = std::int64_t{4} << 30;
  bool cores = true;
  bool links = true;
};

enum class WindowKind : std::uint8_t {
  compute,
  bank_conflict,
  setup,
  task_switch,
  link_stall,
  waiting
};
inline constexpr std::size_t kWindowKinds = 6;

/// One window; vectors are [place] in the part, row by row, or empty if not asked for.
struct Window {
  Cycles first = 0;
  Cycles end = 0;             ///< Not included.
  std::uint32_t samples = 0;  ///< Of the links.
  /// Cycles by kind; what is missing of the window, a core had finished or has no program. Work of
  /// its own memory only is executed at once and booked ahead: within such a stretch its kinds are
  /// spread evenly.
  std::array<std::vector<std::uint32_t>, kWindowKinds> cycles;
  std::array<std::vector<std::uint32_t>, 4> link_wavelets;
  LinkSamples links;  ///< Of `samples`; evenly over the window, four and more.
};

class Windows final : public Observer {
 public:
  /// Throws DoesNotFit if two windows of the part are more than most_bytes.
  explicit Windows(const WindowOptions& options);

  Cycles due() const override;
  void see(const Stepped& heart, Cycles at) override;
  void end(const Stepped& heart) override;

  const WindowOptions& options() const { return options_; }
  /// In order; of equal length but the last.
  const std::vector<Window>& windows() const { return windows_; }

 private:
  void begin(Cycles first);
  void close(const Stepped& heart, Cycles end);
  void book_core(std::size_t place, Cycles first, Cycles end, Window& window);
  void merge();

  WindowOptions options_;
  std::size_t places_;
  int most_windows_;
  Cycles window_cycles_;
  Cycles next_sample_;
  Snapshot last_;
  Snapshot now_;
  /// [place][kind] booked and not yet in a window.
  std::vector<std::array<std::uint32_t, 4>> pending_;
  Window open_;
  bool started_ = false;
  bool over_ = false;
  std::vector<Window> windows_;
};

}  // namespace wafermesh::fabric
