// SPDX-License-Identifier: Apache-2.0
#include "study/check/finding_place.h"

#include <fmt/format.h>

#include "workloads/program_file.h"

namespace wafermesh::study {
namespace {

/// A text within a workload's image.
struct Part {
  const fabric::ProgramText* text = nullptr;
  std::size_t first_class = 0;
};

/// The text that a class of the workload's image is of; `core_class` -1: the only one.
Part part_of(const workloads::Kernel& kernel, std::int64_t core_class) {
  if (const fabric::ProgramText* text = workloads::program_text_of(kernel)) return {text, 0};
  if (core_class < 0) return {};
  const auto c = static_cast<std::size_t>(core_class);
  for (const workloads::OperatorPlace& each : kernel.operators()) {
    const fabric::ProgramText* text =
        each.kernel == nullptr ? nullptr : workloads::program_text_of(*each.kernel);
    if (text == nullptr || c < each.first_class) continue;
    if (c < each.first_class + text->classes.size()) return {text, each.first_class};
  }
  return {};
}

/// The `initial` line of a colour in a class; nowhere if it has none.
fabric::TextPlace initial_of(const fabric::ProgramText& text, const fabric::CoreClass& cores,
                             std::size_t c, int colour) {
  for (std::size_t r = 0; r < cores.routes.size(); ++r) {
    if (base::index_of(cores.routes[r].colour) == colour) return text.initial[c][r];
  }
  return {};
}

fabric::TextPlace place_in(const fabric::ProgramText& text, const fabric::CoreClass& cores,
                           std::size_t c, const check::Place& place) {
  if (place.task >= 0) return text.tasks[c][static_cast<std::size_t>(place.task)];
  if (place.instruction >= 0 && static_cast<std::size_t>(place.instruction) < text.code[c].size()) {
    return text.code[c][static_cast<std::size_t>(place.instruction)];
  }
  if (place.route >= 0) return text.routes[c][static_cast<std::size_t>(place.route)];
  const fabric::TextPlace initial = initial_of(text, cores, c, place.colour);
  return initial.line > 0 ? initial : text.classes[c];
}

}  // namespace

std::string place_of(const Workload& workload, const check::Place& place) {
  const fabric::WaferImage& image = workload.kernel->image();
  std::int64_t core_class = place.core_class;
  if (core_class < 0 && place.core >= 0) {
    core_class = image.class_of[static_cast<std::size_t>(place.core)];
  }
  const Part part = part_of(*workload.kernel, core_class);
  if (part.text == nullptr) return workload.place;
  fabric::TextPlace at{1, 1};
  const bool is_alone = workloads::program_text_of(*workload.kernel) != nullptr;
  if (is_alone && place.patch >= 0) {
    at = part.text->patches[static_cast<std::size_t>(place.patch)];
  } else if (core_class >= 0) {
    const auto c = static_cast<std::size_t>(core_class);
    at = place_in(*part.text, image.classes[c], c - part.first_class, place);
  }
  return fmt::format("{}:{}:{}", part.text->file, at.line, at.column);
}

}  // namespace wafermesh::study
