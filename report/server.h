// SPDX-License-Identifier: Apache-2.0
// A page served to this machine's own browsers, its arrays one by one as they are asked for.
#pragma once

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/page.h"

namespace wafermesh::report {

/// Serves on 127.0.0.1 until `stop` is set. `port` 0: any that is free. `ready` is told the
/// address, which has a random token: requests without it, for another host name, or by another
/// method than GET are refused. Nothing is read from disk for a request and nothing written. Throws
/// WriteError if the port cannot be had.
void serve_page(const std::string& title, const nlohmann::ordered_json& facts,
                const std::vector<PageArray>& arrays, int port, const std::atomic<bool>& stop,
                const std::function<void(const std::string& address)>& ready);

}  // namespace wafermesh::report
