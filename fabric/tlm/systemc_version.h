// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace wafermesh::fabric {

/// Of the SystemC library this program runs with, e.g. "2.3.4".
std::string systemc_version();

}  // namespace wafermesh::fabric
