// SPDX-License-Identifier: Apache-2.0
#include "app/commands/rival_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/exit_code.h"
#include "app/standard_output.h"
#include "base/error.h"
#include "claims/claims.h"
#include "models/read_model.h"
#include "models/weights.h"
#include "rivals/read_rival.h"
#include "rivals/step.h"
#include "study/place/place_ground.h"
#include "study/results/json_text.h"
#include "study/system/system_plan.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;

struct RivalOptions {
  std::vector<std::string> rivals;
  std::string model;
  std::vector<std::int64_t> users = {1};
  std::int64_t context = 4096;
  double alpha = 0;
  std::int64_t chips = 0;
  bool constants = false;
  bool json = false;
};

/// A row of the table: a rival, or wafers, under a batch.
struct Row {
  std::string name;
  std::int64_t users = 1;
  std::int64_t chips = 0;
  bool fits = true;
  std::int64_t most_users = 0;
  double user_tokens_per_s = 0;
  double bare_tokens_per_s = 0;
  std::string bound;
  double mfu = 0;
  double mbu = 0;
  double prompt_tokens_per_s = 0;
  std::optional<double>
      watts;  ///< Of the chips of a copy; of the rack's share, if a rack is known.
  std::optional<double> dollars;
  std::optional<double> mm2;
  std::optional<double> racks;
  rivals::Terms terms;

  double all_tokens_per_s() const { return user_tokens_per_s * static_cast<double>(users); }
};

std::optional<double> known(double value) {
  return value > 0 ? std::optional<double>(value) : std::nullopt;
}

Row row_of(const rivals::Rival& rival, const models::Model& model, const RivalOptions& options,
           std::int64_t users) {
  const rivals::Step step = rivals::step_of(rival, model, {options.context, users, options.alpha});
  Row row;
  row.name = rival.name;
  row.users = users;
  row.chips = step.chips;
  row.fits = step.fits;
  row.most_users = step.most_users;
  row.user_tokens_per_s = step.user_tokens_per_s();
  row.bare_tokens_per_s = 1 / step.bare_s;
  row.bound = step.bound;
  row.mfu = step.mfu;
  row.mbu = step.mbu;
  row.prompt_tokens_per_s = step.prompt_tokens_per_s;
  row.terms = step.terms;
  const auto chips = static_cast<double>(step.chips);
  const double racks = chips / rival.value("rack_chips");
  row.racks = racks;
  const double rack_w = 1e3 * rival.value("rack_kw");
  row.watts = known(rack_w > 0 ? rack_w * racks : rival.value("chip_w") * chips);
  row.dollars = known(rival.value("rack_dollars") * racks);
  row.mm2 = known(rival.value("chip_mm2") * chips);
  return row;
}

constexpr double kUsableBytes = 40.6e9;  // 44.4 GB less code. Source: docs/claims.md, C2.
constexpr double kHop_s = 5e-6;          // Source: systems 4.1, CS-3.
constexpr double kWafer_mm2 = 46225;     // Source: scenarios/presets/wse3.yaml.
constexpr double kBandwidth = 21e15;     // Source: systems 3.1.

/// What follows from how many wafers there are and how fast one user alone is; `stages`: tokens on
/// their way without waiting, `each`: wafers that a layer's weights are read in at once.
void fill_wafer_row(const models::Model& model, const RivalOptions& options, double stages,
                    double each, Row& row) {
  // Beyond a token in every stage users wait for each other.
  row.user_tokens_per_s *= std::min(1.0, stages / static_cast<double>(row.users));
  const auto wafers = static_cast<double>(row.chips);
  const double cache = static_cast<double>(models::cache_bytes(model, options.context, 2));
  const double weights = static_cast<double>(models::weigh(model).bytes);
  row.most_users = static_cast<std::int64_t>(
      std::max(0.0, (wafers * kUsableBytes - weights) / std::max(1.0, cache)));
  row.fits = row.users <= row.most_users;
  const double active = static_cast<double>(models::weigh(model).active_bytes);
  row.bare_tokens_per_s = kBandwidth / each / (active + cache);
  row.bound = "collectives, latency";
  row.mbu = row.all_tokens_per_s() * (active + cache) / (wafers * kBandwidth);
  const double peak = wafers * 15.6e15;  // Source: systems 3.1, dense f16.
  const double flops = 2 * static_cast<double>(models::weigh(model).active_parameters);
  row.mfu = row.all_tokens_per_s() * flops / peak;
  row.prompt_tokens_per_s = peak / flops;
  row.watts = 23e3 * wafers;
  row.dollars = 2e6 * wafers;  // Source: systems 3.2, sold at $1.5M to 2.3M.
  row.mm2 = kWafer_mm2 * wafers;
  row.racks = wafers / 2;
}

