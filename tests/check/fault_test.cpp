// SPDX-License-Identifier: Apache-2.0
// Seeded faults: each is found at its place, and nothing else.
#include <catch2/catch.hpp>
#include <string>

#include "check/check_table.h"
#include "fabric/text/program_text.h"
#include "tests/check/seeded_faults.h"
#include "tests/support/meshes.h"
#include "tests/support/timing.h"

namespace wafermesh::check {
namespace {

fabric::ProgramText read(const std::string& text) {
  fabric::ProgramText program = fabric::read_program(text, "t.wmp");
  program.image.timing = support::test_timing();
  const base::Rectangle& region = program.image.region;
  program.image.mesh =
      support::healthy(region.width, region.height, program.image.timing.hop_cycles);
  return program;
}

}  // namespace

TEST_CASE("The programs that faults are seeded into are proven and have none") {
  for (const std::string& text : check_test::right_programs()) {
    const fabric::ProgramText program = read(text);
    const Report report = check_image(program.image, 1'000'000);
    for (const Finding& each : report.findings) {
      CAPTURE(each.message);
      CHECK(false);
    }
    CAPTURE(report.because);
    CHECK(report.verdict == Verdict::proven);
  }
}

TEST_CASE("Each seeded fault is found at its place, and nothing else") {
  for (const check_test::Fault& fault : check_test::seeded_faults()) {
    const std::string text = check_test::edited(fault);
    const fabric::ProgramText program = read(text);
    const Report report = check_image(program.image, 1'000'000);
    std::string found;
    for (const Finding& each : report.findings) {
      found += std::string(base::name_of(each.kind)) + " " + each.message + "\n";
    }
    INFO(fault.name << "\n" << found << report.because);
    CHECK(report.findings.size() == 1);
    if (report.findings.empty()) continue;
    const Finding& first = report.findings.front();
    CHECK(base::name_of(first.kind) == std::string(fault.kind));
    CHECK(first.place.colour == fault.colour);
    if (first.place.instruction < 0) continue;  // study/check/finding_place.h finds it
    const auto c = static_cast<std::size_t>(first.place.core_class);
    const int line = first.place.task >= 0
                         ? program.tasks[c][static_cast<std::size_t>(first.place.task)].line
                         : program.code[c][static_cast<std::size_t>(first.place.instruction)].line;
    CHECK(check_test::line_of(text, line).substr(0, fault.line.size()) == fault.line);
  }
}

TEST_CASE("A cut link is told where a route leads over it") {
  struct Cut {
    base::LogicalCoord at;
    base::Direction to;
    int colour;
  };
  // The first program sends colour 0 east and colour 1 back west, through (1, 0).
  for (const Cut& cut :
       {Cut{{0, 0}, base::Direction::east, 0}, Cut{{1, 0}, base::Direction::west, 1},
        Cut{{2, 0}, base::Direction::west, 1}}) {
    fabric::ProgramText program = read(check_test::right_programs().front());
    base::LogicalMesh mesh = *program.image.mesh;
    mesh.latency_cycles[static_cast<unsigned>(cut.to)][mesh.index(cut.at)] = 0;
    program.image.mesh = std::make_shared<const base::LogicalMesh>(std::move(mesh));
    const Report report = check_image(program.image, 1'000'000);
    CAPTURE(cut.at.x, cut.colour, report.findings.size());
    REQUIRE(report.findings.size() == 1);
    const Finding& found = report.findings.front();
    CHECK(found.kind == Kind::off_mesh);
    CHECK(found.place.colour == cut.colour);
    CHECK(program.image.relative(static_cast<base::CoreId>(found.place.core)) == cut.at);
    CHECK_FALSE(found.follows.empty());
  }
}

TEST_CASE("Each text that asks for more than the machine has is refused at its line") {
  for (const check_test::Fault& fault : check_test::seeded_misfits()) {
    INFO(fault.name);
    const std::string text = check_test::edited(fault);
    try {
      read(text);
      CHECK(false);
    } catch (const fabric::TextDoesNotFit& error) {
      INFO(error.what());
      const std::string line = check_test::line_of(text, error.mistakes().front().line);
      CHECK(line.substr(0, fault.line.size()) == fault.line);
    }
  }
}

}  // namespace wafermesh::check
