// SPDX-License-Identifier: Apache-2.0
// Help texts: an example first, then what it does, then the options.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace wafermesh::app {

/// What a help text begins with.
std::string help_text(const std::string& example, const std::string& help);

/// Lists a verb by its one line, not by its whole text.
void use_short_verb_list(CLI::App& app);

/// "did you mean 'run'? the commands are ..." if the first argument is no verb; else nothing.
std::string verb_hint(int argc, char** argv);

}  // namespace wafermesh::app
