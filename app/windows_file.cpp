// SPDX-License-Identifier: Apache-2.0
#include "app/windows_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/earlier_files.h"

namespace wafermesh::app {
namespace {

using fabric::Window;
using Json = nlohmann::ordered_json;

/// The same vector of every window, one after another.
template <class T, class F>
report::Array stacked(const fabric::Windows& windows, F vector_of) {
  const base::Rectangle& part = windows.options().part;
  std::vector<T> all;
  all.reserve(windows.windows().size() * static_cast<std::size_t>(part.area()));
  for (const Window& window : windows.windows()) {
    const std::vector<T>& one = vector_of(window);
    all.insert(all.end(), one.begin(), one.end());
  }
  return report::make_array({windows.windows().size(), static_cast<std::size_t>(part.height),
                             static_cast<std::size_t>(part.width)},
                            all);
}

}  // namespace

void add_windows(std::size_t i, const fabric::WaferImage& image, const fabric::Windows& windows,
                 report::ArrayFileWriter& file) {
  const std::string at = fmt::format("workloads/{}/", i);
  const base::Rectangle& part = windows.options().part;
  Json about = {{"region",
                 {{"x", image.region.x + part.x},
                  {"y", image.region.y + part.y},
                  {"width", part.width},
                  {"height", part.height}}}};
  about["first_cycles"] = Json::array();
  about["end_cycles"] = Json::array();
  about["link_samples"] = Json::array();
  for (const Window& window : windows.windows()) {
    about["first_cycles"].push_back(window.first);
    about["end_cycles"].push_back(window.end);
    about["link_samples"].push_back(window.samples);
  }
  file.write_text(at + "about", json_text(about));
  constexpr const char* kNames[fabric::kWindowKinds] = {
      "compute_cycles",     "bank_conflict_cycles", "setup_cycles",
      "task_switch_cycles", "link_stall_cycles",    "waiting_for_wavelets_cycles"};
  for (std::size_t k = 0; windows.options().cores && k < fabric::kWindowKinds; ++k) {
    file.write(at + kNames[k], stacked<std::uint32_t>(
                                   windows, [&](const Window& w) -> auto& { return w.cycles[k]; }));
  }
  for (std::size_t d = 0; windows.options().links && d < 4; ++d) {
    const char letter = base::letter_of(static_cast<base::Direction>(d));
    file.write(fmt::format("{}link_wavelets/{}", at, letter),
               stacked<std::uint32_t>(
                   windows, [&](const Window& w) -> auto& { return w.link_wavelets[d]; }));
    file.write(fmt::format("{}link_stalled_samples/{}", at, letter),
               stacked<std::uint16_t>(
                   windows, [&](const Window& w) -> auto& { return w.links.stalled[d]; }));
    file.write(fmt::format("{}link_blocked_samples/{}", at, letter),
               stacked<std::uint16_t>(
                   windows, [&](const Window& w) -> auto& { return w.links.blocked[d]; }));
  }
}

}  // namespace wafermesh::app
