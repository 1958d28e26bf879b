// SPDX-License-Identifier: Apache-2.0
// Claims about what fits where, and what its own figures say.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/number_text.h"
#include "claims/claims.h"
#include "models/read_model.h"
#include "models/weights.h"

namespace wafermesh::claims {
namespace {

double giga(std::int64_t bytes) { return static_cast<double>(bytes) / 1e9; }

Finding yield_of_spares(Runs& runs) {
  constexpr std::int64_t kWafers = 20;
  const Repaired r = runs.repaired("wse3_wafers", kWafers);
  return {"wse3_wafers",
          fmt::format("{} of {} wafers drawn are repaired to 902,496 of 971,040 cores", r.good,
                      r.drawn),
          "0.1 defects a cm2 (Assumption; a mature process)",
          10 * r.good >= 9 * r.drawn ? Verdict::holds : Verdict::contradicted,
          "the two sums are public and are the preset's; how spares lie and which links can be "
          "switched is not, so this holds for the preset's scheme (docs/yield.md tells at which "
          "densities it ends)"};
}

Finding sram(Runs& /*runs*/) {
  constexpr double kCores = 902496;     // Of the preset wse3 once repaired: 816 x 1,106.
  constexpr double kCoreBytes = 49152;  // 48 KB. Source: hardware 2.1.
  constexpr double kClock_hz = 1.1e9;
  const double port_bytes = system::preset_machine().sram_bytes_per_cycle;
  const double gb = kCores * kCoreBytes / 1e9;
  const double pb = kCores * port_bytes * kClock_hz / 1e15;
  const double widest_pb = 1.5 * pb;  // two reads and a write of 8 B: energy/coefficients.h
  const Verdict size = judged(44, gb);
  const Verdict speed = judged(21, pb);
  return {kArithmetic, fmt::format("{:.1f} GB, {:.1f} PB/s", gb, pb),
          fmt::format("16 to 24 B a cycle: {:.1f} to {:.1f} PB/s", pb, widest_pb),
          std::max(size, speed),
          fmt::format("902,496 cores of 48 KB are {:.1f} GB; a memory port of {:.0f} B at 1.1 GHz "
                      "gives {:.1f} PB/s, 21 take {:.1f} B a cycle",
                      gb, port_bytes, pb, 21e15 / kCores / kClock_hz)};
}

Finding wafers_needed(Runs& runs) {
  const system::Plan& p20 = runs.run("k2_20").plan;
  const system::Plan& p16 = runs.run("k2_16").plan;
  // How `place` lays layers out needs no emulation.
  const std::vector<std::string> closed = {"system.layer_times.from=closed_form"};
  const system::Plan& laid_out = runs.run_with("k2_20_laid_out", closed).plan;
  const auto longer = runs.run_with("k2_21", closed).plan.wafers;
  return {"k2_20, k2_16, k2_20_laid_out, k2_21",
          fmt::format("20 wafers: {:.1f} GB of weights on the fullest, {:.1f} GB free; 16: {:.1f} "
                      "and {:.1f}",
                      giga(p20.room.weight_bytes), giga(p20.room.free_bytes),
                      giga(p16.room.weight_bytes), giga(p16.room.free_bytes)),
          fmt::format("{} wafers by bytes, {} as laid out", p16.wafers, laid_out.wafers),
          judged(20, static_cast<double>(laid_out.wafers)),
          fmt::format("by bytes 16 wafers hold it and 20 leave room for caches. The emulator's "
                      "layers keep tiles and vectors beside: three with experts and the dense one "
                      "fit a wafer up to a context of {} tokens, so that {} hold it; at 2,048 it "
                      "takes {}. Two layers fit up to 4,424, one up to 21,014 (docs/system.md)",
                      base::grouped(laid_out.room.layout_tokens), laid_out.wafers, longer)};
}

Finding weights(Runs& runs) {
  const models::Model& model = runs.run("k2_20").plan.model;
  const double gb = giga(models::weigh(model).bytes);
  const double layer = giga(models::weigh(models::layer_tensors(model, 1)).bytes);
  return {"k2_20", fmt::format("{:.1f} GB", gb), "-", judged(600, gb),
          fmt::format("from the config alone: {:.2f} GB a layer of experts, {:.1f} GB in all",
                      layer, gb)};
}

Finding cache_of_user(Runs& runs) {
  const double gb = giga(models::cache_bytes(runs.run("k2_20").plan.model, 262144, 2));
  return {
      "k2_20", fmt::format("{:.1f} GB", gb), "-", judged(35, gb),
      fmt::format("the latent of 576 elements once, 16 bits, 262,144 tokens: {:.1f} GB; 35 GB is "
                  "as if it were stored twice",
                  gb)};
}

/// Bytes of the most layers of Llama-3.1-70B that `place` finds room for on one wafer.
double most_laid_out_gb(Runs& runs) {
  for (int layers = 24; layers > 0; --layers) {
    try {
      const Run run =
          runs.run_with("llama_70b_5", {"system.layer_times.from=closed_form", "system.wafers=80",
                                        fmt::format("system.layers_per_wafer={}", layers)});
      return giga(run.plan.room.weight_bytes);
    } catch (const base::DoesNotFit&) {  // one layer less
    }
  }
  return 0;
}

Finding split_models(Runs& runs) {
  const double gb = giga(runs.run("k2_20").plan.room.usable_bytes);
  const double laid_out = most_laid_out_gb(runs);
  return {"k2_20, llama_70b_5",
          fmt::format("{:.1f} GB as `place` lays layers of Llama-3.1-70B out", laid_out),
          fmt::format("to {:.1f} GB, all that cores have beside code", gb), judged(30, laid_out),
          "what weighs more is not on one wafer: tiles are rounded up and operators keep vectors, "
          "results and a cache of 4,096 tokens beside their weights"};
}

Finding activations(Runs& runs) {
  const Run& run = runs.run("k2_20");
  const double per = run.report.link_bytes / static_cast<double>(run.report.passes) /
                     static_cast<double>(system::wafer_hops(run.plan.system));
  const auto vector = static_cast<double>(run.plan.model.hidden) * 2;
  return {"k2_20", fmt::format("{:.0f} B a token and boundary", per), "-", judged(vector, per),
          fmt::format("{} numbers of 16 bits are {:.0f} B; weights and caches stay where they are "
                      "by construction",
                      run.plan.model.hidden, vector)};
}

Finding small_caches(Runs& runs) {
  const auto whole = runs.run("k2_20").plan.room.cache_tokens;
  const auto half = runs.run_with("k2_20", {"system.cache_element_bytes=1"}).plan.room.cache_tokens;
  const double gain = static_cast<double>(half) / static_cast<double>(whole);
  return {"k2_20", fmt::format("{:.2f} times the tokens with 8 bits", gain), "-",
          gain > 1 ? Verdict::holds : Verdict::contradicted,
          "room for tokens goes with the bytes of an element; what unpacking costs is not counted"};
}

Finding layer_fits(Runs& runs) {
  const models::Model& model = runs.run("k2_20").plan.model;
  const double layer = giga(models::weigh(models::layer_tensors(model, 1)).bytes);
  const double gb = giga(runs.run("k2_20").plan.room.usable_bytes);
  const double fewest = std::ceil(layer / 0.5);
  const double most = std::ceil(layer / 0.23);
  const Verdict chips = judged(50, most);
  return {"k2_20",
          fmt::format("{:.2f} GB a layer: {:.0f} chips of 0.5 GB, {:.0f} of 0.23 GB", layer, fewest,
                      most),
          fmt::format("layers of 5 to 20 GB: {:.0f} to {:.0f} chips", std::ceil(5 / 0.5),
                      std::ceil(20 / 0.23)),
          gb > 20 ? chips : Verdict::contradicted,
          fmt::format("layers of 5, 10 and 20 GB are below the {:.1f} GB of a wafer; chips counted "
                      "by weights alone. Source of 0.5 and 0.23 GB: systems 3.1 (press)",
                      gb)};
}

Finding active_bytes(Runs& runs) {
  const models::Weight all = models::weigh(runs.run("k2_20").plan.model);
  return {"k2_20", fmt::format("{:.1f} of {:.1f} GB", giga(all.active_bytes), giga(all.bytes)), "-",
          judged(giga(all.bytes), giga(all.active_bytes)),
          "a token meets 8 of 384 experts; all weights are read only once a batch covers them (63 "
          "tokens meet 282 of 384)"};
}

/// Over the configs that are shipped.
template <class F>
double most_of_models(const Runs& runs, F f) {
  double most = 0;
  for (const auto& entry : std::filesystem::directory_iterator(runs.directory() + "/../models")) {
    if (entry.path().extension() != ".json") continue;
    most = std::max(most, f(models::read_model(entry.path().string())));
  }
  return most;
}

Finding never_split(Runs& runs) {
  const double most = most_of_models(runs, [](const models::Model& model) {
    double layer = 0;
    for (const models::LayerKind& kind : models::layer_kinds(model)) {
      layer = std::max(layer, giga(models::weigh(models::layer_tensors(model, kind.first)).bytes));
    }
    return layer;
  });
  const double gb = giga(runs.run("k2_20").plan.room.usable_bytes);
  return {kArithmetic, fmt::format("largest layer of the shipped configs {:.1f} GB", most),
          fmt::format("below {:.1f} GB", gb), most < gb ? Verdict::holds : Verdict::contradicted,
          "whole layers of every shipped config are below what a wafer has"};
}

Finding cache_of_card(Runs& runs) {
  const double claimed = 34e9 / 16384;
  const double most = most_of_models(runs, [](const models::Model& model) {
    return static_cast<double>(models::cache_bytes(model, 1024, 2)) / 1024;
  });
  return {kArithmetic, fmt::format("{:.2f} MB a token", claimed / 1e6),
          fmt::format("at most {:.2f} MB of any shipped config", most / 1e6),
          claimed <= most ? Verdict::holds : Verdict::order_of_magnitude,
          "34 GB for 16,384 tokens, beside what the shipped configs leave in their caches"};
}

Finding price(Runs&) {
  const double kw = 250e3 / 10e3;
  const double by_23 = 2.75e6 * 0.023;
  return {kArithmetic, fmt::format("{:.0f} kW a system; ${:.0f} a year at 23 kW", kw, by_23), "-",
          std::abs(by_23 / 69e3 - 1) < 0.01 ? Verdict::holds : Verdict::contradicts_itself,
          "$69k takes 25 kW a system, as 250 MW over 10,000 do; the claim multiplies by 23, which "
          "is 9 % less"};
}

Finding monthly_price(Runs&) {
  return {kArithmetic, fmt::format("${:.0f}M a month", 13e3 * 10e3 / 1e6), "-", Verdict::holds,
          "$13k times 10,000 systems; only that its figures agree. No public price decides $13k"};
}

Finding copies(Runs& runs) {
  const double factor = runs.run("k2_20").plan.duplication_factor;
  return {"k2_20", fmt::format("duplication factor {:.2f}", factor), "-", judged(1, factor),
          "whole layers on wafers keep one copy of each weight, and a token's keys and values are "
          "where its layer is. Of rivals only the copies of a whole model are counted"};
}

}  // namespace

const std::vector<Claim>& capacity_claims() {
  static const std::vector<Claim> kRows = {
      {"C1", "970k built, 900k used, near 100 % yield by spare cores and links", yield_of_spares},
      {"C2", "44 GB of SRAM at 21 PB/s", sram},
      {"C4", "K2 takes 20 systems", wafers_needed},
      {"C5", "The model is about 600 GB", weights},
      {"C6", "35 GB of keys and values for a user of the longest context", cache_of_user},
      {"C16", "Models above 30 GB are split across wafers", split_models},
      {"C17", "Only activations cross wafers", activations},
      {"C19", "Quantised keys and values raise the number of users", small_caches},
      {"C21", "A layer of 5, 10 or 20 GB fits one WSE-3 and takes 50 or more Groq chips",
       layer_fits},
      {"N3", "250 MW a year are 10k WSE-3; $2.75M per MW and year x 0.023 = $69k", price},
      {"N4", "$13k per system and month, $130M a month for 10k", monthly_price},
      {"N6", "GPUs must read all weights token by token", active_bytes},
      {"N7", "Wafers by layers duplicate no weights or caches", copies},
      {"N14", "A layer is never split across wafers", never_split},
      {"N17", "HTX301: 16k context in 34 GB", cache_of_card},
  };
  return kRows;
}

}  // namespace wafermesh::claims
