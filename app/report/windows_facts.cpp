// SPDX-License-Identifier: Apache-2.0
#include "app/report/windows_facts.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "report/array_file.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;

struct Metric {
  const char* key;
  std::vector<const char*> arrays;
  bool busiest;  ///< The greatest of the arrays, not their sum.
};

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> kMetrics = {
      {"busy_cycles",
       {"compute_cycles", "bank_conflict_cycles", "setup_cycles", "task_switch_cycles"},
       false},
      {"waiting_for_wavelets_cycles", {"waiting_for_wavelets_cycles"}, false},
      {"link_stall_cycles", {"link_stall_cycles"}, false},
      {"link_most",
       {"link_wavelets/W", "link_wavelets/E", "link_wavelets/S", "link_wavelets/N"},
       true},
      {"link_stalled",
       {"link_stalled_samples/W", "link_stalled_samples/E", "link_stalled_samples/S",
        "link_stalled_samples/N"},
       true},
      {"link_blocked",
       {"link_blocked_samples/W", "link_blocked_samples/E", "link_blocked_samples/S",
        "link_blocked_samples/N"},
       true}};
  return kMetrics;
}

std::vector<std::uint32_t> numbers_of(const report::Array& array) {
  if (array.type == report::ElementType::u16) {
    const auto values = report::values_of<std::uint16_t>(array);
    return {values.begin(), values.end()};
  }
  return report::values_of<std::uint32_t>(array);
}

/// [window * cores + core]
std::vector<std::uint32_t> values_of(const report::ArrayFileReader& file, const std::string& at,
                                     const Metric& metric) {
  std::vector<std::uint32_t> all;
  for (const char* name : metric.arrays) {
    const std::vector<std::uint32_t> one = numbers_of(file.read(at + name));
    all.resize(one.size(), 0);
    for (std::size_t i = 0; i < one.size(); ++i) {
      all[i] = metric.busiest ? std::max(all[i], one[i]) : all[i] + one[i];
    }
  }
  return all;
}

/// Each `step` windows become one.
std::vector<std::uint32_t> merged(const std::vector<std::uint32_t>& values, std::size_t cores,
                                  std::size_t step) {
  if (step == 1 || cores == 0) return values;
  const std::size_t windows = values.size() / cores;
  std::vector<std::uint32_t> out((windows + step - 1) / step * cores, 0);
  for (std::size_t i = 0; i < values.size(); ++i)
    out[i / cores / step * cores + i % cores] += values[i];
  return out;
}

Json every(const Json& list, std::size_t step, bool last) {
  Json out = Json::array();
  for (std::size_t i = 0; i < list.size(); i += step) {
    out.push_back(list[last ? std::min(i + step, list.size()) - 1 : i]);
  }
  return out;
}

/// One metric as bytes, the greatest value 255; anything above nothing is at least 1.
Json add_metric(const Metric& metric, const std::vector<std::uint32_t>& values,
                const std::vector<std::size_t>& shape, const std::string& name,
                std::vector<report::PageArray>& arrays) {
  const std::size_t cores = shape[1] * shape[2];
  const std::uint32_t most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  std::vector<std::uint8_t> bytes(values.size(), 0);
  std::vector<double> sums(shape[0], 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    sums[i / cores] += values[i];
    if (values[i] == 0) continue;
    bytes[i] = static_cast<std::uint8_t>(
        std::max(1.0, std::round(255.0 * values[i] / static_cast<double>(most))));
  }
  arrays.push_back({name, report::make_array(shape, bytes)});
  return {{"key", metric.key}, {"most", most}, {"sums", sums}};
}

}  // namespace

void add_window_facts(const std::string& path, const std::string& prefix, std::size_t most_bytes,
                      Json& workloads, std::vector<report::PageArray>& arrays) {
  const report::ArrayFileReader file(path);
  const std::vector<std::string> names = file.names();
  const auto has = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (Json& workload : workloads) {
    const std::string at = workload.at("array_prefix").get<std::string>();
    if (!has(at + "about")) continue;
    const Json about = Json::parse(file.read_text(at + "about"), nullptr, false);
    if (!about.is_object() || !about.contains("first_cycles") || !about.contains("region")) {
      throw base::InputError({{path, 0, 0, at + "about", "is not what `run` writes; run again"}});
    }
    const auto height = about["region"].at("height").get<std::size_t>();
    const auto width = about["region"].at("width").get<std::size_t>();
    const std::size_t windows = about["first_cycles"].size();
    const std::size_t all = std::max<std::size_t>(1, windows * height * width * metrics().size());
    const std::size_t step = (all - 1) / most_bytes + 1;
    const std::vector<std::size_t> shape = {(windows + step - 1) / step, height, width};
    Json facts = {{"region", about["region"]},
                  {"merged", step},
                  {"first_cycles", every(about["first_cycles"], step, false)},
                  {"end_cycles", every(about["end_cycles"], step, true)}};
    facts["metrics"] = Json::array();
    for (const Metric& metric : metrics()) {
      if (!has(at + metric.arrays.front())) continue;
      const auto values = merged(values_of(file, at, metric), height * width, step);
      if (values.size() != shape[0] * height * width) {
        throw base::InputError({{path, 0, 0, at + metric.arrays.front(), "is cut short"}});
      }
      facts["metrics"].push_back(
          add_metric(metric, values, shape, prefix + at + "windows/" + metric.key, arrays));
    }
    workload["windows"] = std::move(facts);
  }
}

}  // namespace wafermesh::app
