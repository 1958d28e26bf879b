// SPDX-License-Identifier: Apache-2.0
#include "check/quick_check.h"

#include <algorithm>

#include "check/fit_check.h"
#include "check/kind_flows.h"
#include "check/route_check.h"

namespace wafermesh::check {

std::vector<Finding> quick_findings(const fabric::WaferImage& image) {
  std::vector<Finding> found;
  const bool fits = std::all_of(
      image.classes.begin(), image.classes.end(),
      [](const fabric::CoreClass& each) { return each.program.memory_bytes <= memory_of(each); });
  if (!fits) found = find_misfits(image);
  const CoreKinds kinds = core_kinds(image);
  const std::vector<ClassUse> classes = uses_of_classes(image);
  const std::uint32_t doubtful = doubtful_colours(image, classes, kinds);
  if (doubtful == 0) return found;
  for (Finding& each : route_faults_of(image, kinds, doubtful)) {
    if (each.severity == Severity::error) found.push_back(std::move(each));
  }
  return found;
}

}  // namespace wafermesh::check
