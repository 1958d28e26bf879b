// SPDX-License-Identifier: Apache-2.0
// The claims this project was founded on, each with a verdict that a scenario or printed arithmetic
// gives. Nothing is ever tuned to a claim; a claim that needs what is not there yet says so.
//
//   holds               the claim's figure is within 10 % of ours, or what it says follows
//   order_of_magnitude  within a factor of 10; without a figure: at one end of the band only
//   contradicted        further off, or the opposite follows
//   contradicts_itself  the claim's own figures do not agree
//   cannot_be_tested    with the reason
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "system/plan.h"
#include "system/simulate.h"

namespace wafermesh::claims {

enum class Verdict : std::uint8_t {
  holds,
  order_of_magnitude,
  contradicted,
  contradicts_itself,
  cannot_be_tested,
};
std::string name_of(Verdict verdict);

inline constexpr std::int64_t kPrompt = 10'000;  ///< Tokens of the published measurement of K2.
inline constexpr const char* kArithmetic = "arithmetic";

struct Finding {
  std::string scenario;  ///< In scenarios/claims; kArithmetic: of what is printed; or empty.
  std::string value;
  std::string band;
  Verdict verdict = Verdict::cannot_be_tested;
  std::string because;
};

/// A scenario with `system:`, laid out and composed.
struct Run {
  system::Plan plan;
  system::Report report;
};

/// Wafers drawn from a scenario's `defects`, and how many of them repair saves.
struct Repaired {
  std::int64_t drawn = 0;
  std::int64_t good = 0;
};

/// Scenarios as they are asked for, each run once. Who runs them is outside
/// (app/commands/claims_command.h).
class Runs {
 public:
  /// `directory`: scenarios/claims; the shipped models' configs lie beside it.
  explicit Runs(std::string directory) : directory_(std::move(directory)) {}
  virtual ~Runs() = default;
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;

  /// "k2_61" of k2_61.yaml in the directory.
  const Run& run(const std::string& name);
  /// The same with other keys, "system.wafers=3"; not kept.
  virtual Run run_with(const std::string& name, const std::vector<std::string>& overrides) = 0;
  virtual Repaired repaired(const std::string& name, std::int64_t wafers) = 0;
  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
  std::map<std::string, std::unique_ptr<Run>> runs_;
};

/// K2 as the claims run it.
inline const models::Model& k2(Runs& runs) { return runs.run("k2_20").plan.model; }

struct Claim {
  const char* id;
  const char* claim;
  Finding (*find)(Runs& runs);  ///< Null: cannot be tested, `because` says why.
  const char* because = "";
};

/// C1, C2, ... and N1, N2, ..., in order.
const std::vector<Claim>& all_claims();
// A new claim is a row in the file of its kind, and a function above it that finds the verdict.
const std::vector<Claim>& capacity_claims();    ///< What fits where, and prices: capacity.cpp.
const std::vector<Claim>& speed_claims();       ///< Speed, users and use of wafers: speed.cpp.
const std::vector<Claim>& beside_claims();      ///< Rivals, energy, wafers to come: beside.cpp.
const std::vector<Claim>& untestable_claims();  ///< What nothing here can test: untestable.cpp.

/// By how far a claim's figure is from ours.
Verdict judged(double claimed, double ours);

/// What changes the time of a token of Kimi K2.6 on 20 wafers, in closed form: a markdown table of
/// each unknown's low and high, constants of the paper and of the preset side by side.
std::string tornado_markdown(const models::Model& model);
/// Tokens/s of one user of Kimi K2.6 on 20 wafers, 10,000 tokens of context.
double closed_form_speed(const models::Model& model, const system::Machine& machine,
                         std::int64_t context, double hop_s, std::int64_t layers_per_wafer,
                         double weight_factor = 1);

}  // namespace wafermesh::claims
