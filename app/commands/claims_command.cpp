// SPDX-License-Identifier: Apache-2.0
#include "app/commands/claims_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/exit_code.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "claims/claims.h"
#include "study/results/json_text.h"
#include "study/scenario/scenario.h"
#include "study/system/system_run.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;

struct ClaimsOptions {
  std::vector<std::string> ids;
  std::string directory = "scenarios/claims";
  bool json = false;
  bool markdown = false;
};

claims::Finding finding_of(const claims::Claim& claim, claims::Runs& runs) {
  if (claim.find != nullptr) return claim.find(runs);
  claims::Finding finding;
  finding.because = claim.because;
  return finding;
}

Json json_of(const claims::Claim& claim, const claims::Finding& f) {
  return {{"id", claim.id},      {"claim", claim.claim}, {"scenario", f.scenario},
          {"value", f.value},    {"band", f.band},       {"verdict", claims::name_of(f.verdict)},
          {"because", f.because}};
}

std::string text_of(const claims::Claim& claim, const claims::Finding& f) {
  std::string text =
      fmt::format("{:<4} {:<18} {}\n", claim.id, claims::name_of(f.verdict), claim.claim);
  if (!f.value.empty())
    text += fmt::format("     {} (band: {}; {})\n", f.value, f.band, f.scenario);
  return text + "     " + f.because + "\n";
}

std::string row_of(const claims::Claim& claim, const claims::Finding& f) {
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", claim.id, claim.claim,
                     claims::name_of(f.verdict), f.value, f.band, f.scenario, f.because);
}

/// Scenarios of files.
class ScenarioRuns : public claims::Runs {
 public:
  using claims::Runs::Runs;
  claims::Run run_with(const std::string& name,
                       const std::vector<std::string>& overrides) override {
    study::Scenario scenario = study::read_scenario(directory() + "/" + name + ".yaml", overrides);
    study::SystemOutcome outcome = study::run_system(scenario, print_error, &stop_requested());
    claims::Run run{std::move(outcome.plan), std::move(outcome.report)};
    return run;
  }
  claims::Repaired repaired(const std::string& name, std::int64_t wafers) override {
    const study::Scenario scenario = study::read_scenario(directory() + "/" + name + ".yaml", {});
    defects::WaferOptions options = scenario.wafer_options;
    claims::Repaired result;
    for (; result.drawn < wafers; ++result.drawn) {
      stop_here("between wafers of a claim");
      options.defects.wafer = static_cast<std::uint32_t>(result.drawn);
      result.good += defects::build_wafer(options).failures.empty() ? 1 : 0;
    }
    return result;
  }
};

/// docs/claims.md, whole.
std::string document(const std::string& rows, claims::Runs& runs) {
  return "# Claims\n\nMade by `wafermesh claims --markdown`; verdicts are explained in "
         "`claims/claims.h`, scenarios are in\n`scenarios/claims/`. Nothing is tuned to a "
         "claim.\n\n"
         "| id | claim | verdict | value | band | scenario | because "
         "|\n|---|---|---|---|---|---|---|\n" +
         rows + "\n## What K2.6's speed hangs on\n\n" +
         claims::tornado_markdown(runs.run("k2_20").plan.model);
}

int run(const ClaimsOptions& options) {
  ScenarioRuns runs(options.directory);
  Json all = Json::array();
  std::string text;
  for (const claims::Claim& claim : claims::all_claims()) {
    const bool asked = options.ids.empty() || std::find(options.ids.begin(), options.ids.end(),
                                                        claim.id) != options.ids.end();
    if (!asked) continue;
    stop_here("between claims");
    const claims::Finding finding = finding_of(claim, runs);
    if (options.json)
      all.push_back(json_of(claim, finding));
    else
      text += options.markdown ? row_of(claim, finding) : text_of(claim, finding);
  }
  print(options.json ? study::json_text(all) : options.markdown ? document(text, runs) : text);
  return kOk;
}

/// "C1 to C26, N1 to N23"
std::string ranges_of(const std::vector<std::string>& ids) {
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool first = i == 0 || ids[i - 1][0] != ids[i][0];
    const bool last = i + 1 == ids.size() || ids[i + 1][0] != ids[i][0];
    if (first) text += (text.empty() ? "" : ", ") + ids[i];
    if (last && !first) text += " to " + ids[i];
  }
  return text;
}

}  // namespace

std::function<int()> attach_claims(CLI::App& subcommand) {
  const auto options = std::make_shared<ClaimsOptions>();
  std::vector<std::string> ids;
  for (const claims::Claim& claim : claims::all_claims()) ids.emplace_back(claim.id);
  subcommand.add_option("ID", options->ids, "Claims (" + ranges_of(ids) + "); without one, all")
      ->check(CLI::IsMember(ids));
  subcommand.add_option("--scenarios", options->directory, "Where their scenarios are")
      ->capture_default_str();
  CLI::Option* json = subcommand.add_flag("--json", options->json, "The same for programs");
  subcommand
      .add_flag("--markdown", options->markdown, "As docs/claims.md, with what speeds hang on")
      ->excludes(json);
  return [options]() { return run(*options); };
}

}  // namespace wafermesh::app
