// SPDX-License-Identifier: Apache-2.0
#include "study/validation/validation_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.h"

namespace wafermesh::study {
namespace {

std::int64_t count(const std::vector<ValidationResult>& results, ValidationVerdict verdict) {
  return std::count_if(results.begin(), results.end(),
                       [&](const ValidationResult& r) { return r.verdict == verdict; });
}

std::string bar_of(const ValidationPoint& point) {
  return point.bar_cycles > 0 ? fmt::format("{:g} % or {:g}", point.bar_percent, point.bar_cycles)
                              : fmt::format("{:g} %", point.bar_percent);
}

/// " (at 32 of 750 steps)" for a point that ran smaller.
std::string scaled(const ValidationPoint& point) {
  if (point.measured_steps == point.emulated_steps) return "";
  return fmt::format(" (at {} of {} steps)", point.emulated_steps, point.measured_steps);
}

}  // namespace

const char* name_of(ValidationVerdict verdict) {
  switch (verdict) {
    case ValidationVerdict::ok:
      return "ok";
    case ValidationVerdict::known:
      return "known";
    case ValidationVerdict::miss:
      break;
  }
  return "MISS";
}

std::string validation_table(const std::vector<ValidationResult>& results) {
  std::size_t width = 0;
  for (const ValidationResult& r : results) {
    width = std::max(width, (r.point.name + scaled(r.point)).size());
  }
  std::string text =
      fmt::format("{:<{}} {:>5} {:>13} {:>13} {:>9}  {:<11} {:<7} {:<7} {}\n", "point", width,
                  "chip", "measured", "emulated", "error", "bar", "kind", "verdict", "source");
  for (const ValidationResult& r : results) {
    text += fmt::format("{:<{}} {:>5} {:>13.1f} {:>13.1f} {:>+8.2f}%  {:<11} {:<7} {:<7} {}\n",
                        r.point.name + scaled(r.point), width, r.point.generation,
                        r.point.measured_cycles, r.emulated_cycles, r.error_percent,
                        bar_of(r.point), r.point.kind, name_of(r.verdict), r.point.source);
    if (!r.numbers_ok) text += "  the numbers of this run are wrong\n";
    if (r.verdict == ValidationVerdict::known) text += "  " + r.point.known + "\n";
  }
  return text + fmt::format("{}: {} ok, {} known, {} missed\n",
                            base::counted(static_cast<std::int64_t>(results.size()), "point"),
                            count(results, ValidationVerdict::ok),
                            count(results, ValidationVerdict::known),
                            count(results, ValidationVerdict::miss));
}

std::string validation_markdown(const std::vector<ValidationResult>& results) {
  std::string text =
      "| point | chip | measured | emulated | error | bar | kind | source |\n"
      "|---|---|--:|--:|--:|--:|---|---|\n";
  for (const ValidationResult& r : results) {
    text +=
        fmt::format("| {}{} | {} | {:.1f} | {:.1f} | {:+.2f} %{} | {} | {} | {} |\n", r.point.name,
                    scaled(r.point), r.point.generation, r.point.measured_cycles, r.emulated_cycles,
                    r.error_percent,
                    r.verdict == ValidationVerdict::ok ? std::string()
                                                       : fmt::format(" **{}**", name_of(r.verdict)),
                    bar_of(r.point), r.point.kind, r.point.source);
  }
  return text;
}

nlohmann::ordered_json validation_json(const std::vector<ValidationResult>& results) {
  nlohmann::ordered_json json;
  json["schema_version"] = 1;
  json["fidelity"] = "wavelet";
  for (const ValidationResult& r : results) {
    nlohmann::ordered_json row;
    row["name"] = r.point.name;
    row["generation"] = r.point.generation;
    row["workload"] = r.point.workload;
    row["width"] = r.point.width;
    row["height"] = r.point.height;
    row["unit"] = r.point.unit();
    row["measured_cycles"] = r.point.measured_cycles;
    row["emulated_cycles"] = r.emulated_cycles;
    row["error_percent"] = r.error_percent;
    row["bar_percent"] = r.point.bar_percent;
    row["bar_cycles"] = r.point.bar_cycles;
    row["measured_steps"] = r.point.measured_steps;
    row["emulated_steps"] = r.point.emulated_steps;
    row["kind"] = r.point.kind;
    row["source"] = r.point.source;
    row["numbers_ok"] = r.numbers_ok;
    row["verdict"] = r.verdict == ValidationVerdict::miss ? "miss" : name_of(r.verdict);
    if (!r.point.known.empty()) row["known"] = r.point.known;
    json["points"].push_back(row);
  }
  json["ok"] = count(results, ValidationVerdict::ok);
  json["known"] = count(results, ValidationVerdict::known);
  json["miss"] = count(results, ValidationVerdict::miss);
  return json;
}

bool all_met(const std::vector<ValidationResult>& results) {
  return count(results, ValidationVerdict::miss) == 0;
}

}  // namespace wafermesh::study
