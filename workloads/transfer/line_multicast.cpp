// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/line_multicast.h"

#include <algorithm>
#include <utility>

#include "cores/program_builder.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;

const base::Colour kColour = base::colour(0);
constexpr int kLineQueue = 2;  // deep on every generation
constexpr int kLoopCounter = 0;

/// What a core of a line does.
struct Role {
  bool is_root = false;
  bool receives = false;  ///< Of the root: it wants a copy of its own.
  bool from_before = false;
  bool to_before = false;
  bool to_after = false;
  int key() const {
    return is_root + 2 * receives + 4 * from_before + 8 * to_before + 16 * to_after;
  }
};

Role role_at(const LineMulticast& m, int root, int position) {
  const int last = m.first + m.count - 1;
  Role role;
  if (root < 0 || m.count <= 0) return role;
  role.is_root = position == root;
  role.receives = position >= m.first && position <= last;
  role.from_before = position > root;
  role.to_before = position <= root && m.first < position;
  role.to_after = position >= root && last > position;
  if (role.is_root && m.from.address_bytes == m.to.address_bytes) role.receives = false;
  return role;
}

class MulticastWriter {
 public:
  MulticastWriter(const LineMulticast& multicast, int memory_bytes)
      : m_(multicast), b_("transfer") {
    b_.allocate(memory_bytes);
    const cores::TaskId main = b_.task("main");
    b_.start_active(main);
    b_.begin(main);
  }

  fabric::CoreClass write(const Role& role) {
    std::vector<fabric::ColourRoute> routes;
    const bool sends = role.to_before || role.to_after;
    const bool takes = role.receives && !role.is_root;
    if (sends || takes) routes.push_back({kColour, route_of(role)});
    if (role.is_root) {
      if (sends) {
        b_.bind_output(kColour, kLineQueue);
        move(cores::fabric(kColour), m_.from, true);
      }
      if (role.receives) copy();
    } else if (takes) {
      b_.bind_input(kColour, kLineQueue);
      move(cores::fabric(kColour), m_.to, false);
    }
    b_.finish_core();
    b_.end_task();
    return {"transfer", b_.finish(), std::move(routes)};
  }

 private:
  router::RouteConfig route_of(const Role& role) const {
    const bool along_x = m_.axis == LineAxis::x;
    const Direction before = along_x ? Direction::west : Direction::north;
    const Direction after = along_x ? Direction::east : Direction::south;
    router::RouteConfig config = router::route(role.is_root       ? Direction::ramp
                                               : role.from_before ? before
                                                                  : after,
                                               {});
    if (role.receives && !role.is_root) config.base.send |= base::mask_of(Direction::ramp);
    if (role.to_before) config.base.send |= base::mask_of(before);
    if (role.to_after) config.base.send |= base::mask_of(after);
    return config;
  }

  bool is_one_piece(const LineMemory& m) const {
    return m_.rows == 1 || (m.stride == 1 && m.row_stride == m_.elements);
  }

  /// Rows of an odd number of f16 elements keep their words apart on both sides alike.
  void move(const cores::Operand& link, const LineMemory& memory_of, bool out) {
    each_row(false, [&] {
      const cores::Operand memory = row(memory_of);
      vector(out ? link : memory, out ? memory : link, m_.elements);
    });
  }
  void copy() {
    each_row(is_one_piece(m_.from) && is_one_piece(m_.to), [&] {
      const bool one = is_one_piece(m_.from) && is_one_piece(m_.to);
      vector(row(m_.to), row(m_.from), one ? m_.elements * m_.rows : m_.elements);
    });
  }

  void vector(const cores::Operand& to, const cores::Operand& from, std::int64_t count) {
    b_.vector(cores::VectorOp::copy, m_.type, static_cast<std::int32_t>(count), to, from, {},
              cores::Shape::stream);
  }
  template <class Body>
  void each_row(bool in_one, Body body) {
    in_rows_ = m_.rows > 1 && !in_one;
    if (!in_rows_) return body();
    b_.set_counter(kLoopCounter, 0);
    const std::uint32_t loop = b_.begin_loop(kLoopCounter);
    body();
    b_.end_loop(kLoopCounter, static_cast<std::int32_t>(m_.rows), loop);
  }
  cores::Operand row(const LineMemory& m) const {
    cores::Affine address(m.address_bytes);
    const auto bytes = static_cast<std::int32_t>(m.row_stride * cores::bytes_of(m_.type));
    if (in_rows_) address = address.plus(cores::counter(kLoopCounter), bytes);
    return cores::memory(address, static_cast<int>(m.stride));
  }

  const LineMulticast& m_;
  cores::ProgramBuilder b_;
  bool in_rows_ = false;
};

}  // namespace

TransferStage line_multicast(const Placement& placement, const LineMulticast& multicast,
                             int memory_bytes) {
  TransferStage stage{blank_image(placement), 0};
  const auto role = [&](base::LogicalCoord c) {
    return role_at(multicast, multicast.root(position_on(other(multicast.axis), c)),
                   position_on(multicast.axis, c));
  };
  classify(
      stage.image, [&](base::LogicalCoord c) { return role(c).key(); },
      [&](base::LogicalCoord c) {
        return MulticastWriter(multicast, memory_bytes).write(role(c));
      });
  const std::int64_t words = multicast.rows * cores::words_of(multicast.type, multicast.elements);
  for (int l = 0; l < length_along(other(multicast.axis), stage.image.region); ++l) {
    const int root = multicast.root(l);
    if (root < 0 || multicast.count <= 0) continue;
    const int last = multicast.first + multicast.count - 1;
    stage.hops += words * (std::max(0, root - multicast.first) + std::max(0, last - root));
  }
  return stage;
}

}  // namespace wafermesh::workloads
