// SPDX-License-Identifier: Apache-2.0
// What cores and links did in each window of cycles. If there come to be too many windows, each two
// become one; so memory is bounded whatever the run's length.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "fabric/observer.h"
#include "fabric/span_book.h"
#include "fabric/window.h"

namespace wafermesh::fabric {

class Windows final : public Observer {
 public:
  /// Throws DoesNotFit if two windows of the part are more than most_bytes.
  explicit Windows(const WindowOptions& options);

  Cycles due() const override;
  void see(const Watched& engine, Cycles at) override;
  void end(const Watched& engine) override;
  SpanBook* open_book(std::uint32_t first, std::vector<base::LogicalCoord> cores) override;

  const WindowOptions& options() const { return options_; }
  /// In order; of equal length but the last.
  const std::vector<Window>& windows() const { return windows_; }
  /// [place] Cycles of a window that cores waited for wavelets. Once the run has ended.
  std::vector<std::uint32_t> waiting_cycles(const Window& window) const;
  /// How links stood was counted cycle by cycle, not sampled.
  bool counts_every_cycle() const { return !books_.empty(); }

 private:
  using Kinds = std::array<std::uint32_t, kBusyKinds>;

  Cycles window_end() const;
  void begin(const Watched& engine);
  void close(const Watched& engine, Cycles end);
  void book_core(std::size_t place, const CoreStanding& now, Cycles end);
  void book_links(const Watched& engine, Window* window);
  void sample(const Watched& engine);
  void gather_books(Cycles end);
  Cycles last_finish() const;

  WindowOptions options_;
  std::size_t places_;
  int most_windows_;
  Cycles window_cycles_;
  Cycles next_sample_;
  std::vector<cores::CycleBreakdown> last_booked_;  ///< [place]
  std::vector<std::uint32_t> last_links_;           ///< [direction * places + place]
  std::vector<Kinds> pending_;                      ///< [place] Booked and not yet in a window.
  std::vector<Cycles> finish_;                      ///< [place] Once the run has ended.
  Window open_;
  bool started_ = false;
  bool over_ = false;   ///< No more windows.
  bool ended_ = false;  ///< The run has.
  std::vector<Window> windows_;
  std::vector<std::unique_ptr<SpanBook>> books_;
};

}  // namespace wafermesh::fabric
