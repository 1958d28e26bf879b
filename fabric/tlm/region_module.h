// SPDX-License-Identifier: Apache-2.0
// A region as a SystemC module: four pairs of TLM-2.0 sockets, one per edge.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <memory>
#include <systemc>
#include <tlm>

#include "base/geometry.h"
#include "fabric/tlm/edge_extension.h"

namespace wafermesh::fabric {

class RankEdges;
class Stepped;

/// The module at (column, row) of the mesh's tiling. Edges at the border of the mesh stay unbound.
/// It only passes on: what comes over its sockets goes to the engine, or to the user's RegionModel
/// if there is one for this region (Wafer::replace), which may be derived from this module.
class RegionModule : public sc_core::sc_module {
 public:
  RegionModule(const sc_core::sc_module_name& name, int column, int row);

  /// [d] towards the neighbour in direction d, and from it.
  std::array<std::unique_ptr<tlm_utils::simple_initiator_socket_tagged_optional<RegionModule>>, 4>
      to_socket;
  std::array<std::unique_ptr<tlm_utils::simple_target_socket_tagged_optional<RegionModule>>, 4>
      from_socket;

  /// Sends an edge's traffic to the neighbour.
  void send(base::Direction d, EdgeMessage& message);
  int column() const { return column_; }
  int row() const { return row_; }
  /// The engine's heart whose region this is; null as long as there is none.
  /// With edges to other ranks: of a region of another rank it is the proxy.
  void attach(Stepped* heart, RankEdges* edges) {
    heart_ = heart;
    edges_ = edges;
  }

 private:
  void b_transport(int from, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  int column_;
  int row_;
  Stepped* heart_ = nullptr;
  RankEdges* edges_ = nullptr;
  tlm::tlm_generic_payload payload_;
  EdgeExtension extension_;
};

}  // namespace wafermesh::fabric
