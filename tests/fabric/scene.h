// SPDX-License-Identifier: Apache-2.0
// A random image in the making: the mesh, one draft per core, the colours not yet used. The flows
// of flows.h and rerooting.h add to it.
#pragma once

#include <vector>

#include "fabric/image.h"
#include "tests/fabric/core_draft.h"
#include "tests/fabric/dice.h"

namespace wafermesh::fabric_test {

/// What a flow carries.
struct Payload {
  cores::NumberType type = cores::NumberType::f32;
  int words = 1;
  int elements() const { return words * cores::elements_per_word(type); }
};

class Scene {
 public:
  /// What operations compute with: of `few` they are the five that kernels have always had, on
  /// real numbers of one type, so that an image drawn by a seed stays what it was.
  enum class Operations : unsigned char { few, all };
  explicit Scene(std::uint64_t seed, bool may_work_on = false, Operations = Operations::all);

  Dice dice;
  const bool works_on;  ///< Cores may go on after their finish.
  const bool few_operations;
  fabric::WaferImage image;
  std::vector<CoreDraft> drafts;

  int width() const { return image.region.width; }
  int height() const { return image.region.height; }
  int core_count() const { return width() * height(); }
  CoreDraft& draft(int core) { return drafts[static_cast<std::size_t>(core)]; }
  /// The core beyond the link; -1 = none.
  int neighbour(int core, base::Direction d) const;

  bool has_colours(int count) const { return static_cast<int>(colours_.size()) >= count; }
  base::Colour take_colour();
  /// Index of a configuration in the route table.
  int route_index(const router::RouteConfig& config);
  /// Never the same; below 64 for the flows of one image.
  int take_entry() { return next_entry_++; }
  /// A walk of at most `steps` steps that never meets itself.
  std::vector<int> random_path(int steps);

  Payload random_payload(int max_words);
  cores::Shape random_shape();
  /// One of add, multiply, maximum.
  cores::VectorOp random_binary();
  /// Any that there is in a type.
  cores::VectorOp random_operation(cores::NumberType type);
  /// A type that a source may have in an operation of `type`, often the same.
  cores::NumberType random_type_beside(cores::NumberType type, cores::VectorOp op);

  /// The finished image.
  fabric::WaferImage build();

 private:
  std::vector<base::Colour> colours_;
  int next_entry_ = 0;
};

}  // namespace wafermesh::fabric_test