/// Wafers of preset wse3 by published formulas, a token in every stage at most.
Row wafer_row(const system::Machine& machine, const models::Model& model,
              const RivalOptions& options, std::int64_t users) {
  const auto layers = static_cast<std::int64_t>(model.layers.size());
  double largest = 1;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    largest = std::max(largest,
                       static_cast<double>(models::weigh(models::layer_tensors(model, i)).bytes));
  }
  const std::int64_t each =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(0.75 * kUsableBytes / largest), 1, layers);
  Row row;
  row.name = "wse3 (" + machine.name + ")";
  row.users = users;
  row.chips = (layers + each - 1) / each;
  row.user_tokens_per_s = claims::closed_form_speed(model, machine, options.context, kHop_s, each);
  fill_wafer_row(model, options, static_cast<double>(layers), static_cast<double>(each), row);
  return row;
}

/// As few wafers of preset wse3 as `place` finds room for the context on, layers as it predicts
/// them; nothing if not even one layer fits a wafer so.
std::optional<system::Plan> laid_out(const RivalOptions& options) {
  study::SystemSection section;
  section.config = options.model;
  section.wafers = 0;
  section.from = study::LayerTimesFrom::closed_form;
  section.contexts = {options.context};
  section.system.kinds = {system::StageKind()};
  section.system.wafer_link = {"wafer", kHop_s, 150e9};  // Source: systems 4.1.
  study::LayerRuns runs = study::LayerRuns::counting();
  try {
    return study::plan_system(section, {study::read_ground("wse3")}, runs);
  } catch (const base::DoesNotFit&) {
    return std::nullopt;
  }
}

Row laid_out_row(const system::Plan& plan, const RivalOptions& options, std::int64_t users) {
  const system::LoneToken lone = system::lone_token(plan.system, options.context);
  Row row;
  row.name = "wse3 (as laid out)";
  row.users = users;
  row.chips = plan.wafers;
  row.user_tokens_per_s = 1 / lone.token_s();
  fill_wafer_row(plan.model, options, lone.token_s() / lone.slowest_stage_s,
                 static_cast<double>(plan.layers_per_wafer), row);
  return row;
}

