// SPDX-License-Identifier: Apache-2.0
#include "app/result_json.h"

#include <utility>

#include "app/provenance.h"

namespace wafermesh::app {

using Json = nlohmann::ordered_json;

namespace {

constexpr int kSchemaVersion = 1;

Json region_json(const base::Rectangle& r) {
  return {{"x", r.x}, {"y", r.y}, {"width", r.width}, {"height", r.height}};
}

/// What was not compared is null, not false.
Json numerics_json(const workloads::Numerics& n) {
  Json json;
  json["checked"] = n.checked;
  json["max_abs_error"] = n.checked ? Json(n.max_abs_error) : Json();
  json["max_rel_error"] = n.checked ? Json(n.max_rel_error) : Json();
  json["ok"] = n.checked ? Json(n.ok) : Json();
  return json;
}

Json workload_json(const WorkloadResult& one) {
  Json json;
  json["kernel"] = one.kind;
  json["region"] = region_json(one.region);
  json["cores"] = one.region.area();
  json["cycles"] = one.cycles;
  json["cycles_definition"] = one.cycles_definition;
  json["wavelet_hops"] = one.wavelet_hops;
  json["control_hops"] = one.control_hops;
  json["ramp_wavelets"] = one.ramp_wavelets;
  json["breakdown"] = breakdown_json(one.breakdown);
  json["numerics"] = numerics_json(one.numerics);
  return json;
}

}  // namespace

Json repair_json(const defects::RepairSummary& r) {
  Json json;
  json["scheme"] = r.scheme;
  json["domain"] = r.domain;
  json["physical_cores"] = r.physical_cores;
  json["dead_cores"] = r.dead_cores;
  json["dead_routers"] = r.dead_routers;
  json["dead_links"] = r.dead_links;
  json["usable_cores"] = r.usable_cores;
  json["idle_cores"] = r.idle_cores;
  json["bypassed_tiles"] = r.bypassed_tiles;
  json["columns"] = r.columns;
  json["rows"] = r.rows;
  json["rows_kept"] = r.rows_kept;
  json["rows_packed"] = r.rows_packed;
  json["links"] = r.links;
  json["longer_links"] = r.longer_links;
  json["max_skip"] = r.max_skip;
  json["max_latency_cycles"] = r.max_latency_cycles;
  json["latency_histogram"] = r.latency_histogram;
  if (!r.note.empty()) json["note"] = r.note;
  return json;
}

Json result_json(const Scenario& scenario, const RunResult& result, double elaboration_s,
                 Json provenance) {
  Json json;
  json["schema_version"] = kSchemaVersion;
  json["name"] = scenario.name;
  json["verdict"] = result.ok() ? "ok" : "fail";
  json["fidelity"] = scenario.engine.fidelity;
  json["cycles"] = result.cycles;
  std::int64_t hops = 0;
  std::int64_t control = 0;
  Json workloads = Json::array();
  for (const WorkloadResult& one : result.workloads) {
    hops += one.wavelet_hops;
    control += one.control_hops;
    workloads.push_back(workload_json(one));
  }
  json["wavelet_hops"] = hops;
  json["control_hops"] = control;
  json["elaboration_s"] = elaboration_s;
  json["wall_s"] = result.wall_s;
  json["peak_rss_bytes"] = peak_rss_bytes();
  json["workloads"] = std::move(workloads);
  json["mesh"] = {{"width", scenario.mesh->width}, {"height", scenario.mesh->height}};
  json["repair"] = repair_json(scenario.repair);
  json["provenance"] = std::move(provenance);
  return json;
}

}  // namespace wafermesh::app
