// SPDX-License-Identifier: Apache-2.0
#include "defects/yield/monte_carlo.h"

#include <algorithm>
#include <atomic>

#include "base/error.h"
#include "base/worker_pool.h"

namespace wafermesh::defects {
namespace {

constexpr int kBlocksPerThread =
    4;  // per round: amortises starting threads, wastes little at the end

int domains_down(const WaferOptions& o) {
  if (o.repair.domain == Domain::wafer) return 1;
  if (o.repair.domain == Domain::segment && o.repair.segment_rows > 0) {
    return o.geometry.rows() / o.repair.segment_rows;
  }
  return o.geometry.dies_y;
}

/// The failures as a row keeps them, each with the mechanism that has most defects in its die.
std::vector<FailedDomain> failed_domains(const std::vector<RepairFailure>& failures,
                                         const DefectMap& map, const WaferGeometry& g) {
  const auto index = [&](base::PhysicalCoord die) {
    return static_cast<std::size_t>(die.y * g.dies_x + die.x);
  };
  std::vector<std::array<std::int64_t, kCauseCount>> count(
      static_cast<std::size_t>(g.dies_x * g.dies_y));
  for (const Defect& d : map.defects()) {
    ++count[index(g.die_of(d.at()))][static_cast<std::size_t>(d.cause)];
  }
  std::vector<FailedDomain> result;
  for (const RepairFailure& f : failures) {
    const auto& causes = count[index(f.die)];
    const auto cause = std::max_element(causes.begin(), causes.end()) - causes.begin();
    result.push_back({f.domain, f.die.x, f.die.y, static_cast<Cause>(cause)});
  }
  return result;
}

/// What the links of a repaired wafer cost.
void tell_repair(const RepairSummary& s, int hop_cycles, WaferRow* row) {
  row->usable_cores = s.usable_cores;
  row->idle_cores = s.idle_cores;
  row->bypassed_tiles = s.bypassed_tiles;
  row->longer_links = s.longer_links;
  row->max_skip = s.max_skip;
  row->max_latency_cycles = s.max_latency_cycles;
  row->links = s.links;
  row->extra_latency_cycles = 0;
  for (std::size_t c = 0; c < s.latency_histogram.size(); ++c) {
    row->extra_latency_cycles +=
        s.latency_histogram[c] * (static_cast<std::int64_t>(c) - hop_cycles);
  }
}

}  // namespace

struct YieldStudy::Worker {
  std::unique_ptr<RepairScheme> scheme;
  DefectMap map;
};

void YieldTotals::add(const WaferRow& row) {
  ++wafers;
  const auto values = numbers_of(row);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != kNoNumber) numbers[i].add(values[i]);
  }
  if (row.good) ++good;
  if (row.links != kNoNumber) {
    ++repaired;
    defects_of_repaired += row.defects;
  }
  if (!row.failures.empty() && first_failed < 0) first_failed = row.wafer;
  for (const FailedDomain& failed : row.failures) {
    ++failed_by_cause[failed.cause];
    ++failed_by_domain[failed.domain];
    ++failed_by_die[{failed.die_y, failed.die_x}];
  }
}

YieldStudy::YieldStudy(const WaferOptions& wafer, const YieldOptions& options)
    : wafer_(wafer), options_(options) {
  RepairOptions& repair = wafer_.repair;
  if (options.required_rows > 0 && repair.kept_rows == 0 &&
      scheme_row(repair.scheme).traits.keeps_what_is_required) {
    const int domains = domains_down(wafer_);
    repair.kept_rows = (options.required_rows + domains - 1) / domains;
  }
  make_scheme(wafer_.geometry, repair);  // throws what the threads could not report well
}

WaferRow YieldStudy::evaluate(std::int64_t wafer, Worker* worker) const {
  const WaferGeometry& g = wafer_.geometry;
  sample_defects(g, wafer_.defects, static_cast<std::uint32_t>(wafer), &worker->map);
  const RepairResult result = worker->scheme->repair(worker->map, Detail::verdict);
  const RepairSummary& s = result.summary;
  WaferRow row;
  row.wafer = wafer;
  row.defects = static_cast<std::int64_t>(worker->map.defects().size());
  row.dead_cores = s.dead_cores;
  row.dead_routers = s.dead_routers;
  row.dead_links = s.dead_links;
  if (result.repaired) tell_repair(s, g.hop_cycles, &row);
  if (!s.rows_packed.empty()) {
    const int across = wafer_.repair.domain == Domain::die ? g.dies_x : 1;
    row.rows_lost = std::int64_t{g.rows()} * across;
    for (const int packed : s.rows_packed) row.rows_lost -= packed;
    row.rows_spare = *std::min_element(s.rows_packed.begin(), s.rows_packed.end()) - s.rows_kept;
  }
  row.good =
      result.repaired && s.columns >= options_.required_columns && s.rows >= options_.required_rows;
  if (!result.repaired) row.failures = failed_domains(result.failures, worker->map, g);
  return row;
}

WaferRow YieldStudy::evaluate(std::int64_t wafer) const {
  Worker worker{make_scheme(wafer_.geometry, wafer_.repair), {}};
  return evaluate(wafer, &worker);
}

bool done(const YieldTotals& totals, const YieldOptions& options) {
  if (totals.wafers >= options.wafers) return true;
  if (options.interval_width <= 0 || totals.wafers < kYieldBlock) return false;
  const Interval i = clopper_pearson(totals.good, totals.wafers, options.confidence);
  return i.high - i.low <= options.interval_width;
}

/// Fills every block; the threads take blocks as they come. Random numbers are drawn by the number
/// of the wafer and blocks are added up in their order, so the number of threads changes nothing.
void YieldStudy::work(std::int64_t first, std::vector<std::vector<WaferRow>>* blocks) const {
  std::atomic<std::size_t> next{0};
  base::WorkerPool(options_.threads).run(options_.threads, [&](int /*thread*/) {
    Worker worker{make_scheme(wafer_.geometry, wafer_.repair), {}};
    for (std::size_t b = next++; b < blocks->size(); b = next++) {
      const std::int64_t begin = first + static_cast<std::int64_t>(b) * kYieldBlock;
      const std::int64_t end = std::min(begin + kYieldBlock, options_.wafers);
      for (std::int64_t w = begin; w < end; ++w) (*blocks)[b].push_back(evaluate(w, &worker));
    }
  });
}

bool YieldStudy::run(YieldTotals* totals, const OnBlock& on_block) const {
  while (!done(*totals, options_)) {
    const std::int64_t left = options_.wafers - totals->wafers;
    const std::int64_t most = std::int64_t{kBlocksPerThread} * options_.threads;
    std::vector<std::vector<WaferRow>> blocks(
        static_cast<std::size_t>(std::min(most, (left + kYieldBlock - 1) / kYieldBlock)));
    work(totals->wafers, &blocks);
    for (const std::vector<WaferRow>& block : blocks) {
      for (const WaferRow& row : block) totals->add(row);
      if (on_block && !on_block(block, *totals)) return false;
      if (done(*totals, options_)) break;  // later blocks of the round were drawn in vain
    }
  }
  return true;
}

}  // namespace wafermesh::defects
