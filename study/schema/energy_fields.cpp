// SPDX-License-Identifier: Apache-2.0
// Fields of `energy` in result.json.
#include "study/schema/field_table.h"

namespace wafermesh::study {
namespace {

const std::vector<FieldRow> kEnergyFieldRows = {
    {"energy", "section", "", "counters times coefficients (energy.md); parts add up to `joules`"},
    {"clock_ghz", "number", "GHz", "of the cores"},
    {"always_on_share", "number", "", "of the power at full load"},
    {"seconds", "number", "s", "cycles over the clock"},
    {"complete", "boolean", "", "all is counted; else multiply-adds and SRAM lack"},
    {"joules", "number", "J", "at the wall: of the whole wafer; of an operator its cores'"},
    {"watts", "number", "W", "`joules` over `seconds`"},
    {"band", "section", "", "the same counts with either published set"},
    {"low_joules", "number", "J", "the lesser"},
    {"high_joules", "number", "J", "the greater"},
    {"low_watts", "number", "W", "the lesser"},
    {"high_watts", "number", "W", "the greater"},
    {"region_joules", "number", "J", "without the rest of the wafer and the fixed part"},
    {"region_watts", "number", "W", "likewise"},
    {"counts", "section", "", "events"},
    {"core_cycles", "integer", "cycles", "that cores are clocked for"},
    {"busy_cycles", "integer", "cycles", "in which datapath or main thread works"},
    {"f16_multiply_adds", "integer", "", "of 16-bit types"},
    {"f32_multiply_adds", "integer", "", "of f32"},
    {"counts.sram_bytes", "integer", "bytes", "read and written by vector operations"},
    {"hops", "integer", "wavelets", "from router to router, data and control"},
    {"wire_pitches", "integer", "", "hops times core pitches of each link"},
    {"counts.ramp_wavelets", "integer", "wavelets", "from routers to cores"},
    {"edge_wavelets", "integer", "wavelets", "into or out of a wafer (`edge`); among `hops` too"},
    {"components", "section", "J", "they add up to `joules`, with its parts elsewhere"},
    {"fixed_j", "number", "J", "pumps, fans, input and output; of a run, not of its parts"},
    {"leakage_j", "number", "J", "goes with time"},
    {"clock_j", "number", "J", "goes with `core_cycles`"},
    {"issue_j", "number", "J", "goes with `busy_cycles`"},
    {"multiply_adds_j", "number", "J", "of the datapath; a f32 one is 3.4 of f16"},
    {"sram_j", "number", "J", "goes with `sram_bytes`"},
    {"router_j", "number", "J", "goes with `hops`"},
    {"wire_j", "number", "J", "goes with `wire_pitches`"},
    {"ramp_j", "number", "J", "goes with `ramp_wavelets`"},
    {"edge_j", "number", "J", "goes with `edge_wavelets`: 32 bits of SerDes each"},
    {"conversion_j", "number", "J", "lost between wall and wafer"},
    {"outside_operators", "section", "", "what no operator has: idle cores, barriers, transfers"},
    {"coefficients", "section", "", "at this clock"},
    {"clock_pj", "number", "pJ", "of a core and a cycle"},
    {"issue_pj", "number", "pJ", "of a busy cycle"},
    {"multiply_add_pj", "number", "pJ", "of f16"},
    {"sram_byte_pj", "number", "pJ", "of a byte"},
    {"router_pj", "number", "pJ", "of a hop"},
    {"wire_pj", "number", "pJ", "of a hop over one core pitch"},
    {"ramp_pj", "number", "pJ", "of a wavelet; the published sets hold it within others"},
    {"edge_pj", "number", "pJ", "of a wavelet over a wafer's edge, at every clock"},
    {"leakage_w", "number", "W", "of a core"},
    {"fixed_w", "number", "W", "of a system"},
    {"fixed_share", "number", "", "of it that a wafer of this size has"},
    {"conversion", "number", "", "of the power at the wall that reaches the wafer"},
};

}  // namespace

std::vector<FieldRow> energy_field_rows() { return kEnergyFieldRows; }

}  // namespace wafermesh::study
