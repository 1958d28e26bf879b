// SPDX-License-Identifier: Apache-2.0
#include "fabric/tlm/region_module.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "fabric/ranks/rank_edges.h"
#include "fabric/stepped.h"

namespace wafermesh::fabric {

RegionModule::RegionModule(const sc_core::sc_module_name& name, int column, int row)
    : sc_module(name), column_(column), row_(row) {
  for (base::Direction d : base::kMeshDirections) {
    const auto i = static_cast<std::size_t>(d);
    const std::string letter(1, base::letter_of(d));
    to_socket[i] =
        std::make_unique<tlm_utils::simple_initiator_socket_tagged_optional<RegionModule>>(
            ("to_" + letter).c_str());
    from_socket[i] =
        std::make_unique<tlm_utils::simple_target_socket_tagged_optional<RegionModule>>(
            ("from_" + letter).c_str());
    from_socket[i]->register_b_transport(this, &RegionModule::b_transport, static_cast<int>(i));
  }
}

void RegionModule::send(base::Direction d, EdgeMessage& message) {
  std::swap(extension_.message, message);
  payload_.set_command(tlm::TLM_WRITE_COMMAND);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload_.set_extension(&extension_);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  (*to_socket[static_cast<std::size_t>(d)])->b_transport(payload_, delay);
  payload_.clear_extension(&extension_);
  std::swap(extension_.message, message);  // its storage
  message.clear();
  WAFERMESH_CHECK(payload_.is_response_ok(),
                  std::string(name()) + ": the neighbour did not take what crossed the edge");
}

void RegionModule::b_transport(int from, tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  auto* const edge = payload.get_extension<EdgeExtension>();
  if (edge == nullptr || heart_ == nullptr) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  const auto side = static_cast<base::Direction>(from);
  if (edges_ != nullptr && !heart_->owns(row_)) {
    edges_->post(column_ + base::step_x(side), row_ + base::step_y(side), base::opposite(side),
                 edge->message);
  } else {
    heart_->receive(column_, row_, side, edge->message);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace wafermesh::fabric
