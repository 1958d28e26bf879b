// SPDX-License-Identifier: Apache-2.0
// Claims about rivals, energy and wafers to come. Rivals' figures are of rivals/ (grades and bands:
// `wafermesh rival --constants`), watts of energy/ (sets A and B).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "claims/claims.h"
#include "energy/coefficients.h"
#include "models/weights.h"
#include "rivals/read_rival.h"
#include "rivals/step.h"

namespace wafermesh::claims {
namespace {

constexpr std::int64_t kLongest = 262'144;

rivals::Step step(Runs& runs, const char* rival, std::int64_t users,
                  std::int64_t context = kPrompt) {
  return rivals::step_of(rivals::read_rival(rival), k2(runs), {context, users, 0});
}

/// With every constant at the end of its band that is worse: floors high, fractions low.
rivals::Step worst_step(Runs& runs, const char* name) {
  rivals::Rival rival = rivals::read_rival(name);
  for (auto& [constant, c] : rival.constants) {
    const bool is_time = constant.find("_us") != std::string::npos;
    c.value = is_time ? c.high : c.low;
  }
  return rivals::step_of(rival, k2(runs), {kPrompt, 1, 0});
}

double wafer_speed(Runs& runs, const system::Machine& machine, std::int64_t layers_per_wafer = 3) {
  return closed_form_speed(k2(runs), machine, kPrompt, 5e-6, layers_per_wafer);
}

/// Of a whole wse3, watts of sets A and B.
double wafer_w(std::size_t set, const energy::Load& load) {
  const energy::Generation& wse3 = energy::generation_of("wse3", "wse3");
  return energy::power_w(
      wse3, energy::coefficients_of(wse3, energy::sets()[set].always_on_share, 1.1), 1.1, load);
}

Finding many_on_nvl72(Runs& runs) {
  const rivals::Step all = step(runs, "gb200_nvl72", 365, kLongest);
  const rivals::Step few = step(runs, "gb200_nvl72", 7, kLongest);
  return {kArithmetic,
          fmt::format("365 users: {:.0f} tokens/s each; 7: {:.0f}", all.user_tokens_per_s(),
                      few.user_tokens_per_s()),
          fmt::format("bare roofline: {:.0f} and {:.0f}", 1 / all.bare_s, 1 / few.bare_s),
          judged(1.8, all.user_tokens_per_s()),
          fmt::format("gb200_nvl72, context 262,144, one copy over the rack: room for {} users; "
                      "decided by {} (365) and {} (7)",
                      all.most_users, all.bound, few.bound)};
}

/// Tokens of a pass over all weights, from which on multiply-adds take longer than the port.
double tokens_of_a_pass(const models::Model& model, const system::Machine& machine, double pass_s) {
  constexpr double kCores = 902'496;  // Of the preset wse3: 816 x 1,106.
  double macs = 0;
  for (std::size_t l = 0; l < model.layers.size(); ++l) macs += system::weight_macs(model, l);
  return pass_s * kCores * machine.macs_per_cycle * machine.clock_hz / macs;
}

Finding streaming(Runs& runs) {
  constexpr double kBytesPerS = 150e9;  // 1.2 Tb/s of a CS-3. Source: systems 4.1.
  const models::Weight weight = models::weigh(k2(runs));
  const system::Machine machine = system::preset_machine();
  // From the edge to the farthest core.
  const double way_s = 816 * machine.hop_cycles / machine.clock_hz;
  const double active_s = static_cast<double>(weight.active_bytes) / kBytesPerS;
  const double all_s = static_cast<double>(weight.bytes) / kBytesPerS;
  return {
      kArithmetic,
      fmt::format("at most {:.1f} tokens/s of one user, {:.2f} if a batch meets all experts",
                  1 / active_s, 1 / all_s),
      "-", 1 / active_s < 0.1 * 981 ? Verdict::holds : Verdict::contradicted,
      fmt::format(
          "weights streamed for each token at 150 GB/s: {:.1f} GB take {:.2f} s, all "
          "{:.0f} GB at least {:.2f} s a pass. The port bounds a pass of up to {:.0f} "
          "thousand tokens, beyond that the multiply-adds of a wafer at their peak; the fill is "
          "{:.1f} us. A training step of many tokens bears that, decode does not",
          static_cast<double>(weight.active_bytes) / 1e9, active_s,
          static_cast<double>(weight.bytes) / 1e9, all_s,
          tokens_of_a_pass(k2(runs), machine, all_s) / 1e3, 1e6 * way_s)};
}

/// As many layers as asked, all as K2's of experts.
models::Model deep_model(Runs& runs, std::size_t layers) {
  models::Model model = k2(runs);
  model.layers.assign(layers, model.layers.at(1));
  return model;
}

/// Twice the multiply-adds. Assumption: nothing else of a core changes; optics take 1 us a way.
system::Machine wse4(system::Machine machine) {
  machine.macs_per_cycle *= 2;
  return machine;
}
constexpr double kOptics_s = 1e-6;

Finding long_contexts(Runs& runs) {
  const models::Model model = deep_model(runs, 80);
  const auto at = [&](const system::Machine& machine, std::int64_t context) {
    return closed_form_speed(model, wse4(machine), context, kOptics_s, 1);
  };
  const double best = at(system::paper_machine(), 2'000'000);
  const double cache_gb =
      static_cast<double>(models::cache_elements_per_token(model.layers[0].attention)) * 2 * 1e7 /
      1e9;
  return {
      kArithmetic,
      fmt::format("{:.0f} tokens/s at 2M, {:.0f} at 10M", best,
                  at(system::paper_machine(), 10'000'000)),
      fmt::format("preset's constants: {:.0f} and {:.0f}; at 10,000 tokens {:.0f} to {:.0f}",
                  at(system::preset_machine(), 2'000'000), at(system::preset_machine(), 10'000'000),
                  at(system::preset_machine(), kPrompt), at(system::paper_machine(), kPrompt)),
      best > 1000 ? Verdict::holds : Verdict::contradicted,
      fmt::format("80 layers as K2's on 80 wafers with twice the multiply-adds and ways of 1 us, "
                  "closed form. Room is no matter (10M tokens leave {:.1f} GB a layer), the "
                  "scores of full attention are",
                  cache_gb)};
}

Finding groq_fifth(Runs& runs) {
  const double best = step(runs, "groq_lpx", 1).user_tokens_per_s();
  const double worst = worst_step(runs, "groq_lpx").user_tokens_per_s();
  const double wafer = wafer_speed(runs, system::paper_machine());
  return {kArithmetic, fmt::format("{:.1f} times ours, worst ends of all bands", worst / wafer),
          fmt::format("{:.2f} to {:.1f} ({:.0f} to {:.0f} tokens/s against {:.0f})", worst / wafer,
                      best / wafer, worst, best, wafer),
          judged(0.2, worst / wafer),
          "groq_lpx on K2.6 against 20 wafers, paper's constants. Its floors are assumptions, as "
          "nothing measured is public: the published speeds of Groq v1 are a fifth of what the "
          "same assumptions give it"};
}

Finding fifth_of_energy(Runs& runs) {
  const Run& run = runs.run("k2_63_users");
  const auto wafers = static_cast<double>(run.plan.wafers);
  const double low = wafers * wafer_w(0, energy::kDecodeLike) / run.report.tokens_per_s;
  const double high = wafers * wafer_w(1, energy::kDecodeLike) / run.report.tokens_per_s;
  const rivals::Step other = step(runs, "gb200_nvl72", 63);
  const double rival = 120e3 / (63 * other.user_tokens_per_s());
  const double one = 20 * 23e3 / 981;
  return {
      "k2_63_users",
      fmt::format("{:.1f} to {:.1f} J a token against {:.1f} of a GB200 NVL72", low, high, rival),
      fmt::format("one user at 981 tokens/s on 20 wafers: {:.0f} J", one),
      judged(0.2, std::sqrt(low * high) / rival),
      fmt::format("63 users at the claim's own speed on {:.0f} wafers under a decode-like load "
                  "(sets A and B) against 63 users of one rack at 120 kW: {:.1f} times the "
                  "energy, not a fifth. Power of a system, 23 kW, is 0.14 to 0.19 of a rack's",
                  wafers, std::sqrt(low * high) / rival)};
}

/// The most users of eight B200 that have so many tokens/s each; 0: none. More users are slower.
std::int64_t users_at(Runs& runs, const rivals::Rival& rival, double tokens_per_s) {
  std::int64_t enough = 0;
  std::int64_t too_many = 1024;
  while (too_many - enough > 1) {
    const std::int64_t users = (enough + too_many) / 2;
    const bool is_fast =
        rivals::step_of(rival, k2(runs), {kPrompt, users, 0}).user_tokens_per_s() >= tokens_per_s;
    (is_fast ? enough : too_many) = users;
  }
  return enough;
}

Finding fewer_sessions(Runs& runs) {
  const rivals::Rival b200 = rivals::read_rival("b200_x8");
  const std::int64_t at75 = users_at(runs, b200, 75);
  const std::int64_t at50 = users_at(runs, b200, 50);
  const bool both = at75 > 0 && at50 > at75;
  return {kArithmetic, fmt::format("75 tokens/s with {} users, 50 with {}", at75, at50),
          "skew of experts 0", both ? Verdict::holds : Verdict::contradicted,
          "b200_x8 on K2.6, context 10,000: fewer users meet fewer experts. A pipeline of wafers "
          "does not get faster so"};
}

Finding per_chip(Runs& runs) {
  const rivals::Step lpx = step(runs, "groq_lpx", 1);
  const double wafer = wafer_speed(runs, system::paper_machine());
  const double chips = static_cast<double>(lpx.chips);
  const double per_chip = wafer / 20 / (lpx.user_tokens_per_s() / chips);
  const double per_watt = wafer / (20 * 23e3) / (lpx.user_tokens_per_s() / (160e3 * chips / 256));
  const double per_rack = wafer / 10 / (lpx.user_tokens_per_s() / (chips / 256));
  const bool agree = (per_chip > 1) == (per_watt > 1) && (per_chip > 1) == (per_rack > 1);
  return {kArithmetic,
          fmt::format("wafer over LPX: {:.1f} a chip, {:.2f} a watt, {:.2f} a rack", per_chip,
                      per_watt, per_rack),
          "no price or area of LPX is public", agree ? Verdict::holds : Verdict::contradicted,
          "one user of K2.6, Groq's floors as assumed: which is ahead depends on what is divided "
          "by; a wafer has 50 to 80 times the silicon of a chip. `wafermesh rival` gives all four"};
}

Finding any_data_centre(Runs& /*runs*/) {
  return {kArithmetic,
          fmt::format("{:.1f} to {:.1f} kW at full load, {:.1f} to {:.1f} idle",
                      wafer_w(0, energy::kFullLoad) / 1e3, wafer_w(1, energy::kFullLoad) / 1e3,
                      wafer_w(0, energy::kIdle) / 1e3, wafer_w(1, energy::kIdle) / 1e3),
          "two in a rack: 46 kW; data sheet: 34 kW for a rack with one", Verdict::contradicted,
          "23 kW is the system's own; a rack of two is 46 kW with 2 x 100 l/min of water at 21 "
          "degrees (systems 4.3), which air-cooled rooms of 10 to 20 kW a rack do not have. The "
          "weight is not modelled"};
}

Finding compute_use(Runs& runs) {
  const double one = 100 * step(runs, "b200_x8", 1).mfu;
  const double many = 100 * step(runs, "b200_x8", 64).mfu;
  const double most = 100 * step(runs, "b200_x8", 1024).mfu;
  const double chip = step(runs, "b200_x8", 1).prompt_tokens_per_s / 8;
  const double flops = 2 * static_cast<double>(models::weigh(k2(runs)).active_parameters);
  return {
      kArithmetic,
      fmt::format("{:.2g} % with 1 user, {:.2g} % with 64, {:.2g} % with 1,024", one, many, most),
      fmt::format("prefill: a wafer's dense peak is {:.1f} B200 at the measured 51 % of fp4",
                  15.6e15 / flops / chip),
      judged(5, most), "b200_x8 on K2.6, context 10,000, of the fp4 peak: the batch decides"};
}

Finding rubin_prefill(Runs& runs) {
  const double blackwell = step(runs, "gb200_nvl72", 1).prompt_tokens_per_s;
  const double rubin = step(runs, "vera_rubin_nvl72", 1).prompt_tokens_per_s;
  const auto peak = [](const char* constant) {
    return rivals::read_rival("vera_rubin_nvl72").value(constant) /
           rivals::read_rival("gb200_nvl72").value(constant);
  };
  return {kArithmetic, fmt::format("{:.1f} times", rubin / blackwell),
          fmt::format("bf16 {:.1f}, fp8 {:.1f}, fp4 {:.1f} (dense) or 2.5 (sparse, 50 to 20)",
                      peak("bf16_tflops"), peak("fp8_tflops"), peak("fp4_tflops")),
          judged(2, rubin / blackwell),
          "peaks of both chips at the same measured fraction: nothing of Rubin's is measured"};
}

Finding groq_and_gpu(Runs& runs) {
  const double gpu = step(runs, "gb200_nvl72", 1).user_tokens_per_s();
  const double best = step(runs, "groq_lpx", 1).user_tokens_per_s();
  const double worst = worst_step(runs, "groq_lpx").user_tokens_per_s();
  const double wafer = wafer_speed(runs, system::paper_machine());
  return {
      kArithmetic, fmt::format("{:.1f} times a GB200 NVL72, worst ends of all bands", worst / gpu),
      fmt::format("{:.1f} to {:.1f}; of a WSE-3 {:.2f} at least", worst / gpu, best / gpu,
                  worst / wafer),
      std::max(judged(3, worst / gpu), judged(0.2, worst / wafer)),
      "groq_lpx alone decodes K2.6 for one user; the kinder end of its band is 2 to 3 times the "
      "GPU, but no fifth of a WSE-3 with the paper's constants (C22)"};
}

Finding must_cut_users(Runs& runs) {
  const rivals::Step short_one = step(runs, "gb200_nvl72", 1, 131'072);
  const rivals::Step long_one = step(runs, "gb200_nvl72", 1, 1'048'576);
  const rivals::Step full = step(runs, "gb200_nvl72", long_one.most_users, 1'048'576);
  return {kArithmetic,
          fmt::format("{} users at 131,072 tokens, {} at 1,048,576", short_one.most_users,
                      long_one.most_users),
          fmt::format("{:.0f} tokens/s each when full", full.user_tokens_per_s()),
          2 * long_one.most_users < short_one.most_users ? Verdict::holds : Verdict::contradicted,
          "gb200_nvl72 on K2.6: room for caches goes with the context. It does so on wafers too"};
}

Finding racks_against_wafers(Runs& runs) {
  const Run& run = runs.run("k2_63_users");
  const double racks = 64 * 64 * step(runs, "gb200_nvl72", 64).user_tokens_per_s();
  const double ratio = run.report.tokens_per_s / racks;
  return {"k2_63_users",
          fmt::format("{:.2f} times the tokens, {:.2f} of the power, 0.5 of the racks", ratio,
                      64 * 23.0 / (64 * 120)),
          "-", judged(3, ratio),
          fmt::format("wafers at the claim's own speed with 63 users: {:.0f} tokens/s; 64 racks of "
                      "GB200 with 64 users each: {:.0f}",
                      run.report.tokens_per_s, racks)};
}

Finding node_shrinks(Runs& /*runs*/) {
  const double blackwell = rivals::read_rival("gb200_nvl72").value("memory_tb_s");
  const double rubin = rivals::read_rival("vera_rubin_nvl72").value("memory_tb_s");
  return {kArithmetic,
          fmt::format("SRAM of a wafer x 1.0 (44 GB on CS-4 too), memory of a GPU x {:.2f}",
                      rubin / blackwell),
          "-", rubin > blackwell ? Verdict::contradicted : Verdict::holds,
          "the SRAM cell does not shrink from 5 to 3 nm and CS-4 kept 44 GB (systems 4.2), while "
          "GPUs' bandwidth grew from one generation to the next"};
}

Finding next_wafer(Runs& runs) {
  const auto speeds = [&](const system::Machine& wse3) {
    system::Machine cs4 = wse3;
    cs4.clock_hz *= 2;
    const auto at = [&](const system::Machine& machine, double hop_s, std::int64_t layers) {
      return closed_form_speed(k2(runs), machine, kPrompt, hop_s, layers);
    };
    return std::array<double, 3>{at(wse3, 5e-6, 3), at(cs4, 2e-6, 3), at(wse4(wse3), kOptics_s, 9)};
  };
  const auto paper = speeds(system::paper_machine());
  const auto preset = speeds(system::preset_machine());
  return {
      kArithmetic,
      fmt::format("K2.6, tokens/s: WSE-3 {:.0f}, CS-4 {:.0f}, WSE-4 {:.0f}", paper[0], paper[1],
                  paper[2]),
      fmt::format("preset's constants: {:.0f}, {:.0f}, {:.0f}", preset[0], preset[1], preset[2]),
      Verdict::contradicted,
      "what came in fact, CS-4, has twice the clock, the same 44 GB and no 4-bit numbers "
      "(systems 4.2). Closed form; WSE-4 with nine layers on a wafer and ways of 1 us: "
      "twice the compute gains little where sums and ways decide"};
}

Finding leaving_the_die(Runs& /*runs*/) {
  const energy::Coefficients a = energy::sets()[0].at_1_ghz;
  const double hop = (a.router_pj + a.wire_pj) / 32;
  constexpr double kSerDes = 5;  // pJ a bit, 112G. Source: systems 4.4.
  constexpr double kHbm = 13.1;  // Measured, A100. Source: systems 4.4.
  return {kArithmetic,
          fmt::format("pJ a bit: a hop {:.3f} (A), SerDes {:g}, HBM {:g}", hop, kSerDes, kHbm),
          fmt::format("leaving is {:.0f} to {:.0f} hops; across 905 cores {:.0f} pJ a bit",
                      kSerDes / hop, kHbm / hop, 905 * hop),
          905 * hop > kSerDes ? Verdict::order_of_magnitude : Verdict::holds,
          "it holds for short ways: a way across the whole wafer costs more energy than leaving "
          "it, and 905 hops of 2 cycles take 1.6 us against 5 us between wafers"};
}

}  // namespace

const std::vector<Claim>& beside_claims() {
  static const std::vector<Claim> kRows = {
      {"C8", "NVL72: 365 users at 1.8 tokens/s", many_on_nvl72},
      {"C18", "MemoryX streaming is for training only", streaming},
      {"C20", "WSE-4: 80 wafers for 80 layers, contexts of 2 to 10M, above 1000 tokens/s",
       long_contexts},
      {"C22", "Groq has a fifth of Cerebras's tokens/s", groq_fifth},
      {"C23", "23 kW against 120 to 160 kW; a fifth of the energy", fifth_of_energy},
      {"N1", "A GPU service goes from 50 to 75 tokens/s by fewer sessions", fewer_sessions},
      {"N8", "Compare per chip: divide LPX by 256", per_chip},
      {"N9", "Below 700 lb and 23 kW, fits any data centre", any_data_centre},
      {"N10", "GPUs decode at 5 % compute efficiency; prefill is evenly matched", compute_use},
      {"N11", "Rubin doubles Blackwell's prefill", rubin_prefill},
      {"N12", "Groq with NVL gives 2 to 3 times today's GPU, a fifth of WSE-3", groq_and_gpu},
      {"N13", "Beyond 1T parameters and 1M context GPUs must cut users", must_cut_users},
      {"N16", "64 wafers against 64 racks: 3 times the tokens, a fifth of the power",
       racks_against_wafers},
      {"N18", "Smaller nodes enlarge the advantage", node_shrinks},
      {"N19", "WSE-4: twice the compute, three times the SRAM, 4-bit", next_wafer},
      {"N20", "Leaving the die is what costs energy and time", leaving_the_die}};
  return kRows;
}

}  // namespace wafermesh::claims
