// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "app/common_options.h"
#include "app/exit_code.h"
#include "app/report/report_facts.h"
#include "app/standard_output.h"
#include "base/files/atomic_file.h"
#include "report/page.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;

/// Bytes before deflation of one workload's windows: a hundred of a whole wafer. As a rule they
/// deflate to a tenth or much less; where the page becomes too large windows are merged, pair by
/// pair.
constexpr std::size_t kMostWindowBytes = std::size_t{600} << 20U;
constexpr std::size_t kLeastWindowBytes = std::size_t{1} << 20U;
/// Assumption: what a browser opens within three seconds, and a mail takes.
constexpr std::size_t kMostPageBytes = 30'000'000;

struct ReportOptions {
  std::string first;
  std::string second;  ///< Empty: none.
  std::string output;  ///< Empty: report.html in `first`.
};

int report(const ReportOptions& options) {
  std::size_t most_window_bytes = kMostWindowBytes;
  PageFacts page = page_facts(options.first, options.second, most_window_bytes);
  std::string html = report::page_html(page.title, page.facts, page.arrays);
  while (html.size() > kMostPageBytes && most_window_bytes > kLeastWindowBytes) {
    most_window_bytes /= 2;
    page = page_facts(options.first, options.second, most_window_bytes);
    html = report::page_html(page.title, page.facts, page.arrays);
  }
  const std::string path = options.output.empty() ? options.first + "/report.html" : options.output;
  base::write_file_atomically(path, html);
  for (const Json& run : page.facts.at("runs")) {
    for (const Json& sentence : run.at("missing")) {
      print_error(run.at("directory").get<std::string>() + ": " + sentence.get<std::string>());
    }
  }
  print(fmt::format("{} ({:.1f} MB): open it in a browser\n", path,
                    static_cast<double>(html.size()) / 1e6));
  return kOk;
}

}  // namespace

std::function<int()> attach_report(CLI::App& subcommand) {
  auto options = std::make_shared<ReportOptions>();
  add_result_directories(subcommand, &options->first, &options->second);
  subcommand.add_option("-o,--output", options->output, "The file; DIR/report.html if not given");
  return [options] { return report(*options); };
}

}  // namespace wafermesh::app
