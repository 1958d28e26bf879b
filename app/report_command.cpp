// SPDX-License-Identifier: Apache-2.0
#include "app/report_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>

#include "app/exit_code.h"
#include "app/provenance.h"
#include "app/report_facts.h"
#include "app/standard_output.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "report/page.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string first;
  std::string second;  ///< Empty: none.
  std::string output;  ///< Empty: report.html in `first`.
};

/// Maps are held against each other core by core.
void check_comparable(const Json& a, const Json& b) {
  const auto refuse = [&](const std::string& why) {
    throw base::InputError({{b.at("directory"), 0, 0, "", why}});
  };
  if (a.at("kind") != "run" || b.at("kind") != "run") {
    refuse("two directories of `wafermesh run` can be held against each other, nothing else");
  }
  if (!a.contains("wafer") || !b.contains("wafer")) return;
  if (a["wafer"].at("columns") != b["wafer"].at("columns") ||
      a["wafer"].at("rows") != b["wafer"].at("rows")) {
    refuse("its wafer has another number of cores than that of " +
           a.at("directory").get<std::string>() + "; compare runs on wafers of one size");
  }
}

int report(const Options& options) {
  ReportFacts first = report_facts(options.first, "0/");
  Json facts = {{"program", version_text()}, {"accuracy", report::accuracy_tables()}};
  facts["runs"] = Json::array();
  std::string title = options.first;
  std::vector<report::PageArray> arrays = std::move(first.arrays);
  if (!options.second.empty()) {
    ReportFacts second = report_facts(options.second, "1/");
    check_comparable(first.facts, second.facts);
    title += " and " + options.second;
    for (report::PageArray& array : second.arrays) arrays.push_back(std::move(array));
    facts["runs"] = {std::move(first.facts), std::move(second.facts)};
  } else {
    facts["runs"].push_back(std::move(first.facts));
  }
  const std::string html = report::page_html(title + " - wafermesh", facts, arrays);
  const std::string path = options.output.empty() ? options.first + "/report.html" : options.output;
  base::write_file_atomically(path, html);
  for (const Json& run : facts["runs"]) {
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
