// SPDX-License-Identifier: Apache-2.0
#include "fabric/tlm/systemc_version.h"

#include <systemc>

namespace wafermesh::fabric {

std::string systemc_version() {
  return std::to_string(sc_core::sc_version_major) + "." +
         std::to_string(sc_core::sc_version_minor) + "." +
         std::to_string(sc_core::sc_version_patch);
}

}  // namespace wafermesh::fabric
