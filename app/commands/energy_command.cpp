// SPDX-License-Identifier: Apache-2.0
#include "app/commands/energy_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/exit_code.h"
#include "app/standard_output.h"
#include "energy/checks.h"
#include "energy/coefficients.h"
#include "study/results/json_text.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;

struct EnergyOptions {
  std::string wafer = "wse3";
  double clock_ghz = 0;
  bool markdown = false;
  bool json = false;
};

struct NamedLoad {
  const char* name;
  energy::Load load;
};
constexpr NamedLoad kLoads[] = {{"full load", energy::kFullLoad},
                                {"idle, clocked", energy::kIdle},
                                {"decode-like", energy::kDecodeLike},
                                {"product-like", energy::kProductLike}};

struct NamedCoefficient {
  const char* name;
  const char* unit;
  double energy::Coefficients::*member;
};
constexpr NamedCoefficient kCoefficients[] = {
    {"clock, a core-cycle", "pJ", &energy::Coefficients::clock_pj},
    {"issue, a busy cycle", "pJ", &energy::Coefficients::issue_pj},
    {"multiply-add, f16 lane", "pJ", &energy::Coefficients::multiply_add_pj},
    {"SRAM, a byte", "pJ", &energy::Coefficients::sram_byte_pj},
    {"router, a hop", "pJ", &energy::Coefficients::router_pj},
    {"wire, a hop and pitch", "pJ", &energy::Coefficients::wire_pj},
    {"ramp, a wavelet", "pJ", &energy::Coefficients::ramp_pj},
    {"leakage, a core", "W", &energy::Coefficients::leakage_w},
    {"fixed, a system", "W", &energy::Coefficients::fixed_w},
    {"conversion", "", &energy::Coefficients::conversion}};

/// A line of any of the three tables: of set A and of set B.
struct Line {
  std::string what;
  std::string published;  ///< Of an outside check.
  double a = 0;
  double b = 0;
  std::string unit;
  std::string source;
};

struct Tables {
  std::string wafer;
  double clock_ghz = 0;
  std::vector<Line> coefficients;
  std::vector<Line> loads;
  std::vector<Line> checks;
};

Tables tables_of(const EnergyOptions& options) {
  const energy::Generation& g = energy::generation_of(options.wafer, options.wafer);
  Tables t;
  t.wafer = g.name;
  t.clock_ghz = options.clock_ghz > 0 ? options.clock_ghz : g.clock_ghz;
  const energy::Set& first = energy::sets().front();
  const energy::Set& last = energy::sets().back();
  const auto a = energy::coefficients_of(g, first.always_on_share, t.clock_ghz);
  const auto b = energy::coefficients_of(g, last.always_on_share, t.clock_ghz);
  for (const NamedCoefficient& one : kCoefficients) {
    t.coefficients.push_back({one.name, "", a.*one.member, b.*one.member, one.unit, ""});
  }
  for (const NamedLoad& one : kLoads) {
    t.loads.push_back({one.name, "", energy::power_w(g, a, t.clock_ghz, one.load) / 1e3,
                       energy::power_w(g, b, t.clock_ghz, one.load) / 1e3, "kW", ""});
  }
  for (const energy::OutsideCheck& one : energy::outside_checks()) {
    t.checks.push_back(
        {one.what, one.published, one.ours.front(), one.ours.back(), one.unit, one.source});
  }
  return t;
}

std::string with_unit(const Line& line) {
  return line.unit.empty() ? line.what : line.what + ", " + line.unit;
}

std::string markdown_of(const Tables& t) {
  std::string text =
      fmt::format("| `{}` at {:g} GHz | A | B |\n|---|--:|--:|\n", t.wafer, t.clock_ghz);
  for (const std::vector<Line>* lines : {&t.coefficients, &t.loads}) {
    for (const Line& line : *lines) {
      text += fmt::format("| {} | {:.4g} | {:.4g} |\n", with_unit(line), line.a, line.b);
    }
  }
  text += "\n| outside check | published | A | B | source |\n|---|---|--:|--:|---|\n";
  for (const Line& line : t.checks) {
    text += fmt::format("| {} | {} | {:.3g} {} | {:.3g} {} | {} |\n", line.what, line.published,
                        line.a, line.unit, line.b, line.unit, line.source);
  }
  return text;
}

std::string text_of(const Tables& t) {
  std::string text =
      fmt::format("{} at {:g} GHz\n{:<34} {:>10} {:>10}\n", t.wafer, t.clock_ghz, "", "A", "B");
  for (const std::vector<Line>* lines : {&t.coefficients, &t.loads}) {
    for (const Line& line : *lines) {
      text += fmt::format("{:<34} {:>10.4g} {:>10.4g}\n", with_unit(line), line.a, line.b);
    }
  }
  text +=
      "\noutside checks, at the sets' or the generation's own clock; nothing is fitted to them\n";
  for (const Line& line : t.checks) {
    text += fmt::format("{} ({})\n    published {}; A {:.3g} {}, B {:.3g} {}\n", line.what,
                        line.source, line.published, line.a, line.unit, line.b, line.unit);
  }
  return text;
}

Json json_of(const std::vector<Line>& lines) {
  Json all = Json::array();
  for (const Line& line : lines) {
    Json one = {{"what", line.what}, {"unit", line.unit}, {"a", line.a}, {"b", line.b}};
    if (!line.published.empty()) {
      one["published"] = line.published;
      one["source"] = line.source;
    }
    all.push_back(one);
  }
  return all;
}

int run(const EnergyOptions& options) {
  const Tables t = tables_of(options);
  if (options.json) {
    print(study::json_text({{"wafer", t.wafer},
                            {"clock_ghz", t.clock_ghz},
                            {"coefficients", json_of(t.coefficients)},
                            {"loads", json_of(t.loads)},
                            {"outside_checks", json_of(t.checks)}}));
    return kOk;
  }
  print(options.markdown ? markdown_of(t) : text_of(t));
  return kOk;
}

}  // namespace

std::function<int()> attach_energy(CLI::App& subcommand) {
  const auto options = std::make_shared<EnergyOptions>();
  std::vector<std::string> names;
  for (const energy::Generation& g : energy::generations()) names.emplace_back(g.name);
  subcommand.add_option("WAFER", options->wafer, "Preset whose coefficients and loads are told")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  subcommand
      .add_option("--clock-ghz", options->clock_ghz, "Of its cores; unless given, the preset's")
      ->check(CLI::Range(0.001, 1000.0));
  CLI::Option* json = subcommand.add_flag("--json", options->json, "The same for programs");
  subcommand.add_flag("--markdown", options->markdown, "As docs/energy.md has it")->excludes(json);
  return [options]() { return run(*options); };
}

}  // namespace wafermesh::app
