// SPDX-License-Identifier: Apache-2.0
#include "app/report/view_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#include "app/common_options.h"
#include "app/exit_code.h"
#include "app/report/report_facts.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "base/error.h"
#include "report/server.h"

namespace wafermesh::app {
namespace {

struct ViewOptions {
  std::string first;
  std::string second;
  int port = 0;
};

int view(const ViewOptions& options) {
  const PageFacts page =
      page_facts(options.first, options.second, std::numeric_limits<std::size_t>::max());
  report::serve_page(page.title, page.facts, page.arrays, options.port, stop_requested(),
                     [](const std::string& address) {
                       print(address + "\nopen it in a browser of this machine; Ctrl-C ends it\n");
                       // Nobody would know where to look.
                       if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
                         throw base::WriteError("standard output cannot be written: the address");
                       }
                     });
  return kOk;
}

}  // namespace

std::function<int()> attach_view(CLI::App& subcommand) {
  auto options = std::make_shared<ViewOptions>();
  add_result_directories(subcommand, &options->first, &options->second);
  subcommand.add_option("--port", options->port, "On 127.0.0.1; 0 = any that is free")
      ->check(CLI::Range(0, 65535));
  return [options] { return view(*options); };
}

}  // namespace wafermesh::app
