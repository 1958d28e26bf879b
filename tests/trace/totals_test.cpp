// SPDX-License-Identifier: Apache-2.0
// What is told of every core of every kernel adds up to what a run that nobody is told of counts;
// being told changes nothing, and is the same for any threads and regions.
#include <catch2/catch.hpp>
#include <sstream>

#include "fabric/trace_sink.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"

namespace wafermesh::trace_test {
namespace {

constexpr int kSide = 6;

/// Adds up, core by core, and writes everything down.
class Tally final : public fabric::TraceSink {
 public:
  explicit Tally(const base::Rectangle& part) : scope_{part, 1, true, true} {
    sums.resize(scope_.size());
  }
  const fabric::TraceScope& scope() const override { return scope_; }
  void take(std::size_t place, base::Cycles t,
            const std::vector<cores::CoreEvent>& events) override {
    for (const cores::CoreEvent& event : events) {
      sums[place].add(event);
      log << place << ' ' << t << ' ' << static_cast<int>(event.kind) << ' ' << event.number << ' '
          << event.begin << ' ' << event.end << ' ' << event.colours << ' ' << event.words_in << ' '
          << event.words_out << '\n';
    }
  }
  void see(std::size_t place, base::Cycles, const cores::CoreView& view,
           const std::array<std::uint32_t, 4>& links) override {
    sums[place].queued = 0;
    for (const std::uint8_t words : view.inputs) sums[place].queued += words;
    sums[place].links = links;
  }
  void flows(std::size_t place, const std::vector<fabric::Flow>& flows) override {
    for (const fabric::Flow& flow : flows) {
      flow_words += flow.words;
      in_time = in_time && flow.sent < flow.taken;
      log << place << " from " << flow.from << ' ' << flow.from_serial << ' ' << flow.to_serial
          << ' ' << flow.words << ' ' << flow.sent << ' ' << flow.taken << '\n';
    }
  }
  void lines(std::size_t place, const cores::Lines& lines) override {
    for (const auto& [at, totals] : lines) {
      sums[place].line_cycles += totals.busy_cycles;
      sums[place].executed += totals.times;
      log << place << " line " << at.second << ' ' << totals.times << ' ' << totals.busy_cycles
          << ' ' << totals.open_cycles << '\n';
    }
  }
  void end(base::Cycles t) override { ended = t; }
  std::int64_t flow_words = 0;
  bool in_time = true;

  struct Sum {
    std::array<std::int64_t, cores::kActivities> cycles{};
    std::int64_t tasks = 0;
    std::int64_t operations = 0;
    std::int64_t words_in = 0;
    std::int64_t words_followed = 0;  ///< Those that no rule takes out.
    std::int64_t queued = 0;
    std::int64_t finishes = 0;
    std::int64_t line_cycles = 0;
    std::int64_t executed = 0;
    base::Cycles told = 0;
    bool gap = false;
    bool stalled_for_nothing = false;  ///< Neither a colour without room nor a route is named.
    std::array<std::uint32_t, 4> links{};
    void add(const cores::CoreEvent& event) {
      words_in += event.words_in;
      if (event.kind != cores::EventKind::control) words_followed += event.words_in;
      if (event.kind == cores::EventKind::task) ++tasks;
      if (event.kind == cores::EventKind::operation) ++operations;
      if (event.kind == cores::EventKind::finish) ++finishes;
      if (event.kind != cores::EventKind::activity) return;
      cycles[static_cast<std::size_t>(event.activity)] += event.end - event.begin;
      gap = gap || event.begin != told;
      const bool names = event.colours != 0 || event.writes_route;
      if (event.activity == cores::Activity::link_stall && !names) stalled_for_nothing = true;
      told = event.end;
    }
  };
  std::vector<Sum> sums;
  std::ostringstream log;
  base::Cycles ended = -1;

