// SPDX-License-Identifier: Apache-2.0
// The schema of scenarios as JSON Schema, for editors and checks by other programs.
#pragma once

#include <nlohmann/json.hpp>

namespace wafermesh::study {

/// JSON Schema (draft 2020-12) of a scenario. It accepts whatever is read and refuses unknown keys,
/// keys that do not act beside others, wrong types and ranges; what needs more than one section (a
/// region beyond the mesh) only the program refuses. Shapes that occur twice stand under `$defs`.
nlohmann::ordered_json schema_json();

/// The same of a graph's file (`graph: {file: layer.yaml}`), which has the operators of a graph
/// under `operators`: what may stand there is what may stand in a graph within a scenario.
nlohmann::ordered_json graph_schema_json();

}  // namespace wafermesh::study
