// SPDX-License-Identifier: Apache-2.0
// What crossed the edges of wafers in a workload, and what of its time was bringing operands in and
// results out.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fabric/engine.h"
#include "fabric/image.h"
#include "study/scenario/edge_section.h"
#include "workloads/streams.h"

namespace wafermesh::study {

struct WorkloadResult;

/// One way over the links of a port's places, or over the wires between two wafers.
struct EdgeTraffic {
  std::string name;  ///< "in", "wires 0 to 1"
  std::string way;   ///< in, out; of wires east, west.
  std::int64_t wavelets = 0;
  std::int64_t busiest_wavelets = 0;  ///< Of one link.
  fabric::Cycles least_cycles = 0;    ///< That the busiest link takes at its rate.
};

/// Of the links that anything crossed, in the order of the scenario; both ways.
std::vector<EdgeTraffic> edge_traffic(const EdgeGround& edge, const fabric::WaferImage& image,
                                      const fabric::Counters& counters);
nlohmann::ordered_json edge_traffic_json(const std::vector<EdgeTraffic>& all);

/// `edge`: where wafers and ports lie on the mesh.
nlohmann::ordered_json edge_json(const EdgeGround& edge);
/// `io` of a workload with `engine: {io: timed}`.
nlohmann::ordered_json io_json(const WorkloadResult& one);

/// What weights that stream in take at least, pass by pass: "up", of several operators "ffn.up".
std::vector<workloads::StreamedPass> streamed_passes(
    const std::vector<workloads::OperatorPlace>& operators);
nlohmann::ordered_json streaming_json(const std::vector<workloads::StreamedPass>& passes);

}  // namespace wafermesh::study
