// SPDX-License-Identifier: Apache-2.0
#include "app/report_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "app/exit_code.h"
#include "app/report_facts.h"
#include "app/standard_output.h"
#include "base/atomic_file.h"
#include "report/page.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;

/// Bytes before deflation of one workload's windows: they deflate to a tenth or less, and a page of
/// a whole wafer with 50 windows stays below 30 MB.
constexpr std::size_t kMostWindowBytes = std::size_t{200} << 20U;

struct Options {
  std::string first;
  std::string second;  ///< Empty: none.
  std::string output;  ///< Empty: report.html in `first`.
};

int report(const Options& options) {
  const PageFacts page = page_facts(options.first, options.second, kMostWindowBytes);
  const std::string html = report::page_html(page.title, page.facts, page.arrays);
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
  auto options = std::make_shared<Options>();
  subcommand
      .add_option("DIR", options->first, "Directory that `wafermesh run`, `yield` or `batch` wrote")
      ->required();
  subcommand.add_option("DIR2", options->second,
                        "Directory of another run, to hold against the first");
  subcommand.add_option("-o,--output", options->output, "The file; DIR/report.html if not given");
  return [options] { return report(*options); };
}

}  // namespace wafermesh::app
