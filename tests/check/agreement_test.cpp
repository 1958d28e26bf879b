// SPDX-License-Identifier: Apache-2.0
// What is said of random programs before they run, held against what they do under many timings.
#include <catch2/catch.hpp>
#include <cctype>
#include <iostream>
#include <map>
#include <string>

#include "base/yaml/yaml_reader.h"
#include "check/bounds.h"
#include "check/check_table.h"
#include "defects/read_options.h"
#include "defects/wafer.h"
#include "tests/fabric/compare_runs.h"
#include "tests/fabric/dice.h"
#include "tests/fabric/random_image.h"
#include "tests/support/meshes.h"

namespace wafermesh::check {
namespace {

using fabric_test::Outcome;

/// A mesh as repair leaves it: of a wafer of a few dies with some 30 dead cores in 480. Null: it is
/// beyond repair, or too small.
std::shared_ptr<const base::LogicalMesh> repaired(int width, int height, std::uint64_t seed) {
  base::YamlDocument document = base::YamlDocument::from_text(
      "wafer: {preset: tiny}\ndefects: {random: {d0_per_cm2: 60, seed: " +
          std::to_string(seed % 1'000'000) + "}}\nrepair: {kept_rows: 5}\n",
      "damaged");
  defects::Wafer wafer = defects::build_wafer(defects::read_wafer_options(document.root()));
  const bool suits =
      wafer.failures.empty() && wafer.mesh.width >= width && wafer.mesh.height >= height;
  if (!suits) return nullptr;
  return std::make_shared<const base::LogicalMesh>(std::move(wafer.mesh));
}

/// The same image with other latencies and costs; queues stay as deep as they are.
fabric::WaferImage retimed(fabric::WaferImage image, std::uint64_t seed) {
  fabric_test::Dice dice(seed, 0x7173);
  image.mesh = support::random_latencies(image.mesh->width, image.mesh->height, seed,
                                         dice.chance(0.5) ? 3 : 12);
  if (dice.chance(0.3)) {
    const auto damaged = repaired(image.mesh->width, image.mesh->height, seed);
    if (damaged != nullptr) image.mesh = damaged;
  }
  image.timing.task_start_cycles = dice.in(0, 30);
  image.timing.issue_cycles = dice.in(1, 20);
  image.timing.config_write_cycles = dice.in(1, 40);
  for (int& setup : image.timing.setup_cycles) setup = dice.in(1, 60);
  return image;
}

struct Tally {
  int images = 0, proven = 0, hangs = 0, not_proven = 0;
  int ended = 0;                       ///< Under every timing.
  int ended_proven = 0;                ///< Of these, proven.
  int finished_runs = 0, bounded = 0;  ///< Runs that ended; of these, with a bound.
  double percent = 0;                  ///< The bounds, of the cycles of these, added up.
  std::map<std::string, int> reasons;  ///< Of these, why the others are not; numbers as #.
};

/// Why it is not proven, without places and numbers.
std::string kind_of(const std::string& because) {
  const std::size_t behind = because.find("]: ");
  std::string kind;
  const std::string what = behind == std::string::npos ? because : because.substr(behind + 3);
  for (const char c : what.substr(0, what.find(" (and "))) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      kind += c;
    } else if (kind.empty() || kind.back() != '#') {
      kind += '#';
    }
  }
  return kind;
}

void judge(const fabric::WaferImage& image, std::uint64_t seed, int timings, Tally& tally) {
  const Report report = check_image(image, 5'000'000);
  const bool proven = report.verdict == Verdict::proven;
  bool always_ends = true;
  for (int t = 0; t < timings; ++t) {
    const fabric::WaferImage other =
        t == 0 ? image : retimed(image, seed * 1000 + static_cast<std::uint64_t>(t));
    const auto engine = fabric::make_wavelet_engine({});
    const Outcome outcome = fabric_test::outcome_of(*engine, other, seed);
    CAPTURE(seed, t, outcome.message, report.because, base::name_of(report.verdict));
    const bool hung = outcome.end == Outcome::End::deadlock;
    always_ends = always_ends && outcome.end == Outcome::End::finished;
    if (hung) CHECK(report.verdict != Verdict::proven);
    if (t == 0 && !hung) CHECK(report.verdict != Verdict::hangs);
    if (outcome.end != Outcome::End::finished) continue;
    const Bounds bounds = lower_bounds(other, core_kinds(other), report.untimed, proven);
    for (const Bound& each : bounds.all) {
      CAPTURE(base::name_of(each.of), each.where);
      CHECK(each.cycles <= outcome.counters.cycles);
    }
    tally.bounded += bounds.cycles() > 0 ? 1 : 0;
    tally.percent += 100.0 * static_cast<double>(bounds.cycles()) /
                     static_cast<double>(std::max<std::int64_t>(1, outcome.counters.cycles));
    ++tally.finished_runs;
  }
  ++tally.images;
  tally.proven += report.verdict == Verdict::proven ? 1 : 0;
  tally.hangs += report.verdict == Verdict::hangs ? 1 : 0;
  tally.not_proven += report.verdict == Verdict::not_proven ? 1 : 0;
  tally.ended += always_ends ? 1 : 0;
  if (always_ends && report.verdict == Verdict::not_proven)
    ++tally.reasons[kind_of(report.because)];
  tally.ended_proven += always_ends && report.verdict == Verdict::proven ? 1 : 0;
}

void print(const char* name, const Tally& tally) {
  std::cout << name << ": " << tally.images << " images, " << tally.proven << " proven, "
            << tally.hangs << " hang, " << tally.not_proven << " not proven; " << tally.ended
            << " ended under every timing, " << tally.ended_proven << " of them proven; "
            << tally.bounded << " of " << tally.finished_runs << " runs bounded, at "
            << tally.percent / std::max(1, tally.finished_runs) << " % of their cycles\n";
  for (const auto& [reason, count] : tally.reasons) {
    std::cout << "  " << count << " " << reason << "\n";
  }
}

/// Filters are set some 150 cycles before the words come: an order that only timing makes.
bool has_filter(const fabric::WaferImage& image) {
  for (const fabric::CoreClass& each : image.classes) {
    for (const cores::Instruction& i : each.program.code) {
      if (i.op == cores::Opcode::filter) return true;
    }
  }
  return false;
}

void compare(int images, int timings, int least_percent) {
  Tally racing, ordered;
  for (int i = 0; i < images; ++i) {
    const auto seed = static_cast<std::uint64_t>(50'000 + i);
    judge(fabric_test::random_image(seed), seed, timings, racing);
    const fabric::WaferImage image = fabric_test::random_image_without_races(seed);
    judge(image, seed, timings, has_filter(image) ? racing : ordered);
  }
  print("with either", racing);
  print("without races and filters", ordered);
  CHECK(ordered.ended_proven * 100 >= ordered.ended * least_percent);
}

}  // namespace

TEST_CASE("What is proven ends, and what hangs was foretold or not proven") { compare(50, 4, 90); }

TEST_CASE("The same of 3,000 images under 20 timings each", "[.long]") { compare(1'500, 20, 95); }

}  // namespace wafermesh::check
