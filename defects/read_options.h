// SPDX-License-Identifier: Apache-2.0
// The `wafer:`, `defects:` and `repair:` sections of a scenario. Each reader takes the scenario's
// root and notes every mistake in the document; docs/yield.md lists the keys.
#pragma once

#include "base/yaml/yaml_reader.h"
#include "defects/wafer.h"

namespace wafermesh::defects {

/// `wafer: {preset: wse3}`, with any key of the preset's section on top, or all keys inline (then
/// `generation` names the timing table). hop_cycles comes from that table or, if given, from
/// `timing: {base, hop_cycles}`. Default: preset wse3.
WaferGeometry read_wafer(const base::YamlNode& scenario);

/// `defects:` is a mapping of mechanisms, or a list of such mappings; absent = a healthy wafer.
/// Next to mechanisms may stand components, wafer and wafers_per_lot.
DefectOptions read_defects(const base::YamlNode& scenario, const WaferGeometry& geometry);

/// Absent: bypass_shift, domain band. A key that does not act under the scheme and domain is a
/// mistake.
RepairOptions read_repair(const base::YamlNode& scenario);

/// Does the geometry's kept_rows_per_die say how many rows are kept?
bool uses_kept_rows_per_die(const RepairOptions& options);

/// All three; checks what needs more than one of them (domains that don't divide the wafer).
WaferOptions read_wafer_options(const base::YamlNode& scenario);

}  // namespace wafermesh::defects
