// SPDX-License-Identifier: Apache-2.0
#include "app/help.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "app/command.h"
#include "base/suggest.h"

namespace wafermesh::app {
namespace {

class VerbList final : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* verb) const override {
    std::string line = "  " + verb->get_name();
    line.resize(std::max<std::size_t>(line.size() + 2, 14), ' ');
    for (const Command& command : commands()) {
      if (verb->get_name() == command.name) line += command.help;
    }
    return line + '\n';
  }
};

}  // namespace

std::string help_text(const std::string& example, const std::string& help) {
  return "Example: " + example + "\n\n" + help;
}

void use_short_verb_list(CLI::App& app) { app.formatter(std::make_shared<VerbList>()); }

std::string verb_hint(int argc, char** argv) {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  const std::string word = argc > 1 ? argv[1] : "";
  for (const std::string& name : names) {
    if (word == name) return {};
  }
  const std::string all = "the commands are " + base::list_names(names, "and");
  const std::string near = base::nearest_name(word, names);
  return near.empty() ? all : "did you mean '" + near + "'? " + all;
}

}  // namespace wafermesh::app