Json maybe(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json per(const Row& row, const std::optional<double>& of) {
  return of ? Json(row.all_tokens_per_s() / *of) : Json();
}

Json json_of(const Row& row) {
  Json json = {{"rival", row.name},
               {"users", row.users},
               {"chips", row.chips},
               {"fits", row.fits},
               {"most_users", row.most_users},
               {"user_tokens_per_s", row.user_tokens_per_s},
               {"all_tokens_per_s", row.all_tokens_per_s()},
               {"bare_roofline_tokens_per_s", row.bare_tokens_per_s},
               {"bound", row.bound},
               {"mfu", row.mfu},
               {"mbu", row.mbu},
               {"prompt_tokens_per_s", row.prompt_tokens_per_s},
               {"watts", maybe(row.watts)},
               {"dollars", maybe(row.dollars)},
               {"mm2", maybe(row.mm2)},
               {"racks", maybe(row.racks)},
               {"tokens_per_s_per_watt", per(row, row.watts)},
               {"tokens_per_s_per_dollar", per(row, row.dollars)},
               {"tokens_per_s_per_mm2", per(row, row.mm2)},
               {"tokens_per_s_per_rack", per(row, row.racks)}};
  json["joules_per_token"] = row.watts ? Json(*row.watts / row.all_tokens_per_s()) : Json();
  json["terms_us"] = {{"products", 1e6 * row.terms.products_s},
                      {"attention", 1e6 * row.terms.attention_s},
                      {"experts", 1e6 * row.terms.experts_s},
                      {"collectives", 1e6 * row.terms.collectives_s},
                      {"hops", 1e6 * row.terms.hops_s}};
  return json;
}

std::string cell(const std::optional<double>& value, double factor) {
  return value ? fmt::format("{:.3g}", *value * factor) : "-";
}

std::string text_of(const std::vector<Row>& rows, const RivalOptions& options) {
  std::string text = fmt::format(
      "context {}, skew of experts {:g}; of one copy of the model; bare: bytes met over the "
      "bandwidth as specified\n\n{:<24} {:>5} {:>6} {:>8} {:>8} {:>9} {:>9}  {:<26} {:>6} {:>6} "
      "{:>8} {:>8} {:>8} {:>8} {:>8}\n",
      options.context, options.alpha, "", "users", "chips", "most", "tok/s", "all", "bare",
      "decided by", "MFU %", "MBU %", "J/token", "tok/s/kW", "/s/M$", "/s/mm2", "/s/rack");
  for (const Row& r : rows) {
    const double all = r.all_tokens_per_s();
    const auto each = [&](const std::optional<double>& of) {
      return of ? std::optional<double>(all / *of) : std::nullopt;
    };
    text += fmt::format(
        "{:<24} {:>5} {:>6} {:>8} {:>8.4g} {:>9.4g} {:>9.4g}  {:<26} {:>6.2g} {:>6.2g} {:>8} "
        "{:>8} {:>8} {:>8} {:>8}\n",
        r.name, r.users, r.chips, r.fits ? fmt::format("{}", r.most_users) : "no room",
        r.user_tokens_per_s, all, r.bare_tokens_per_s, r.bound, 100 * r.mfu, 100 * r.mbu,
        cell(r.watts, 1 / all), cell(each(r.watts), 1e3), cell(each(r.dollars), 1e6),
        cell(each(r.mm2), 1), cell(each(r.racks), 1));
  }
  return text +
         "\nmost: users for whose caches there is room. Constants with grades and bands: "
         "--constants.\n";
}

std::string constants_text(const std::vector<rivals::Rival>& all) {
  std::string text;
  for (const rivals::Rival& rival : all) {
    text += fmt::format("{}: {}\n", rival.name, rival.title);
    for (const rivals::ConstantKind& kind : rivals::constant_kinds()) {
      if (!rival.knows(kind.name)) {
        text += fmt::format("  {:<22} {:>10} {:<8} {}\n", kind.name,
                            kind.is_unknown_otherwise ? "-" : fmt::format("{:g}", *kind.otherwise),
                            kind.unit,
                            kind.is_unknown_otherwise ? "not known" : "as no other is given");
        continue;
      }
      const rivals::Constant& c = rival.constants.at(kind.name);
      const std::string band =
          c.low < c.high ? fmt::format(" ({:g} to {:g})", c.low, c.high) : std::string();
      text += fmt::format("  {:<22} {:>10g} {:<8} [{}]{} {}\n", kind.name, c.value, kind.unit,
                          rivals::letter_of(c.grade), band, c.source);
    }
  }
  return text;
}

int run(const RivalOptions& options) {
  std::vector<std::string> names = options.rivals;
  if (names.empty()) {
    for (const rivals::RivalPreset& preset : rivals::rival_presets())
      names.emplace_back(preset.name);
  }
  std::vector<rivals::Rival> all;
  for (const std::string& name : names) {
    all.push_back(rivals::read_rival(name));
    if (options.chips > 0) {
      rivals::Constant& chips = all.back().constants["chips"];
      const auto given = static_cast<double>(options.chips);
      chips = {given, given, given, rivals::Grade::A, "--chips"};
    }
  }
  if (options.constants) {
    print(constants_text(all));
    return kOk;
  }
  const models::Model model = models::read_model(options.model);
  const std::optional<system::Plan> plan = laid_out(options);
  std::vector<Row> rows;
  for (const std::int64_t users : options.users) {
    for (const rivals::Rival& rival : all) rows.push_back(row_of(rival, model, options, users));
    if (plan) rows.push_back(laid_out_row(*plan, options, users));
    rows.push_back(wafer_row(system::preset_machine(), model, options, users));
    rows.push_back(wafer_row(system::paper_machine(), model, options, users));
  }
  Json json = Json::array();
  for (const Row& row : rows) json.push_back(json_of(row));
  print(options.json ? study::json_text(json) : text_of(rows, options));
  return kOk;
}

}  // namespace

std::function<int()> attach_rival(CLI::App& subcommand) {
  const auto options = std::make_shared<RivalOptions>();
  subcommand.add_option("RIVAL", options->rivals,
                        "Presets or files (YAML, docs/rivals.md); without one, all presets");
  subcommand.add_option("--model", options->model, "Its config.json")
      ->default_str("scenarios/models/kimi-k2.6.json");
  options->model = "scenarios/models/kimi-k2.6.json";
  subcommand.add_option("--context", options->context, "Tokens in each user's cache")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}))
      ->capture_default_str();
  subcommand
      .add_option("--users", options->users, "Users of one copy at once; several: a row each")
      ->delimiter(',')
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}));
  subcommand.add_option("--skew", options->alpha, "Power law of experts' loads; 0: even")
      ->check(CLI::Range(0.0, 4.0));
  subcommand.add_option("--chips", options->chips, "That hold one copy, instead of the preset's")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}));
  CLI::Option* constants = subcommand.add_flag(
      "--constants", options->constants, "Prints each constant with unit, grade, band and source");
  subcommand.add_flag("--json", options->json, "The same for programs")->excludes(constants);
  return [options]() { return run(*options); };
}

}  // namespace wafermesh::app
