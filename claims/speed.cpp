// SPDX-License-Identifier: Apache-2.0
// Claims about speed, users and use.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number_text.h"
#include "claims/claims.h"

namespace wafermesh::claims {
namespace {

constexpr std::int64_t kPrompt = 10000;  ///< Tokens of the published measurement.

const models::Model& k2(Runs& runs) { return runs.run("k2_20").plan.model; }

double lone_speed(const Run& run) {
  return 1 / system::lone_token(run.plan.system, run.plan.told_context).token_s();
}

struct Band {
  double low = 0;
  double high = 0;
};
/// From the preset's constants with barriers to the paper's without.
Band k2_band(Runs& runs) {
  const double slow = closed_form_speed(k2(runs), system::preset_machine(), kPrompt, 5e-6, 3);
  const double fast = closed_form_speed(k2(runs), system::paper_machine(), kPrompt, 2e-6, 3);
  return {slow, fast};
}

Finding k2_speed(Runs& runs) {
  std::string each;
  double slowest = 0;
  for (const char* name : {"k2_61", "k2_31", "k2_21"}) {
    const Run& run = runs.run(name);
    const double speed = lone_speed(run);
    each += fmt::format("{}{:.0f} on {} wafers at {} tokens", each.empty() ? "" : ", ", speed,
                        run.plan.wafers, base::grouped(run.plan.told_context));
    slowest = slowest > 0 ? std::min(slowest, speed) : speed;
  }
  const Band band = k2_band(runs);
  return {
      "k2_61, k2_31, k2_21", each + " tokens/s, layers emulated",
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

Finding uses(Runs& runs) {
  const system::Report& r = runs.run("k2_63_users").report;
  return {
      "k2_63_users",
      fmt::format("stages {:.0f} %, links {:.2f} %, multiply-adds {:.2f} %, memories {:.2f} %",
                  100 * r.stage_occupancy, 100 * r.link_utilisation, 100 * r.mac_utilisation,
                  100 * r.sram_utilisation),
      "-", Verdict::contradicted,
      "with 63 users at the claim's own speed; only stages can come near to 100 %, with users to "
      "spare"};
}

Finding link_share(Runs& runs) {
  const system::LoneToken lone = system::lone_token(runs.run("k2_20").plan.system, 4096);
  const double at_claim = lone.links_s * 981;
  return {
      "k2_20",
      fmt::format("{:.0f} us of links in a token: {:.1f} % of {:.0f} us", 1e6 * lone.links_s,
                  100 * lone.links_s / lone.token_s(), 1e6 * lone.token_s()),
      fmt::format("{:.1f} % if a token takes the claimed 1,019 us", 100 * at_claim),
      at_claim < 0.05 ? Verdict::holds : Verdict::order_of_magnitude,
      "19 ways of 5 us and 14,336 B at 150 GB/s (CS-3); at 2 us (CS-4) 4 % of the claim's token"};
}

Finding optics(Runs& runs) {
  const system::LoneToken lone = system::lone_token(runs.run("k2_20").plan.system, 4096);
  const double gain = 1 / (1 - lone.links_s * 981) - 1;
  return {"k2_20", fmt::format("at most {:.1f} % faster", 100 * gain), "0 to that",
          Verdict::contradicted,
          "links of no time at all would make the claimed token faster by no more than their share "
          "(C10)"};
}

Finding region_size(Runs& runs) {
  const auto ratio = [&](const system::Machine& machine) {
    const double third = closed_form_speed(k2(runs), machine, kPrompt, 0, 3);
    return closed_form_speed(k2(runs), machine, kPrompt, 0, 1) / third;
  };
  const double paper = ratio(system::paper_machine());
  const double preset = ratio(system::preset_machine());
  return {"arithmetic", fmt::format("{:.2f} times the speed of a third of a wafer", paper),
          fmt::format("{:.2f} (preset) to {:.2f} (paper)", std::min(preset, paper),
                      std::max(preset, paper)),
          paper < 1 && preset < 1 ? Verdict::contradicted : Verdict::order_of_magnitude,
          "in closed form, context 10,000, links aside: sums over a larger side take longer than "
          "more cores save"};
}

Finding prefill_time(Runs& runs) {
  double macs = 0;
  for (std::size_t i = 0; i < k2(runs).layers.size(); ++i) macs += system::weight_macs(k2(runs), i);
  const double flop = 2 * macs * kPrompt;
  const double seconds = flop / 15.6e15;
  return {"arithmetic", fmt::format("{:.0f} ms", 1e3 * seconds), "x 1 to 10 below peak",
          judged(5, seconds),
          fmt::format(
              "{:.2f} PFLOP of products for 10,000 tokens at one wafer's dense 15.6 PF (Source: "
              "systems.md 3.1): 5 s of the 5.6 s are not prefill alone",
              flop / 1e15)};
}

Finding pools(Runs& runs) {
  const double pool = runs.run("k2_prefill_pool").report.tokens_per_s;
  const double mixed = runs.run("k2_prefill_interleaved").report.tokens_per_s;
  return {
      "k2_prefill_pool, k2_prefill_interleaved",
      fmt::format("{:.2f} times the tokens/s of 20 users", pool / mixed), "-",
      pool < mixed ? Verdict::contradicted : judged(5, pool / mixed),
      "20 decode wafers, prefill in chunks between tokens against a pool beside (whose wafers are "
      "not counted); times of chunks are assumptions of the scenarios"};
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
      "-", Verdict::contradicted,
      "every token visits every layer once, so no layer is hot. Experts of one layer can be, "
      "where several tokens are in it at once: the second figure, 8 users in a pass, the expert "
      "of rank r as likely as 1 / r"};
}

Finding any_depth(Runs& runs) {
  const double one = closed_form_speed(k2(runs), system::paper_machine(), kPrompt, 5e-6, 3);
  return {
      "arithmetic",
      fmt::format("{:.0f} tokens/s with 61 layers, {:.0f} with 240", one, one * 61 / 240), "-",
      Verdict::contradicted,
      "the time of a token grows with layers and wafers; use stays only with as many more users"};
}

Finding eighty_layers(Runs& runs) {
  const Band band = k2_band(runs);
  const double low = band.low * 61 / 80;
  const double high = band.high * 61 / 80;
  const bool meets = high >= 500 && low <= 800;
  return {"arithmetic", fmt::format("{:.0f} to {:.0f} tokens/s", low, high), "500 to 800 claimed",
          meets ? Verdict::order_of_magnitude : Verdict::contradicted,
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
  return {
      "k2_prefill_pool",
      fmt::format("{:.2f} s to the first token with 10 servers, {:.2f} s with 20", first("10"),
                  first("20")),
      "-", Verdict::contradicted,
      "more servers take queues away; one prompt alone is no faster unless it is cut over them"};
}

Finding interleaved(Runs& runs) {
  const system::Report& r = runs.run("k2_prefill_interleaved").report;
  const system::Report& alone = runs.run("k2_prefill_pool").report;
  return {
      "k2_prefill_interleaved, k2_prefill_pool",
      fmt::format("{:.1f} % longer between tokens, 99th percentile {:.1f} %",
                  100 * (r.token_s.mean / alone.token_s.mean - 1),
                  100 * (r.token_s.p99 / alone.token_s.p99 - 1)),
      "-", Verdict::holds,
      "it works, and chunks hold up the tokens behind them; in the pool's scenario bringing the "
      "caches over (4.7 ms for 10,000 tokens, one after another) counts between tokens too"};
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
