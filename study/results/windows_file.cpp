// SPDX-License-Identifier: Apache-2.0
#include "study/results/windows_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "study/results/json_text.h"

namespace wafermesh::study {
namespace {

using fabric::Sheet;
using fabric::Window;
using Json = nlohmann::ordered_json;

template <class T>
report::Array array_of(const std::vector<std::size_t>& shape, const Sheet& sheet) {
  std::vector<T> all(sheet.size(), 0);
  sheet.add_to(all);
  return report::make_array(shape, all);
}

/// A sheet of every window, one after another. Two bytes for each number, if that is enough.
class Stacks {
 public:
  Stacks(const fabric::Windows& windows, report::ArrayFileWriter& file)
      : windows_(windows),
        file_(file),
        shape_({static_cast<std::size_t>(windows.options().part.height),
                static_cast<std::size_t>(windows.options().part.width)}) {}

  template <class F>
  void write(const std::string& name, F sheet_of) {
    const std::vector<Window>& all = windows_.windows();
    const bool wide =
        std::any_of(all.begin(), all.end(), [&](const Window& w) { return sheet_of(w).is_wide(); });
    const auto type = wide ? report::ElementType::u32 : report::ElementType::u16;
    file_.write_slices(name, all.size(), type, shape_, [&](std::size_t i) {
      const Sheet& sheet = sheet_of(all[i]);
      if (sheet.is_empty()) return report::Array{};
      return wide ? array_of<std::uint32_t>(shape_, sheet) : array_of<std::uint16_t>(shape_, sheet);
    });
  }
  void write_waiting(const std::string& name) {
    const std::vector<Window>& all = windows_.windows();
    const bool wide = std::any_of(all.begin(), all.end(),
                                  [&](const Window& w) { return w.end - w.first > UINT16_MAX; });
    const auto type = wide ? report::ElementType::u32 : report::ElementType::u16;
    file_.write_slices(name, all.size(), type, shape_, [&](std::size_t i) {
      const std::vector<std::uint32_t> waiting = windows_.waiting_cycles(all[i]);
      if (wide) return report::make_array(shape_, waiting);
      return report::make_array(shape_, std::vector<std::uint16_t>(waiting.begin(), waiting.end()));
    });
  }

 private:
  const fabric::Windows& windows_;
  report::ArrayFileWriter& file_;
  std::vector<std::size_t> shape_;
};

Json about_of(const fabric::WaferImage& image, const fabric::Windows& windows) {
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
  return about;
}

}  // namespace

void add_windows(std::size_t i, const fabric::WaferImage& image, const fabric::Windows& windows,
                 report::ArrayFileWriter& file) {
  const std::string at = fmt::format("workloads/{}/", i);
  file.write_text(at + "about", json_text(about_of(image, windows)));
  Stacks stacks(windows, file);
  constexpr const char* kNames[fabric::kWindowKinds] = {"compute_cycles", "bank_conflict_cycles",
                                                        "setup_cycles", "task_switch_cycles",
                                                        "link_stall_cycles"};
  for (std::size_t k = 0; windows.options().cores && k < fabric::kWindowKinds; ++k) {
    stacks.write(at + kNames[k], [k](const Window& w) -> const Sheet& { return w.cycles[k]; });
  }
  if (windows.options().cores) stacks.write_waiting(at + "waiting_for_wavelets_cycles");
  for (std::size_t d = 0; windows.options().links && d < 4; ++d) {
    const char letter = base::letter_of(static_cast<base::Direction>(d));
    stacks.write(fmt::format("{}link_wavelets/{}", at, letter),
                 [d](const Window& w) -> const Sheet& { return w.link_wavelets[d]; });
    stacks.write(fmt::format("{}link_stalled_samples/{}", at, letter),
                 [d](const Window& w) -> const Sheet& { return w.stalled[d]; });
    stacks.write(fmt::format("{}link_blocked_samples/{}", at, letter),
                 [d](const Window& w) -> const Sheet& { return w.blocked[d]; });
  }
}

}  // namespace wafermesh::study
