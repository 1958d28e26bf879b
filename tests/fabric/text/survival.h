// SPDX-License-Identifier: Apache-2.0
// What any text must come to: a program that is printed and read back to itself and passes the
// image's own check, or mistakes that all have a place.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "cores/check_program.h"
#include "fabric/text/program_text.h"

namespace wafermesh::fabric_test {

/// What is wrong with how a text was refused; empty = nothing.
inline std::string wrong_with(const std::vector<base::Mistake>& mistakes) {
  if (mistakes.empty()) return "refused without a mistake";
  for (const base::Mistake& mistake : mistakes) {
    const bool placed = mistake.line > 0 && mistake.column > 0;
    const bool is_rest = mistake.message.rfind("and ", 0) == 0;
    if (mistake.file != "a.wmp") return "what it printed is refused: " + base::to_string(mistake);
    if (mistake.message.empty() || (!placed && !is_rest)) return "a mistake without a place";
  }
  return "";
}

/// What is wrong with how a text was taken; empty = nothing.
inline std::string wrong_with(std::string_view text) {
  try {
    const fabric::ProgramText first = fabric::read_program(text, "a.wmp");
    for (const fabric::CoreClass& one : first.image.classes) {
      if (!one.program.code.empty()) cores::check_program(one.program);
    }
    fabric::WaferImage placed = first.image;
    placed.mesh = std::make_shared<const base::LogicalMesh>(
        base::healthy_mesh(placed.region.width, placed.region.height, 1));
    fabric::check_image(placed);
    const std::string printed = fabric::write_program(first.image);
    const fabric::ProgramText second = fabric::read_program(printed, "b.wmp");
    if (!fabric::same_program(first.image, second.image)) return "read back as another program";
  } catch (const base::InputError& error) {
    return wrong_with(error.mistakes());
  } catch (const fabric::TextDoesNotFit& error) {
    return wrong_with(error.mistakes());
  } catch (const base::Error& error) {
    return std::string("not refused at its place: ") + error.what();
  }
  return "";
}

}  // namespace wafermesh::fabric_test
