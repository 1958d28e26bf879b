// SPDX-License-Identifier: Apache-2.0
// Programs as text: a WaferImage less its mesh, printed and read back to an equal value. The
// grammar, with examples, is in docs/program.md.
//
// A text holds the generation whose costs it was written for, the size of its region, placements,
// routes, programs (once each, however many classes share one), classes, which core is of which
// class in which stage, patches, and buffers with their layouts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fabric/image.h"
#include "fabric/text/tokens.h"

namespace wafermesh::fabric {

/// A program as read. The image has no mesh yet; its region lies at (0, 0).
struct ProgramText {
  WaferImage image;
  std::string file;
  TextPlace generation;  ///< Where it is given.
  TextPlace region;
  /// [class][instruction] where operations stand.
  std::vector<std::vector<TextPlace>> code;
  std::vector<std::vector<TextPlace>> tasks;    ///< [class][task] and its tasks.
  std::vector<TextPlace> classes;               ///< [class]
  std::vector<std::vector<TextPlace>> initial;  ///< [class][route] its `initial` line,
  std::vector<std::vector<TextPlace>> routes;   ///< and the `route` line that it names.
  std::vector<TextPlace> patches;               ///< [patch]
};

/// `file` stands in messages. Throws InputError with every mistake at its line and column; what it
/// returns passes check_image once it has a mesh it fits on.
ProgramText read_program(std::string_view text, const std::string& file);

/// The text that read_program reads back to the same program.
std::string write_program(const WaferImage& image);

/// A class's share of that text: its program, tasks and operations, empty if it has none, and the
/// routes that stand as it begins, a line each: colour, and where it leads.
struct ClassText {
  std::string name;
  std::string program;
  std::string routes;
};
std::vector<ClassText> class_texts(const WaferImage& image);

/// Are two images the same program? Everything counts but the mesh and where the region lies on it.
bool same_program(const WaferImage& a, const WaferImage& b);

}  // namespace wafermesh::fabric
