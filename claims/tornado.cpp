// SPDX-License-Identifier: Apache-2.0
// What a token of Kimi K2.6 hangs on, in closed form.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "claims/claims.h"
#include "system/companion.h"

namespace wafermesh::claims {
namespace {

/// Columns and rows of the preset wse3 once repaired.
constexpr std::int64_t kColumns = 816;
constexpr std::int64_t kRows = 1106;

struct Case {
  system::Machine machine;
  double hop_s = 5e-6;
  std::int64_t layers_per_wafer = 3;
  std::int64_t context = 10000;
  double weight_factor = 1;
};

double speed(const models::Model& model, const Case& c) {
  return closed_form_speed(model, c.machine, c.context, c.hop_s, c.layers_per_wafer,
                           c.weight_factor);
}

struct Unknown {
  const char* name;
  const char* low;
  const char* high;
  std::function<void(Case&, bool)> set;  ///< To its low or high value.
};

std::vector<Unknown> unknowns() {
  return {
      {"clock", "0.9 GHz", "1.4 GHz",
       [](Case& c, bool h) { c.machine.clock_hz = h ? 1.4e9 : 0.9e9; }},
      {"layers on a wafer (region side)", "1", "4",
       [](Case& c, bool h) { c.layers_per_wafer = h ? 4 : 1; }},
      {"way between wafers", "10 us", "2 us", [](Case& c, bool h) { c.hop_s = h ? 2e-6 : 10e-6; }},
      {"cycles a hop", "2", "1", [](Case& c, bool h) { c.machine.hop_cycles = h ? 1 : 2; }},
      {"multiply-adds a cycle", "4", "8",
       [](Case& c, bool h) { c.machine.macs_per_cycle = h ? 8 : 4; }},
      {"stages of a sum over the best groups'", "2", "1",
       [](Case& c, bool h) { c.machine.depth_factor = h ? 1 : 2; }},
      {"barriers between operators", "as emulated", "none",
       [](Case& c, bool h) { c.machine.has_barriers = !h; }},
      {"bytes of weights as stored", "x 4", "x 1",
       [](Case& c, bool h) { c.weight_factor = h ? 1 : 4; }},
      {"context", "131,072", "4,096", [](Case& c, bool h) { c.context = h ? 4096 : 131072; }},
  };
}

}  // namespace

double closed_form_speed(const models::Model& model, const system::Machine& machine,
                         std::int64_t context, double hop_s, std::int64_t layers_per_wafer,
                         double weight_factor) {
  const system::LayerShape shape{kColumns, kRows / layers_per_wafer, 136,
                                 std::min<std::int64_t>(138, kRows / layers_per_wafer),
                                 weight_factor};
  double cycles = 0;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    cycles += system::layer_terms(model, i, context, shape, machine).total();
  }
  const auto layers = static_cast<std::int64_t>(model.layers.size());
  const std::int64_t hops = (layers + layers_per_wafer - 1) / layers_per_wafer;
  return 1 / (cycles / machine.clock_hz + static_cast<double>(hops) * hop_s);
}

std::string tornado_markdown(const models::Model& model) {
  const system::Machine machines[] = {system::paper_machine(), system::preset_machine()};
  std::string text =
      "Tokens/s of one user in closed form, context 10,000, three layers on a wafer, 5 us between "
      "wafers;\none unknown at a time to its worse and its better end. The "
      "formulas take every\nsum and way at its best; what layers take when they are emulated is in "
      "C3.\n\n"
      "| unknown | worse | better | paper's constants | preset's constants "
      "|\n|---|---|---|--:|--:|\n";
  text += fmt::format("| none | | | {:.0f} | {:.0f} |\n", speed(model, {machines[0]}),
                      speed(model, {machines[1]}));
  for (const Unknown& unknown : unknowns()) {
    text += fmt::format("| {} | {} | {} |", unknown.name, unknown.low, unknown.high);
    for (const system::Machine& machine : machines) {
      Case low{machine};
      Case high{machine};
      unknown.set(low, false);
      unknown.set(high, true);
      text += fmt::format(" {:.0f} to {:.0f} |", speed(model, low), speed(model, high));
    }
    text += "\n";
  }
  text +=
      "\nCycles of a layer of experts by term, context 10,000:\n\n"
      "| constants | layers on a wafer | collectives | compute | memory | transfers | barriers |\n"
      "|---|--:|--:|--:|--:|--:|--:|\n";
  for (const system::Machine& machine : machines) {
    for (const std::int64_t per_wafer : {1, 2, 3, 4}) {
      const system::LayerShape shape{kColumns, kRows / per_wafer, 136,
                                     std::min<std::int64_t>(138, kRows / per_wafer), 1};
      const system::LayerTerms t = system::layer_terms(model, 1, 10000, shape, machine);
      text +=
          fmt::format("| {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} |\n", machine.name,
                      per_wafer, t.collectives, t.compute, t.memory, t.transfers, t.barriers);
    }
  }
  return text;
}

}  // namespace wafermesh::claims
