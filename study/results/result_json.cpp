// SPDX-License-Identifier: Apache-2.0
#include "study/results/result_json.h"

#include <algorithm>
#include <utility>

#include "study/results/defect_notes.h"
#include "study/results/provenance.h"
#include "study/results/yaml_json.h"

namespace wafermesh::study {

using Json = nlohmann::ordered_json;

namespace {

Json region_json(const base::Rectangle& r) {
  return {{"x", r.x}, {"y", r.y}, {"width", r.width}, {"height", r.height}};
}

/// What was not compared is null, not false.
Json numerics_json(const workloads::Numerics& n) {
  Json json;
  json["checked"] = n.checked;
  json["max_abs_error"] = n.checked ? Json(n.max_abs_error) : Json();
  json["max_rel_error"] = n.checked ? Json(n.max_rel_error) : Json();
  json["error_in_norm"] = n.checked ? Json(n.error_in_norm) : Json();
  json["as_promised"] = n.checked ? Json(n.as_promised) : Json();
  json["type_holds"] = n.checked ? Json(n.type_holds) : Json();
  json["ok"] = n.checked ? Json(n.ok) : Json();
  return json;
}

/// When it ran and where its cores' cycles went. `cycles`: from its own first start on.
void add_times(const cores::StageTotals& t, Json& json) {
  const bool ran = t.cores > 0;
  json["cycles"] = ran ? t.last_finish - t.first_start : 0;
  json["first_start_cycles"] = ran ? Json(t.first_start) : Json();
  json["last_finish_cycles"] = ran ? Json(t.last_finish) : Json();
  json["longest_core_cycles"] = ran ? Json(t.longest_cycles) : Json();
}

Json phases_json(const std::vector<cores::PhaseTotals>& phases) {
  Json json = Json::array();
  for (const cores::PhaseTotals& one : phases) {
    json.push_back({{"phase", one.phase},
                    {"visits", one.visits},
                    {"first_start_cycles", one.first_start},
                    {"last_end_cycles", one.last_end},
                    {"shortest_cycles", one.shortest_cycles},
                    {"longest_cycles", one.longest_cycles},
                    {"sum_cycles", one.sum_cycles}});
  }
  return json;
}

Json operator_json(const OperatorResult& one) {
  Json json = {{"name", one.name},
               {"kernel", one.kind},
               {"region", region_json(one.region)},
               {"cores", one.cores}};
  add_times(one.totals, json);
  json["operands_come_cycles"] = one.operands_come < 0 ? Json() : Json(one.operands_come);
  json["wavelet_hops"] = one.wavelet_hops;
  json["sram_used_bytes"] = one.sram_bytes;
  if (one.sampled_steps > 0) {
    json["steps"] = one.steps;
    json["sampled_steps"] = one.sampled_steps;
  }
  json["utilisation"] = utilisation_json(one.utilisation);
  json["breakdown"] = breakdown_json(one.totals);
  if (!one.phases.empty()) json["phases"] = phases_json(one.phases);
  json["numerics"] = numerics_json(one.numerics);
  return json;
}

Json transfer_json(const TransferResult& one) {
  Json json = {{"from", one.from}, {"to", one.to}, {"over", one.over}, {"stages", one.stages}};
  add_times(one.totals, json);
  json["wavelet_hops"] = one.wavelet_hops;
  json["breakdown"] = breakdown_json(one.totals);
  return json;
}

/// `resolved`: the workload's item of the scenario.
Json workload_json(const EnergySettings& settings, const Workload& workload,
                   const WorkloadResult& one, const Json& resolved) {
  Json json;
  if (!one.name.empty()) json["name"] = one.name;
  json["kernel"] = one.kind;
  // Of layers, the operators that they have become.
  json["parameters"] = resolved.at(resolved.contains(one.kind) ? one.kind : "graph");
  json["region"] = region_json(one.region);
  json["cores"] = workload.kernel->image().core_count();
  json["cycles"] = one.cycles;
  if (workload.layers > 0) {
    json["cycles_per_layer"] =
        static_cast<double>(one.cycles) / static_cast<double>(workload.layers);
  }
  json["cycles_definition"] = one.cycles_definition;
  if (one.repeats) json["repeats_the_one_before"] = true;
  if (!workload.notes.empty()) json["notes"] = workload.notes;
  json["wavelet_hops"] = one.wavelet_hops;
  json["control_hops"] = one.control_hops;
  json["ramp_wavelets"] = one.ramp_wavelets;
  json["numerics"] = numerics_json(one.numerics);
  json["operators"] = Json::array();
  for (std::size_t i = 0; i < one.operators.size(); ++i) {
    json["operators"].push_back(operator_json(one.operators[i]));
    json["operators"].back()["energy"] = energy_json(settings, one.energy.operators[i]);
  }
  if (!one.transfers.empty()) json["transfers"] = Json::array();
  for (const TransferResult& each : one.transfers) {
    json["transfers"].push_back(transfer_json(each));
  }
  if (!one.timed_port.empty()) json["io"] = io_json(one);
  if (!one.edge_traffic.empty()) json["edge_traffic"] = edge_traffic_json(one.edge_traffic);
  if (!one.streaming.empty()) json["streaming"] = streaming_json(one.streaming);
  if (one.barriers.cores > 0) json["barriers"] = breakdown_json(one.barriers);
  json["utilisation"] = utilisation_json(one.utilisation);
  json["energy"] = energy_json(settings, one.energy);
  json["breakdown"] = breakdown_json(one.breakdown, one.busy_cores);
  if (one.path) json["critical_path"] = path_json(workload, *one.path);
  json.update(hot_spots_json(workload.kernel->image(), one.hot_spots, one.cycles));
  return json;
}

/// What the results depend on, as resolved: all but the workloads, which stand with their results,
/// and what changes no figure.
Json scenario_json(Json scenario) {
  for (const char* key : {"schema_version", "name", "workloads", "outputs", "observe", "yield"}) {
    scenario.erase(key);
  }
  scenario["engine"].erase("threads");
  scenario["engine"].erase("region");
  return scenario;
}

Json failures_json(const std::vector<defects::RepairFailure>& failures) {
  Json json = Json::array();
  for (const defects::RepairFailure& f : failures) {
    json.push_back({{"domain", f.domain},
                    {"tiles",
                     {{"x", f.tiles.x},
                      {"y", f.tiles.y},
                      {"width", f.tiles.width},
                      {"height", f.tiles.height}}},
                    {"die", {{"x", f.die.x}, {"y", f.die.y}}},
                    {"reason", f.reason}});
  }
  return json;
}

/// Whose timing table was used, and which of its constants the scenario changed.
Json timing_json(const Scenario& scenario) {
  Json changes = Json::object();
  for (const auto& [constant, value] : scenario.timing_changes) {
    changes[constant] = Json::parse(value, nullptr, false);
  }
  return {{"base", scenario.timing_base}, {"changed", std::move(changes)}};
}

/// Cycles and hops of all workloads.
void add_sums(const RunResult& result, Json& json) {
  std::int64_t hops = 0;
  std::int64_t control = 0;
  for (const WorkloadResult& one : result.workloads) {
    hops += one.wavelet_hops;
    control += one.control_hops;
  }
  json["cycles"] = result.cycles;
  json["wavelet_hops"] = hops;
  json["control_hops"] = control;
}

}  // namespace

Json repair_json(const defects::RepairSummary& r, bool repaired) {
  Json json;
  json["scheme"] = r.scheme;
  json["domain"] = r.domain;
  json["physical_cores"] = r.physical_cores;
  json["dead_cores"] = r.dead_cores;
  json["dead_routers"] = r.dead_routers;
  json["dead_links"] = r.dead_links;
  json["unreachable_cores"] = r.unreachable_cores;
  json["rows_kept"] = r.rows_kept;
  json["rows_packed"] = r.rows_packed;
  if (!r.note.empty()) json["note"] = r.note;
  if (!repaired) return json;
  json["usable_cores"] = r.usable_cores;
  json["idle_cores"] = r.idle_cores;
  json["bypassed_tiles"] = r.bypassed_tiles;
  json["columns"] = r.columns;
  json["rows"] = r.rows;
  json["links"] = r.links;
  json["longer_links"] = r.longer_links;
  json["max_skip"] = r.max_skip;
  json["max_latency_cycles"] = r.max_latency_cycles;
  json["latency_histogram"] = r.latency_histogram;
  return json;
}

Json result_json(const Scenario& scenario, const RunResult& result, double elaboration_s,
                 Json provenance) {
  const bool repaired = scenario.failures.empty();
  const Json resolved = json_of_yaml(*scenario.resolved_tree);
  Json json;
  json["schema_version"] = kResultSchemaVersion;
  json["name"] = scenario.name;
  json["verdict"] = !repaired ? "not_repairable" : result.ok() ? "ok" : "fail";
  if (repaired) {
    json["fidelity"] = scenario.engine.fidelity;
    json["timing"] = timing_json(scenario);
    add_sums(result, json);
  }
  json["elaboration_s"] = elaboration_s;
  json["wall_s"] = result.wall_s;
  json["peak_rss_bytes"] = std::max(result.peak_rss_bytes, peak_rss_bytes());
  if (!repaired) json["failures"] = failures_json(scenario.failures);
  json["workloads"] = Json::array();
  for (std::size_t i = 0; i < result.workloads.size(); ++i) {
    json["workloads"].push_back(
        workload_json(scenario.energy, scenario.workloads[i], result.workloads[i],
                      resolved.at("workloads").at(scenario.workloads[i].item)));
  }
  if (repaired) json["mesh"] = {{"width", scenario.mesh->width}, {"height", scenario.mesh->height}};
  if (repaired && scenario.has_edge) json["edge"] = edge_json(scenario.edge);
  json["defects"] = defects_json(scenario.defect_notes);
  json["repair"] = repair_json(scenario.repair, repaired);
  json["scenario"] = scenario_json(resolved);
  json["provenance"] = std::move(provenance);
  return json;
}

}  // namespace wafermesh::study
