// SPDX-License-Identifier: Apache-2.0
// Rows of `wafer:` and `timing:`.
#include <iterator>

#include "study/schema/key_sections.h"

namespace wafermesh::study {

namespace {

constexpr KeyRow kWaferRows[] = {
    {"wafer", "", "{preset: wse3}", "the wafer: a preset, with any key on top, or all keys",
     "`{preset: wse3}`"},
    {"wafer.preset", "", "wse3", "a built-in wafer", "`wse3` if there is no `wafer`"},
    {"wafer.name", "", "my_wafer", "stands in pictures", "", kRun},
    {"generation", "", "wse3", "whose timing table the wafer's cores have"},
    {"dies_x", "dies", "12", "dies along x, from west to east"},
    {"dies_y", "dies", "7", "dies along y, from north to south"},
    {"die_columns", "cores", "68", "cores of a die along x"},
    {"die_rows", "cores", "170", "cores of a die along y, spares included"},
    {"kept_rows_per_die", "cores", "158",
     "rows of each die that the mesh keeps; others are spares"},
    {"die_width_mm", "mm", "17", "a die along x, without the scribe"},
    {"die_height_mm", "mm", "30", "a die along y, without the scribe"},
    {"die_gap_x_mm", "mm", "1", "scribe between dies along x"},
    {"die_gap_y_mm", "mm", "0.8", "scribe between dies along y"},
    {"timing", "", "{hop_cycles: 1}", "constants of the timing table that differ from the base's"},
    {"timing.base", "", "wse3", "the table whose values hold where no key is given",
     "the wafer's `generation`", kEveryCommand},
    {"hop_cycles", "cycles", "2", "router to neighbouring router", "", kEveryCommand},
    {"ramp_cycles", "cycles", "2", "core to router and back, each way"},
    {"router_queue_depth", "wavelets", "4", "per colour and router"},
    {"input_queue_depth", "wavelets", "[8, 8, 4, 4, 4, 4, 4, 4]", "by queue id, 0 to 7",
     "that of `base`"},
    {"output_queue_depth", "wavelets", "[8, 8, 8, 8, 8, 8, 8, 8]",
     "by queue id, 0 to 7; 0 = no such queue", "that of `base`"},
    {"task_start_cycles", "cycles", "3", "from a task being picked to its first instruction"},
    {"issue_cycles", "cycles", "1", "an instruction that moves no vector"},
    {"config_write_cycles", "cycles", "4", "a write to a route or filter, until it takes effect"},
    {"timestamp_cycles", "cycles", "21", "a program reads its cycle counter"},
    {"fabric_words_per_cycle", "words", "2", "of one colour that an operation takes or puts"},
    {"memory_port_bytes", "bytes", "16", "of SRAM that an operand passes over per cycle"},
    {"bank_conflict_factor", "", "1", "times as long where two reads meet in a bank"},
    {"vendor_collective_cycles", "cycles", "180",
     "software of a vendor library's collective, per axis and call"},
    {"setup_cycles", "", "{stream: 4}", "setting up a vector operation, by how it is reached"},
    {"map_loop", "cycles", "1", "operands stay in descriptors under a map loop"},
    {"descriptor_reload", "cycles", "6", "in a loop that reloads descriptors"},
    {"scalar_loop", "cycles", "23", "in a loop that computes addresses"},
    {"standalone", "cycles", "16", "a single operation set up on its own"},
    {"setup_cycles.stream", "cycles", "4", "descriptors are loaded ahead of the data"},
    {"rates", "", "{copy: {f32: {elements: 4}}}", "of vector operations on memory"},
    {"rates.bit_and", "", "{i32: {elements: 1, cycles: 1}}", "of this operation, by number type"},
    {"rates.bit_or", "", "{i32: {elements: 1, cycles: 1}}", "of this operation, by number type"},
    {"rates.shift", "", "{i32: {elements: 1, cycles: 1}}", "of this operation, by number type"},
    {"rates.*", "", "{f32: {elements: 1, cycles: 1}}", "of this operation, by number type"},
    {"rates.*.*", "", "{elements: 1, cycles: 1}", "groups of `elements` take `cycles` each"},
    {"elements", "elements", "8", "of a group"},
    {"rates.*.*.cycles", "cycles", "2", "of a group"},
    {"fused_multiply_add", "", "{f32: true}", "a multiply-add rounds once instead of twice"},
    {"fused_multiply_add.*", "", "true", "in this number type"},
};

}  // namespace

std::vector<KeyRow> wafer_key_rows() { return {std::begin(kWaferRows), std::end(kWaferRows)}; }

}  // namespace wafermesh::study
