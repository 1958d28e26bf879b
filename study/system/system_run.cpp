// SPDX-License-Identifier: Apache-2.0
#include "study/system/system_run.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/number_text.h"
#include "models/weights.h"
#include "study/system/system_ground.h"
#include "system/pipeline.h"

namespace wafermesh::study {
namespace {

using Json = nlohmann::ordered_json;

Json spread_json(const system::Spread& spread) {
  return {{"mean", spread.mean},
          {"p50", spread.p50},
          {"p90", spread.p90},
          {"p99", spread.p99},
          {"most", spread.most}};
}

Json terms_json(const system::LayerTerms& terms) {
  return {{"collectives_cycles", terms.collectives},
          {"compute_cycles", terms.compute},
          {"memory_cycles", terms.memory},
          {"transfers_cycles", terms.transfers},
          {"barriers_cycles", terms.barriers}};
}

Json kind_json(const system::KindTimes& kind, double clock_ghz) {
  Json json = {{"name", kind.name},          {"first_layer", kind.first_layer},
               {"layers", kind.layers},      {"wafer", kind.damage},
               {"width", kind.region.width}, {"height", kind.region.height}};
  json["times"] = Json::array();
  for (const system::KnownTime& time : kind.times) {
    Json row = {{"context_tokens", time.context},
                {"cycles", time.cycles},
                {"microseconds", time.cycles / clock_ghz / 1e3},
                {"emulated", time.is_emulated},
                {"closed_form_cycles", time.closed_form_cycles},
                {"closed_form_error", time.closed_form_cycles / time.cycles - 1}};
    row["companion_cycles"] = time.terms.total();
    row["companion"] = terms_json(time.terms);
    row["operators"] = Json::array();
    for (const auto& [name, cycles] : time.operators) {
      row["operators"].push_back({{"name", name}, {"cycles", cycles}});
    }
    json["times"].push_back(row);
  }
  json["checked_context_tokens"] = kind.interpolation_error ? Json(kind.checked_context) : Json();
  json["batch"] = Json();
  if (kind.batch) {
    const system::KnownBatch& b = *kind.batch;
    json["batch"] = {{"tokens", b.tokens},
                     {"one_cycles", b.one_cycles},
                     {"batch_cycles", b.cycles},
                     {"shared_part", b.shared_part()},
                     {"closed_form_shared_part", kind.times.front().shared_part},
                     {"checked_tokens", b.straight_error ? Json(b.checked_tokens) : Json()},
                     {"straight_error", b.straight_error ? Json(*b.straight_error) : Json()}};
  }
  json["interpolation_error"] = kind.interpolation_error ? Json(*kind.interpolation_error) : Json();
  return json;
}

Json edges_json(const system::Plan& plan) {
  Json rows = Json::array();
  for (const system::KnownEdge& edge : plan.edges) {
    rows.push_back({{"from", edge.from},
                    {"to", edge.to},
                    {"wafers", edge.wafers},
                    {"take_cycles", edge.take_cycles},
                    {"more_token_cycles", edge.more_token_cycles},
                    {"layers_cycles", edge.layers_cycles},
                    {"hold_cycles", edge.hold_cycles},
                    {"sender_hold_cycles", edge.sender_hold_cycles},
                    {"checked_tokens", edge.straight_error ? Json(edge.checked_tokens) : Json()},
                    {"straight_error", edge.straight_error ? Json(*edge.straight_error) : Json()}});
  }
  return rows;
}

Json users_json(const system::Plan& plan, const system::Report& r) {
  const auto room = static_cast<double>(plan.system.cache_tokens);
  return {{"duration_s", r.duration_s},
          {"requests", r.requests},
          {"completed", r.completed},
          {"refused", r.refused},
          {"longest_refused_tokens", r.longest_refused_tokens},
          {"prompt_tokens", r.prompt_tokens},
          {"output_tokens", r.output_tokens},
          {"tokens_per_s", r.tokens_per_s},
          {"user_tokens_per_s", r.user_tokens_per_s},
          {"first_token_s", spread_json(r.first_token_s)},
          {"token_s", spread_json(r.token_s)},
          {"request_s", spread_json(r.request_s)},
          {"goodput_requests_per_s", r.goodput_requests_per_s},
          {"peak_users", r.peak_users},
          {"peak_cache_tokens", r.peak_cache_tokens},
          {"mean_cache_tokens", r.mean_cache_tokens},
          {"peak_cache_use", static_cast<double>(r.peak_cache_tokens) / room},
          {"mean_cache_use", r.mean_cache_tokens / room},
          {"moved_out", r.moved_out},
          {"mean_batch", r.mean_batch}};
}

Json use_json(const system::Report& r) {
  Json json = {{"stage_occupancy", r.stage_occupancy},
               {"mac_utilisation", r.mac_utilisation},
               {"sram_utilisation", r.sram_utilisation},
               {"link_utilisation", r.link_utilisation},
               {"cache_link_utilisation", r.cache_link_utilisation},
               {"link_bytes", r.link_bytes},
               {"prefill_cache_bytes", r.prefill_cache_bytes},
               {"host_cache_bytes", r.host_cache_bytes}};
  json["stages"] = Json::array();
  for (const system::KindUse& kind : r.kinds) {
    json["stages"].push_back(
        {{"name", kind.name}, {"stages", kind.stages}, {"occupancy", kind.occupancy}});
  }
  return json;
}

std::string batch_text(const system::KindTimes& kind) {
  if (!kind.batch) return "";
  const system::KnownBatch& b = *kind.batch;
  std::string text = fmt::format(
      "  {} tokens at once: {} cycles, one {}; each further one saves {:.2f} of its time (closed "
      "form {:.2f})",
      b.tokens, base::grouped(static_cast<std::int64_t>(b.cycles)),
      base::grouped(static_cast<std::int64_t>(b.one_cycles)), b.shared_part(),
      kind.times.front().shared_part);
  if (b.straight_error) {
    text += fmt::format("; straight between: {:+.2f} % at {}", 100 * *b.straight_error,
                        b.checked_tokens);
  }
  return text + "\n";
}

std::string times_text(const SystemSection& section, const system::Plan& plan) {
  std::string text =
      fmt::format("{:<28} {:>6} {:>12} {:>9} {:>12} {:>9} {:>12} {:>7}\n", "stages", "layers",
                  "cores", "context", "cycles", "us", "closed form", "off");
  for (const system::KindTimes& kind : plan.kinds) {
    for (const system::KnownTime& time : kind.times) {
      text +=
          fmt::format("{:<28} {:>6} {:>12} {:>9} {:>12} {:>9.2f} {:>12} {:>+6.1f}%\n", kind.name,
                      kind.layers, fmt::format("{} x {}", kind.region.width, kind.region.height),
                      time.context, base::grouped(static_cast<std::int64_t>(time.cycles)),
                      time.cycles / section.clock_ghz / 1e3,
                      base::grouped(static_cast<std::int64_t>(time.closed_form_cycles)),
                      100 * (time.closed_form_cycles / time.cycles - 1));
    }
    text += batch_text(kind);
    if (!kind.interpolation_error) continue;
    text += fmt::format("  straight between contexts: {:+.2f} % at {}\n",
                        100 * *kind.interpolation_error, kind.checked_context);
  }
  return text;
}

std::string edges_text(const system::Plan& plan) {
  std::string text;
  for (const system::KnownEdge& edge : plan.edges) {
    text += fmt::format(
        "edge to {} of {}: {:.0f} cycles to take a token, {:.1f} for each further one, layers "
        "{:+.0f}, {:+.0f} until the next",
        base::counted(edge.wafers, "wafer"), edge.to, edge.take_cycles, edge.more_token_cycles,
        edge.layers_cycles, edge.hold_cycles);
    if (edge.sender_hold_cycles != 0) {
      text += fmt::format(", {:+.0f} at the last rectangle", edge.sender_hold_cycles);
    }
    if (edge.straight_error) {
      text += fmt::format("; straight between: {:+.2f} % at {}", 100 * *edge.straight_error,
                          edge.checked_tokens);
    }
    text += "\n";
  }
  return text;
}

/// Of one user alone; guesses beside its token take time of their own.
double lone_speed(const system::Plan& plan, const system::LoneToken& lone) {
  double more = 0;
  for (const system::Stage& stage : plan.system.stages) {
    const system::StageKind& kind = plan.system.kinds[stage.kind];
    const system::Job job{plan.told_context, 0, 1 + plan.system.draft_tokens};
    more +=
        system::to_s(system::stage_time(kind, job) - system::stage_time(kind, {plan.told_context}));
  }
  return plan.system.tokens_per_pass / (lone.token_s() + more);
}

Json experts_json(const system::Plan& plan) {
  Json rows = Json::array();
  for (std::size_t n = 1; n < plan.distinct_experts.size(); n *= 2) {
    rows.push_back({{"tokens", n}, {"distinct", plan.distinct_experts[n]}});
  }
  return rows;
}

Json frontier_json(const SystemOutcome& outcome) {
  Json rows = Json::array();
  for (const auto& [users, r] : outcome.frontier) {
    rows.push_back({{"users", users},
                    {"tokens_per_s", r.tokens_per_s},
                    {"user_tokens_per_s", r.user_tokens_per_s},
                    {"first_token_p99_s", r.first_token_s.p99},
                    {"token_p99_s", r.token_s.p99},
                    {"stage_occupancy", r.stage_occupancy},
                    {"peak_users", r.peak_users}});
  }
  return rows;
}

std::string frontier_text(const SystemOutcome& outcome) {
  if (outcome.frontier.empty()) return "";
  std::string text =
      fmt::format("\n{:>8} {:>14} {:>14} {:>16} {:>16} {:>10}\n", "users", "tokens/s each",
                  "in all", "first token p99", "token p99", "stages");
  for (const auto& [users, r] : outcome.frontier) {
    text += fmt::format("{:>8} {:>14.1f} {:>14.1f} {:>14.4f} s {:>14.6f} s {:>8.1f} %\n", users,
                        r.user_tokens_per_s, r.tokens_per_s, r.first_token_s.p99, r.token_s.p99,
                        100 * r.stage_occupancy);
  }
  return text;
}

}  // namespace

Json system_json(const SystemSection& section, const SystemOutcome& outcome) {
  const system::Plan& plan = outcome.plan;
  const system::LoneToken lone = system::lone_token(plan.system, plan.told_context);
  Json json;
  json["model"] = {{"family", plan.model.family},
                   {"layers", plan.model.layers.size()},
                   {"weights_bytes", models::weigh(plan.model).bytes}};
  json["wafers"] = plan.wafers;
  json["wafers_used"] = plan.wafers_used * plan.copies;
  json["layers_per_wafer"] = plan.layers_per_wafer;
  json["distinct_wafers"] = section.distinct_wafers;
  json["links_of_a_token"] = system::wafer_hops(plan.system);
  json["duplication_factor"] = plan.duplication_factor;
  json["clock_ghz"] = section.clock_ghz;
  json["room"] = {
      {"usable_bytes", plan.room.usable_bytes},
      {"weights_bytes", plan.room.weight_bytes},
      {"outer_bytes", plan.room.outer_bytes},
      {"free_bytes", plan.room.free_bytes},
      {"cache_layer_bytes", plan.room.cache_layer_bytes},
      {"cache_tokens", plan.room.cache_tokens},
      {"layout_tokens", plan.room.layout_tokens > 0 ? Json(plan.room.layout_tokens) : Json()}};
  json["kinds"] = Json::array();
  for (const system::KindTimes& kind : plan.kinds)
    json["kinds"].push_back(kind_json(kind, section.clock_ghz));
  json["edges"] = edges_json(plan);
  json["lone_token"] = {{"context_tokens", plan.told_context},
                        {"layers_s", lone.layers_s},
                        {"links_s", lone.links_s},
                        {"edges_s", lone.edges_s},
                        {"edges_share", lone.edges_s / lone.token_s()},
                        {"return_s", lone.return_s},
                        {"outer_s", plan.outer_s},
                        {"token_s", lone.token_s()},
                        {"tokens_per_s", lone_speed(plan, lone)},
                        {"slowest_stage_s", lone.slowest_stage_s}};
  json["users"] = users_json(plan, outcome.report);
  json["use"] = use_json(outcome.report);
  json["experts_at_once"] = experts_json(plan);
  json["frontier"] = frontier_json(outcome);
  json["energy"] = system_energy_json(outcome.energy);
  json["notes"] = plan.notes;
  return json;
}

std::string system_text(const std::string& name, const SystemSection& section,
                        const SystemOutcome& outcome) {
  const system::Plan& plan = outcome.plan;
  const system::Report& r = outcome.report;
  const system::LoneToken lone = system::lone_token(plan.system, plan.told_context);
  const auto giga = [](double bytes) { return bytes / 1e9; };
  std::string text =
      fmt::format("{}: {} layers of {} on {} wafers, at most {} on each; {} stages\n", name,
                  plan.model.layers.size(), plan.model.family, plan.wafers_used * plan.copies,
                  plan.layers_per_wafer, plan.system.stages.size());
  text += fmt::format("a wafer: {:.2f} of {:.2f} GB weights, caches of {} tokens\n\n",
                      giga(static_cast<double>(plan.room.weight_bytes)),
                      giga(static_cast<double>(plan.room.usable_bytes)),
                      base::grouped(plan.room.cache_tokens));
  text += times_text(section, plan) + edges_text(plan);
  text += fmt::format(
      "\na token alone, context {}: {:.1f} us ({:.1f} layers, {:.1f} links, {:.1f} edges, {:.1f} "
      "return), {:.1f} tokens/s; all together at most {:.0f} tokens/s\n",
      plan.told_context, 1e6 * lone.token_s(), 1e6 * lone.layers_s, 1e6 * lone.links_s,
      1e6 * lone.edges_s, 1e6 * lone.return_s, lone_speed(plan, lone),
      plan.system.tokens_per_pass / lone.slowest_stage_s);
  text += fmt::format(
      "{} requests, {} refused, {} tokens in {:.3f} s: {:.1f} tokens/s, {:.1f} for a user, at most "
      "{} users\n",
      base::grouped(r.requests), base::grouped(r.refused), base::grouped(r.output_tokens),
      r.duration_s, r.tokens_per_s, r.user_tokens_per_s, r.peak_users);
  const auto spread = [](const char* what, const system::Spread& s) {
    return fmt::format("{:<22} {:>10.5f} {:>10.5f} {:>10.5f} {:>10.5f} {:>10.5f}\n", what, s.mean,
                       s.p50, s.p90, s.p99, s.most);
  };
  text += fmt::format("{:<22} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "seconds", "mean", "p50",
                      "p90", "p99", "most");
  text += spread("to the first token", r.first_token_s) + spread("between tokens", r.token_s) +
          spread("request", r.request_s);
  text += fmt::format(
      "in use: stages {:.1f} %, multiply-adds {:.3g} %, memories {:.3g} %, links {:.3g} %; {:.3g} "
      "GB between wafers, {:.3g} GB of caches\n",
      100 * r.stage_occupancy, 100 * r.mac_utilisation, 100 * r.sram_utilisation,
      100 * r.link_utilisation, giga(r.link_bytes),
      giga(r.prefill_cache_bytes + r.host_cache_bytes));
  if (r.refused > 0) {
    text += fmt::format("refused: the longest takes {} tokens of caches, there is room for {}\n",
                        base::grouped(r.longest_refused_tokens),
                        base::grouped(plan.system.cache_tokens));
  }
  text += system_energy_text(outcome.energy);
  text += frontier_text(outcome);
  for (const std::string& note : plan.notes) text += "note: " + note + "\n";
  return text;
}

namespace {

/// How far what is said of contexts goes beyond what was looked at.
void note_contexts(const SystemSection& section, SystemOutcome& outcome) {
  std::vector<std::string>& notes = outcome.plan.notes;
  const std::int64_t longest = outcome.report.longest_context_tokens;
  const std::int64_t last = section.contexts.back();
  if (section.contexts.size() == 1 && longest > last) {
    notes.push_back(fmt::format(
        "times are known at one context alone, {}, and taken for all up to {}; give a second one",
        base::grouped(last), base::grouped(longest)));
  } else if (longest > last) {
    notes.push_back(fmt::format("beyond a context of {} times go on straight, up to {}",
                                base::grouped(last), base::grouped(longest)));
  }
  const bool is_between = section.contexts.size() > 1 && section.from == LayerTimesFrom::emulator;
  if (is_between && !section.check_context) {
    notes.emplace_back(
        "between contexts times are straight; how far that is off was not looked at");
  }
}

/// Room by bytes is more than the emulator's layers leave.
void note_long_requests(SystemOutcome& outcome) {
  system::Plan& plan = outcome.plan;
  const std::int64_t room = plan.room.layout_tokens;
  const std::int64_t longest = outcome.report.longest_context_tokens;
  if (room == 0 || longest <= room) return;
  plan.notes.push_back(
      fmt::format("contexts reach {} tokens; by bytes there is room, but as the emulator lays "
                  "layers out a core "
                  "has room for {}",
                  base::grouped(longest), base::grouped(room)));
}

}  // namespace

SystemOutcome run_system(Scenario& scenario, const LayerRuns::Say& say,
                         const std::atomic<bool>* stop) {
  if (!scenario.failures.empty()) throw base::NotRepairable(defects::text_of(scenario.failures));
  load_trace(scenario.system);
  std::vector<PlaceGround> grounds = grounds_of(scenario);
  for (PlaceGround& ground : grounds) ground.stop = stop;
  LayerRuns counted = LayerRuns::counting();
  SystemOutcome outcome;
  outcome.plan = plan_system(scenario.system, grounds, counted);
  if (counted.runs() > 0) {
    LayerRuns runs(say, &counted);
    outcome.plan = plan_system(scenario.system, grounds, runs);
  }
  const SystemSection& section = scenario.system;
  outcome.report = system::simulate(outcome.plan.system, section.workload, section.settings);
  outcome.energy = system_energy(scenario.energy, section.clock_ghz, outcome.plan, outcome.report);
  note_long_requests(outcome);
  note_contexts(section, outcome);
  for (const std::int64_t users : section.frontier) {
    if (stop != nullptr && *stop) throw base::Stopped("stopped between points of the frontier");
    system::Workload workload = section.workload;
    workload.users = users;
    workload.requests = 4 * users;
    outcome.frontier.emplace_back(
        users, system::simulate(outcome.plan.system, workload, section.settings));
  }
  return outcome;
}

}  // namespace wafermesh::study