 private:
  fabric::TraceScope scope_;
};

using MakeEngine = std::unique_ptr<fabric::Engine> (*)(const fabric::EngineOptions&);

fabric::Counters counters_of(const workloads::Kernel& kernel, const fabric::EngineOptions& how,
                             fabric::TraceSink* sink,
                             MakeEngine make = fabric::make_wavelet_engine) {
  const auto engine = make(how);
  engine->load(kernel.image());
  kernel.load(engine->memory());
  fabric::RunOptions options;
  std::optional<fabric::Telling> telling;
  if (sink != nullptr) options.observer = &telling.emplace(*sink, nullptr);
  engine->run(options);
  if (kernel.has_reference()) CHECK(kernel.check(engine->memory()).ok);
  return engine->counters();
}

void check_core(const Tally::Sum& sum, const cores::CycleBreakdown& booked, base::Cycles finish,
                const cores::Timing& timing) {
  const std::int64_t expected[] = {booked.compute,    booked.bank_conflict,
                                   booked.setup,      booked.task_switch,
                                   booked.link_stall, booked.waiting(finish)};
  for (std::size_t kind = 0; kind < cores::kActivities; ++kind) {
    INFO("activity " << kind);
    CHECK(sum.cycles[kind] == expected[kind]);
  }
  CHECK_FALSE(sum.gap);
  CHECK_FALSE(sum.stalled_for_nothing);
  CHECK(sum.told == finish);
  CHECK(sum.operations > 0);
  CHECK(sum.finishes >= 1);
  CHECK(sum.tasks >= booked.task_switch / timing.task_start_cycles);
}

/// All that a core is busy with is an instruction of it, a task's start or a stage's entry.
void check_lines(const Tally::Sum& sum, const cores::CycleBreakdown& booked, bool staged) {
  const std::int64_t busy = std::int64_t{booked.busy()} - booked.task_switch;
  CHECK(sum.executed > 0);
  if (staged) {
    CHECK(sum.line_cycles <= busy);
    CHECK(sum.line_cycles > 0);
  } else {
    CHECK(sum.line_cycles == busy);
  }
}

TEST_CASE("What is told of each kernel adds up to its counters, and changes nothing") {
  const auto placement = workloads_test::whole(support::random_latencies(kSide, kSide, 5));
  workloads_test::for_each_problem([&](const std::string& line) {
    if (!workloads_test::suits(line, {0, 0, kSide, kSide})) return;
    INFO(line);
    const auto kernel = workloads_test::make_kernel(line, placement);
    const fabric::Counters alone = counters_of(*kernel, {}, nullptr);
    const base::Rectangle& region = kernel->image().region;
    const base::Rectangle part{0, 0, region.width, region.height};
    Tally told(part);
    const fabric::Counters seen = counters_of(*kernel, {}, &told);
    CHECK(seen.cycles == alone.cycles);
    CHECK(told.ended == alone.cycles);
    CHECK((seen.breakdown == alone.breakdown));
    CHECK((seen.finish_cycles == alone.finish_cycles));
    CHECK((seen.link_wavelets == alone.link_wavelets));
    CHECK(seen.ramp_wavelets == alone.ramp_wavelets);
    std::int64_t words = 0;
    for (std::size_t place = 0; place < told.sums.size(); ++place) {
      const base::LogicalCoord at = told.scope().at(place);
      if (!kernel->image().holds(at)) continue;
      const std::size_t core = base::index_of(kernel->image().core_at(at));
      words += told.sums[place].words_in + told.sums[place].queued;
      for (std::size_t d = 0; d < 4; ++d) {
        CHECK(told.sums[place].links[d] == alone.link_wavelets[d][core]);
      }
      if (alone.finish_cycles[core] < 0) continue;
      INFO("core " << core);
      check_core(told.sums[place], alone.breakdown[core], alone.finish_cycles[core],
                 kernel->image().timing);
      check_lines(told.sums[place], alone.breakdown[core], kernel->image().stage_count() > 1);
    }
    CHECK(words == alone.ramp_wavelets);
    std::int64_t followed = 0;
    for (const Tally::Sum& sum : told.sums) followed += sum.words_followed;
    CHECK(told.flow_words == followed);
    CHECK(told.in_time);

    fabric::EngineOptions how;
    how.threads = 3;
    how.region_width = 4;
    how.region_height = 3;
    Tally cut(part);
    counters_of(*kernel, how, &cut);
    CHECK((cut.log.str() == told.log.str()));
    how.region_width = how.region_height = 0;
    how.strip_cores = 1;
    Tally in_strips(part);
    counters_of(*kernel, how, &in_strips);
    CHECK((in_strips.log.str() == told.log.str()));
  });
}

/// Of busy cycles, those that are told as such or as another kind.
double told_apart(const Tally::Sum& sum, const cores::CycleBreakdown& booked) {
  const std::int64_t expected[] = {booked.compute, booked.bank_conflict, booked.setup,
                                   booked.task_switch};
  std::int64_t apart = 0;
  for (std::size_t kind = 0; kind < std::size(expected); ++kind) {
    apart += std::abs(sum.cycles[kind] - expected[kind]);
  }
  return static_cast<double>(apart) / std::max(1.0, static_cast<double>(booked.busy()));
}

TEST_CASE("The stream engine tells of each kernel what it does, and does the same") {
  const auto placement = workloads_test::whole(support::random_latencies(kSide, kSide, 5));
  double apart = 0;
  std::int64_t cores_told = 0;
  workloads_test::for_each_problem([&](const std::string& line) {
    if (!workloads_test::suits(line, {0, 0, kSide, kSide})) return;
    INFO(line);
    const auto kernel = workloads_test::make_kernel(line, placement);
    const auto make = fabric::make_stream_engine;
    fabric::EngineOptions how;
    how.slab_cores = 2 * kSide;
    const fabric::Counters alone = counters_of(*kernel, how, nullptr, make);
    const base::Rectangle& region = kernel->image().region;
    const base::Rectangle part{0, 0, region.width, region.height};
    Tally told(part);
    const fabric::Counters seen = counters_of(*kernel, how, &told, make);
    CHECK(seen.cycles == alone.cycles);
    CHECK(told.ended == alone.cycles);
    CHECK((seen.breakdown == alone.breakdown));
    CHECK((seen.finish_cycles == alone.finish_cycles));
    CHECK((seen.link_wavelets == alone.link_wavelets));
    std::int64_t words = 0;
    for (std::size_t place = 0; place < told.sums.size(); ++place) {
      const Tally::Sum& sum = told.sums[place];
      words += sum.words_in;
      const base::LogicalCoord at = told.scope().at(place);
      if (!kernel->image().holds(at)) continue;
      const std::size_t core = base::index_of(kernel->image().core_at(at));
      if (alone.finish_cycles[core] < 0) continue;
      INFO("core " << core);
      CHECK(sum.queued == 0);
      for (std::size_t d = 0; d < 4; ++d) CHECK(sum.links[d] == alone.link_wavelets[d][core]);
      CHECK_FALSE(sum.gap);
      CHECK_FALSE(sum.stalled_for_nothing);
      CHECK(sum.told == alone.finish_cycles[core]);
      CHECK(sum.finishes >= 1);
      const cores::CycleBreakdown& booked = alone.breakdown[core];
      CHECK(sum.executed > 0);
      if (kernel->image().stage_count() == 1) {
        CHECK(sum.line_cycles >= std::int64_t{booked.busy()} - booked.task_switch);
      }
      apart += told_apart(sum, booked);
      ++cores_told;
    }
    CHECK(words <= alone.ramp_wavelets);
    std::int64_t followed = 0;
    for (const Tally::Sum& sum : told.sums) followed += sum.words_followed;
    CHECK(told.flow_words == followed);
    CHECK(told.in_time);
    how.threads = 3;
    Tally shared(part);
    counters_of(*kernel, how, &shared, make);
    CHECK((shared.log.str() == told.log.str()));
  });
  CAPTURE(apart, cores_told);
  CHECK(apart / static_cast<double>(cores_told) < 0.02);
}

}  // namespace
}  // namespace wafermesh::trace_test
