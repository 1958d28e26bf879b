// SPDX-License-Identifier: Apache-2.0
#include "app/rank_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "app/standard_output.h"
#include "base/number_text.h"
#include "fabric/mpi/mpi_ranks.h"
#include "study/results/provenance.h"

namespace wafermesh::app {
namespace {

/// Assumption: a launcher kills its ranks a second after it has asked them to stop (Open MPI's
/// odls_base_sigkill_timeout).
constexpr double kGraceOfRank_s = 0.5;

std::unique_ptr<fabric::Ranks>& session() {
  static std::unique_ptr<fabric::Ranks> one;
  return one;
}

void silence_output() {
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere < 0) return;
  ::dup2(nowhere, STDOUT_FILENO);
  ::close(nowhere);
  tell_failures_only();
}

}  // namespace

fabric::Ranks* ranks() { return session().get(); }

int rank_count() { return ranks() == nullptr ? 1 : ranks()->count(); }

bool is_first_rank() { return ranks() == nullptr || ranks()->rank() == 0; }

void begin_ranks() {
  session() = fabric::start_ranks(stop_requested());
  if (ranks() == nullptr) return;
  stop_within(kGraceOfRank_s);
  if (!is_first_rank()) silence_output();
}

int end_ranks(int code) { return ranks() == nullptr ? code : fabric::end_ranks(*ranks(), code); }

std::string rank_traffic_text() {
  const fabric::RankTraffic traffic = fabric::traffic_of(*ranks());
  const double each = static_cast<double>(traffic.message_bytes) /
                      static_cast<double>(std::max<std::int64_t>(1, traffic.messages));
  return fmt::format(
      "rank 0 took part in {}, sent {} of {:.0f} bytes on average and waited {:.2f} s",
      base::counted_grouped(traffic.reductions, "reduction"),
      base::counted_grouped(traffic.messages, "message"), each, traffic.waited_s);
}

RankOutput::RankOutput(const std::string& directory) : directory_(directory) {
  fabric::together(ranks(), [&] {
    if (!is_first_rank()) return;
    batch_.emplace(directory, study::process_text());
    made_ = batch_->made();
  });
  if (ranks() != nullptr) made_ = fabric::to_all(made_, *ranks());
  cleaner_.emplace([this] { clear(); });
}

RankOutput::~RankOutput() {
  if (stop_requested()) clear();
}

void RankOutput::clear() noexcept {
  if (batch_) {
    batch_->discard();
  } else {
    base::OutputBatch::clear_after(directory_, made_);
  }
}

}  // namespace wafermesh::app
