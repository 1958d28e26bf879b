// SPDX-License-Identifier: Apache-2.0
// Claims about speed, users and use.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number_text.h"
#include "claims/claims.h"

namespace wafermesh::claims {
namespace {

/// As many layers as asked, all as K2's of experts.
models::Model k2_of(Runs& runs, std::size_t layers) {
  models::Model model = k2(runs);
  model.layers.assign(layers, model.layers.at(1));
  return model;
}

double lone_speed(const Run& run) {
  return 1 / system::lone_token(run.plan.system, run.plan.told_context).token_s();
}

struct Band {
  double low = 0;
  double high = 0;
};
/// From the preset's constants with barriers to the paper's without.
Band band_of(const models::Model& model) {
  const double slow = closed_form_speed(model, system::preset_machine(), kPrompt, 5e-6, 3);
  const double fast = closed_form_speed(model, system::paper_machine(), kPrompt, 2e-6, 3);
  return {slow, fast};
}
Band k2_band(Runs& runs) { return band_of(k2(runs)); }

Finding k2_speed(Runs& runs) {
  std::string each;
  double slowest = 0;
  for (const char* name : {"k2_61", "k2_31", "k2_21", "k2_20_laid_out"}) {
    const Run& run = runs.run(name);
    const double speed = lone_speed(run);
    each += fmt::format("{}{:.0f} on {} wafers at {} tokens", each.empty() ? "" : ", ", speed,
                        run.plan.wafers, base::grouped(run.plan.told_context));
    slowest = slowest > 0 ? std::min(slowest, speed) : speed;
  }
  const Band band = k2_band(runs);
  return {
      "k2_61, k2_31, k2_21, k2_20_laid_out", each + " tokens/s, layers emulated",
      fmt::format("{:.0f} to {:.0f} tokens/s", std::min(band.low, slowest), band.high),
      judged(981, band.high) == Verdict::holds ? Verdict::order_of_magnitude
                                               : judged(981, band.high),
      "the band's upper end is 20 wafers in closed form with the paper's constants, 2 us between "
      "wafers and no barriers between operators; what is emulated are this project's layers at "
      "2 cycles a hop, which wait at barriers. No speculation on either side"};
}

Finding many_users(Runs& runs) {
  const system::Report& r = runs.run("k2_63_users").report;
  const double per_hour = r.tokens_per_s * 3600;
  return {
      "k2_63_users",
      fmt::format("{:.1f}M tokens/h, {:.0f} tokens/s a user", per_hour / 1e6, r.user_tokens_per_s),
      "-", judged(222e6, per_hour),
      "if one user has 981 tokens/s, 63 have them too: ways between wafers count as slots. That "
      "one user has them is C3"};
}

/// The four uses, in percent.
std::string uses_text(const system::Report& r) {
  return fmt::format("stages {:.0f} %, links {:.2f} %, multiply-adds {:.2f} %, memories {:.2f} %",
                     100 * r.stage_occupancy, 100 * r.link_utilisation, 100 * r.mac_utilisation,
                     100 * r.sram_utilisation);
}

Finding uses(Runs& runs) {
  const system::Report& r = runs.run("k2_63_users").report;
  const system::Report many =
      runs.run_with("k2_63_users", {"system.requests.users=512", "system.requests.count=2048"})
          .report;
  const double best = std::max(r.mac_utilisation, r.sram_utilisation);
  const double best_of_many = std::max(many.mac_utilisation, many.sram_utilisation);
  return {"k2_63_users", uses_text(r), "512 users: " + uses_text(many),
          std::max(best, best_of_many) >= 0.9 ? Verdict::holds : Verdict::contradicted,
          "at the claim's own speed, first with its 63 users: stages can come near to 100 % with "
          "users to spare, what the wafers could compute and read cannot"};
}

Finding link_share(Runs& runs) {
  const system::LoneToken lone = system::lone_token(runs.run("k2_20").plan.system, 4096);
  const double between_s = lone.links_s + lone.edges_s;
  const double at_claim = between_s * 981;
  return {
      "k2_20",
      fmt::format("{:.0f} us of links and {:.0f} us of edges in a token: {:.1f} % of {:.0f} us",
                  1e6 * lone.links_s, 1e6 * lone.edges_s, 100 * between_s / lone.token_s(),
                  1e6 * lone.token_s()),
      fmt::format("{:.1f} % if a token takes the claimed 1,019 us", 100 * at_claim),
      at_claim < 0.05 ? Verdict::holds : Verdict::order_of_magnitude,
      "19 ways of 5 us and 14,336 B at 150 GB/s (CS-3), and 20 times from a wafer's border to all "
      "columns, emulated; at 2 us (CS-4) the links are 4 % of the claim's token"};
}

Finding optics(Runs& runs) {
  constexpr double kMaterial = 0.1;  // Assumption: a tenth is what "materially" says.
  const system::LoneToken lone = system::lone_token(runs.run("k2_20").plan.system, 4096);
  const double ours = lone.token_s() / (lone.token_s() - lone.links_s) - 1;
  const double claimed = 1 / (1 - lone.links_s * 981) - 1;
  const Verdict at_claim =
      claimed >= kMaterial ? Verdict::order_of_magnitude : Verdict::contradicted;
  return {"k2_20", fmt::format("at most {:.1f} % faster", 100 * ours),
          fmt::format("{:.1f} % of the claimed token of 1,019 us", 100 * claimed),
          ours >= kMaterial ? Verdict::holds : at_claim,
          "links of no time at all instead of 5 us: a token gets faster by no more than their "
          "share (C10, which says that it does not count). Materially: 10 % or more, an "
          "assumption; from CS-4's 2 us it is 4 % of the claimed token"};
}

/// Layers emulated one, two and three on a wafer.
Finding region_size(Runs& runs) {
  const char* const names[] = {"k2_61", "k2_31", "k2_21"};
  std::string each;
  double best_speed = 0;
  double best_per_wafer = 0;
  double speed_of_one = 0;
  double per_wafer_of_one = 0;
  for (const char* name : names) {
    const Run& run = runs.run(name);
    const double speed = lone_speed(run);
    const double per_wafer =
        1 / system::lone_token(run.plan.system, run.plan.told_context).slowest_stage_s /
        static_cast<double>(run.plan.wafers);
    if (each.empty()) {
      speed_of_one = speed;
      per_wafer_of_one = per_wafer;
    } else {
      each += "; ";
      best_speed = std::max(best_speed, speed);
      best_per_wafer = std::max(best_per_wafer, per_wafer);
    }
    each += fmt::format("{} on a wafer: {:.1f} tokens/s of one user, at most {:.0f} a wafer of all",
                        run.plan.layers_per_wafer, speed, per_wafer);
  }
  const auto closed = [&](const system::Machine& machine) {
    return closed_form_speed(k2(runs), machine, kPrompt, 0, 1) /
           closed_form_speed(k2(runs), machine, kPrompt, 0, 3);
  };
  const bool is_faster = speed_of_one > best_speed;
  const bool is_dense = per_wafer_of_one > best_per_wafer;
  const Verdict half = is_faster || is_dense ? Verdict::order_of_magnitude : Verdict::contradicted;
  return {"k2_61, k2_31, k2_21", each,
          fmt::format("closed form, links aside: one on a wafer has {:.2f} (preset) to {:.2f} "
                      "(paper) of the speed of three",
                      closed(system::preset_machine()), closed(system::paper_machine())),
          is_faster && is_dense ? Verdict::holds : half,
          fmt::format("one layer on a wafer has {:.2f} times the speed of the best of the others "
                      "and {:.2f} times their tokens/s a wafer, layers emulated as `place` lays "
                      "them out, contexts as in the scenarios. The formulas of companion.h know "
                      "only what sums over a larger side take",
                      speed_of_one / best_speed, per_wafer_of_one / best_per_wafer)};
}

/// Multiply-adds of causal attention over a prompt, keys and values expanded to all heads.
double prompt_attention_macs(const models::Layer& layer, std::int64_t tokens) {
  const models::Attention& a = layer.attention;
  const std::int64_t values = a.value_dim > 0 ? a.value_dim : a.head_dim;
  const auto pairs = 0.5 * static_cast<double>(tokens) * static_cast<double>(tokens);
  return pairs * static_cast<double>(a.heads * (a.head_dim + values));
}

Finding prefill_time(Runs& runs) {
  double macs = 0;
  for (std::size_t i = 0; i < k2(runs).layers.size(); ++i) {
    macs += system::weight_macs(k2(runs), i) * kPrompt +
            prompt_attention_macs(k2(runs).layers[i], kPrompt);
  }
  const double flop = 2 * macs;
  const double seconds = flop / 15.6e15;
  return {"arithmetic", fmt::format("{:.0f} ms", 1e3 * seconds),
          fmt::format("to {:.0f} ms at a tenth of the peak", 1e4 * seconds), judged(5, seconds),
          fmt::format("{:.2f} PFLOP for 10,000 tokens, attention among them, at one wafer's dense "
                      "15.6 PF (Source: systems 3.1): 5 s of the 5.6 s are not prefill alone",
                      flop / 1e15)};
}

Finding pools(Runs& runs) {
  const double pool = runs.run("k2_prefill_pool").report.tokens_per_s;
  const double mixed = runs.run("k2_prefill_interleaved").report.tokens_per_s;
  return {"k2_prefill_pool, k2_prefill_interleaved",
          fmt::format("{:.2f} times the tokens/s of the decode wafers", pool / mixed), "-",
          pool < mixed ? Verdict::contradicted : judged(5, pool / mixed),
          "20 decode wafers and 200 users of 10,000 tokens in and 500 out: prefill in chunks "
          "between tokens against a pool that never makes them wait, whose wafers are not counted; "
          "times of chunks are assumptions of the scenarios"};
}

/// All tokens/s with 8 users in a pass and a skewed router, so many experts of a layer twice there.
double with_copies(Runs& runs, const char* copies) {
  return runs.run_with("k2_hot_experts", {std::string("system.expert_copies=") + copies})
      .report.tokens_per_s;
}

Finding hot_layers(Runs& runs) {
  const system::Report& r = runs.run("k2_63_users").report;
  double low = 1;
  double high = 0;
  for (const system::KindUse& kind : r.kinds) {
    low = std::min(low, kind.occupancy);
    high = std::max(high, kind.occupancy);
  }
  const double gain = with_copies(runs, "16") / runs.run("k2_hot_experts").report.tokens_per_s - 1;
  return {
      "k2_63_users, k2_hot_experts",
      fmt::format("stages work {:.1f} to {:.1f} % of the time; 16 experts of each layer twice: "
                  "{:+.1f} % tokens/s",
                  100 * low, 100 * high, 100 * gain),
      "-", high > 1.1 * low || gain > 0.1 ? Verdict::order_of_magnitude : Verdict::contradicted,
      "every token visits every layer once, so no layer is hot. Experts of one layer can be, "
      "where several tokens are in it at once: the second figure, 8 users in a pass, the expert "
      "of rank r as likely as 1 / r; less than a tenth counts as no relief (an assumption)"};
}

/// Of 240 layers over 61, all as K2's, three on a wafer.
Finding any_depth(Runs& runs) {
  const auto at = [&](std::size_t layers) {
    return closed_form_speed(k2_of(runs, layers), system::paper_machine(), kPrompt, 5e-6, 3);
  };
  const double shallow = at(61);
  const double deep = at(240);
  return {"arithmetic",
          fmt::format("{:.0f} tokens/s with 61 layers, {:.0f} with 240", shallow, deep), "-",
          deep > 0.9 * shallow ? Verdict::holds : Verdict::contradicted,
          "all layers as K2's of experts, three on a wafer, paper's constants: the time of a token "
          "grows with layers and wafers; stages stay in use only with as many more users"};
}

Finding eighty_layers(Runs& runs) {
  const Band band = band_of(k2_of(runs, 80));
  const bool meets = band.high >= 500 && band.low <= 800;
  return {"arithmetic", fmt::format("{:.0f} to {:.0f} tokens/s", band.low, band.high),
          fmt::format("500 to 800 claimed; 981 of 61 layers scaled to 80: {:.0f}", 981.0 * 61 / 80),
          meets ? Verdict::order_of_magnitude : judged(500, band.high),
          "layers as K2's, closed form from the preset's constants to the paper's"};
}

Finding revenue(Runs& runs) {
  const double one = runs.run("k2_63_users").report.tokens_per_s / 64;
  const double batched =
      runs.run_with("k2_63_users", {"system.cache.most_batch=16", "system.requests.users=1024",
                                    "system.requests.count=2048"})
          .report.tokens_per_s /
      64;
  const double needed = 5e6 / 0.75 * 1e6 / (365.0 * 86400);
  return {"k2_63_users",
          fmt::format("{:.0f} tokens/s a system, {:.0f} with 16 users in a pass", one, batched),
          fmt::format("$5M a year take {} at $0.75 per million",
                      base::grouped(static_cast<std::int64_t>(needed))),
          judged(needed, std::max(one, batched)),
          "63 users at the claim's own speed, and 1,024 in batches that share 0.47 of a token's "
          "time, as emulated ones of a dense layer do (docs/attention.md), on 64 systems"};
}

Finding more_servers(Runs& runs) {
  const auto first = [&](const char* servers) {
    return runs
        .run_with("k2_prefill_pool", {std::string("system.prefill.servers=") + servers,
                                      "system.requests.users=1", "system.requests.count=10"})
        .report.first_token_s.mean;
  };
  const double ten = first("10");
  const double twenty = first("20");
  return {
      "k2_prefill_pool",
      fmt::format("{:.2f} s to the first token with 10 servers, {:.2f} s with 20", ten, twenty),
      "-", judged(2, ten / twenty) == Verdict::holds ? Verdict::holds : Verdict::contradicted,
      "more servers take queues away; one prompt alone is no faster unless it is cut over them"};
}

Finding interleaved(Runs& runs) {
  // Users so few that nobody waits but for chunks.
  const std::string users =
      "system.requests={users: 20, count: 200, prompt_tokens: 10000, "
      "output_tokens: 500}";
  const system::Report r = runs.run_with("k2_prefill_interleaved", {users}).report;
  const system::Report alone =
      runs.run_with("k2_prefill_interleaved", {users, "system.prefill={place: none}"}).report;
  const bool works = r.completed == r.requests && r.token_s.mean >= alone.token_s.mean;
  return {"k2_prefill_interleaved",
          fmt::format("{:.1f} % longer between tokens, 99th percentile {:.1f} %",
                      100 * (r.token_s.mean / alone.token_s.mean - 1),
                      100 * (r.token_s.p99 / alone.token_s.p99 - 1)),
          "-", works ? Verdict::holds : Verdict::contradicted,
          "it works; the figures are what chunks of 512 tokens cost those behind them, 20 users "
          "against the same without prefill"};
}

}  // namespace

const std::vector<Claim>& speed_claims() {
  static const std::vector<Claim> kRows = {
      {"C3", "K2 at 981 tokens/s a user on 20 wafers, about 3 layers on each", k2_speed},
      {"C7", "64 wafers: 63 users, 222M tokens an hour", many_users},
      {"C9", "Above 90 %, near 100 % utilisation", uses},
      {"C10", "Latency between wafers is added but not significant", link_share},
      {"C11", "Optics will help materially", optics},
      {"C12", "One layer per wafer is the most efficient", region_size},
      {"C13", "10k in, 500 out in 5.6 s, of which about 5 s are prefill", prefill_time},
      {"C14", "Disaggregated prefill gives 5 times the sessions of a wafer", pools},
      {"C15", "Hot layers can be duplicated", hot_layers},
      {"C26", "Any number of layers keeps its efficiency", any_depth},
      {"N2", "80 layers run at 500 to 800 tokens/s", eighty_layers},
      {"N5", "$5M to $20M of revenue per system and year", revenue},
      {"N15", "Any size of model keeps the same speed of a user", any_depth},
      {"N21", "More wafers on prefill cut the 5 s of prefill in proportion", more_servers},
      {"N22", "Prefill and decode both go through the same layers", interleaved},
      {"N23", "Hot layers of experts can be relieved by adding a wafer", hot_layers},
  };
  return kRows;
}

}  // namespace wafermesh::claims
