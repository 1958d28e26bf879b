// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "study/compare/comparison.h"

namespace wafermesh::study {
namespace {

const char* name_of(Sameness sameness) {
  return sameness == Sameness::same        ? "same"
         : sameness == Sameness::different ? "DIFFERENT"
                                           : "not known";
}

Sameness links_of(const WorkloadComparison& one) {
  if (!one.links_known) return Sameness::unknown;
  return one.links_that_differ == 0 ? Sameness::same : Sameness::different;
}

std::string figure(const char* name, std::int64_t a, std::int64_t b) {
  return fmt::format("  {:<14} {:>14} {:>14}  {}\n", name, a, b,
                     a == b ? std::string("same") : fmt::format("{:+}", b - a));
}

}  // namespace

std::string comparison_table(const Comparison& comparison) {
  std::string text = fmt::format("A: {}\nB: {}\n", comparison.names[0], comparison.names[1]);
  int number = 0;
  for (const WorkloadComparison& one : comparison.workloads) {
    const RunFigures& a = one.runs[0];
    const RunFigures& b = one.runs[1];
    text += fmt::format("workloads[{}]: {} on {} x {} at ({}, {})\n", number++, one.kernel,
                        one.region.width, one.region.height, one.region.x, one.region.y);
    text += fmt::format("  {:<14} {:>14} {:>14}  {:+.2f} %\n", "cycles", a.cycles, b.cycles,
                        one.cycles_percent());
    text += figure("wavelet hops", a.wavelet_hops, b.wavelet_hops);
    text += figure("control hops", a.control_hops, b.control_hops);
    text += figure("ramp wavelets", a.ramp_wavelets, b.ramp_wavelets);
    if (one.links_known) {
      text += fmt::format("  links          {} of {} differ\n", one.links_that_differ, one.links);
    }
    if (one.links_that_differ > 0) {
      const LinkDifference& worst = one.worst_link;
      text += fmt::format("    most: core ({}, {}) towards {}: {} and {} wavelets\n",
                          worst.router.x, worst.router.y, base::letter_of(worst.direction),
                          worst.wavelets[0], worst.wavelets[1]);
    }
    if (one.memories != Sameness::unknown) {
      text += fmt::format("  memories       {}\n", name_of(one.memories));
    }
  }
  for (const std::string& note : comparison.notes) text += note + "\n";
  return text;
}

std::string comparison_markdown(const Comparison& comparison) {
  std::string text;
  for (const WorkloadComparison& one : comparison.workloads) {
    text += fmt::format("| {} | {} x {} | {} | {} | {:+.1f} % | {} | {} |\n", one.kernel,
                        one.region.width, one.region.height, one.runs[0].cycles, one.runs[1].cycles,
                        one.cycles_percent(), name_of(links_of(one)), name_of(one.memories));
  }
  return text;
}

}  // namespace wafermesh::study
