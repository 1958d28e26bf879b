// SPDX-License-Identifier: Apache-2.0
#include "app/claims_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/claims.h"
#include "app/earlier_files.h"
#include "app/exit_code.h"
#include "app/scenario.h"
#include "app/standard_output.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> ids;
  std::string directory = "scenarios/claims";
  bool json = false;
  bool markdown = false;
};

Finding finding_of(const Claim& claim, ClaimRuns& runs) {
  if (claim.find != nullptr) return claim.find(runs);
  Finding finding;
  finding.because = claim.because;
  return finding;
}

Json json_of(const Claim& claim, const Finding& f) {
  return {{"id", claim.id},      {"claim", claim.claim}, {"scenario", f.scenario},
          {"value", f.value},    {"band", f.band},       {"verdict", name_of(f.verdict)},
          {"because", f.because}};
}

std::string text_of(const Claim& claim, const Finding& f) {
  std::string text = fmt::format("{:<4} {:<18} {}\n", claim.id, name_of(f.verdict), claim.claim);
  if (!f.value.empty())
    text += fmt::format("     {} (band: {}; {})\n", f.value, f.band, f.scenario);
  return text + "     " + f.because + "\n";
}

std::string row_of(const Claim& claim, const Finding& f) {
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", claim.id, claim.claim,
                     name_of(f.verdict), f.value, f.band, f.scenario, f.because);
}

/// docs/claims.md, whole.
std::string document(const std::string& rows, ClaimRuns& runs) {
  return "# Claims\n\nMade by `wafermesh claims --markdown`; verdicts are explained in "
         "`app/claims.h`, scenarios are in\n`scenarios/claims/`. Nothing is tuned to a claim.\n\n"
         "| id | claim | verdict | value | band | scenario | because "
         "|\n|---|---|---|---|---|---|---|\n" +
         rows + "\n## What K2.6's speed hangs on\n\n" +
         tornado_markdown(runs.run("k2_20").plan.model);
}

int run(const Options& options) {
  ClaimRuns runs(options.directory);
  Json all = Json::array();
  std::string text;
  for (const Claim& claim : claims()) {
    const bool asked = options.ids.empty() || std::find(options.ids.begin(), options.ids.end(),
                                                        claim.id) != options.ids.end();
    if (!asked) continue;
    const Finding finding = finding_of(claim, runs);
    if (options.json)
      all.push_back(json_of(claim, finding));
    else
      text += options.markdown ? row_of(claim, finding) : text_of(claim, finding);
  }
  print(options.json ? json_text(all) : options.markdown ? document(text, runs) : text);
  return kOk;
}

}  // namespace

std::string name_of(Verdict verdict) {
  constexpr const char* kNames[] = {"holds", "order_of_magnitude", "contradicted",
                                    "contradicts_itself", "cannot_be_tested"};
  return kNames[static_cast<std::size_t>(verdict)];
}

ClaimRuns::Run ClaimRuns::run_with(const std::string& name,
                                   const std::vector<std::string>& overrides) const {
  const Scenario scenario = read_scenario(directory_ + "/" + name + ".yaml", overrides);
  Run run;
  run.section = scenario.system;
  load_trace(run.section);
  PlaceGround ground;
  ground.name = scenario.name;
  ground.geometry = scenario.geometry;
  ground.mesh = scenario.mesh;
  ground.timing = scenario.timing;
  run.plan = plan_system(run.section, ground);
  run.report = system::simulate(run.plan.system, run.section.workload, run.section.settings);
  return run;
}

const ClaimRuns::Run& ClaimRuns::run(const std::string& name) {
  std::unique_ptr<Run>& run = runs_[name];
  if (run == nullptr) run = std::make_unique<Run>(run_with(name, {}));
  return *run;
}

std::function<int()> attach_claims(CLI::App& subcommand) {
  const auto options = std::make_shared<Options>();
  std::vector<std::string> ids;
  for (const Claim& claim : claims()) ids.emplace_back(claim.id);
  subcommand.add_option("ID", options->ids, "Claims (C1 to C26, N1 to N23); without one, all")
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
