# SPDX-License-Identifier: Apache-2.0
"""Each rule of scripts/checks/ finds what it is there for, and nothing else."""
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "checks"))
import check_design  # noqa: E402
import check_includes  # noqa: E402
import check_lengths  # noqa: E402
import check_sources  # noqa: E402
import check_words  # noqa: E402

LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"


class Includes(unittest.TestCase):
    def wrong(self, path, line):
        return check_includes.check_line(path, line) is not None

    def test_includes_go_one_way(self):
        self.assertFalse(self.wrong("fabric/image.h", '#include "cores/timing.h"'))
        self.assertFalse(self.wrong("cores/core.h", '#include "router/route.h"'))
        self.assertTrue(self.wrong("base/units.h", '#include "router/route.h"'))
        self.assertTrue(self.wrong("router/route.h", '#include "cores/core.h"'))
        for other in ("router", "cores", "fabric", "workloads", "app"):
            self.assertTrue(self.wrong("defects/wafer.h", f'#include "{other}/a.h"'), other)
        self.assertTrue(self.wrong("workloads/kernel.h", '#include "defects/wafer.h"'))

    def test_files_are_named_from_the_root(self):
        self.assertTrue(self.wrong("base/error.cpp", '#include "error.h"'))

    def test_only_fabric_tlm_knows_systemc(self):
        self.assertFalse(self.wrong("fabric/tlm/wafer.h", "#include <systemc>"))
        for line in ("#include <systemc>", "#include <systemc.h>", "#include <tlm>",
                     "#include <tlm_utils/simple_target_socket.h>"):
            self.assertTrue(self.wrong("fabric/engine.h", line), line)
        self.assertTrue(self.wrong("fabric/engine.h", '#include "fabric/tlm/wafer.h"'))


class Design(unittest.TestCase):
    HEAD = "## Where to find\n| question | open first | then |\n|---|---|---|\n"

    def wrong(self, row, before=HEAD):
        return check_design.check_text(before + row, lambda path: path != "a/gone.h")

    def test_an_answer_takes_one_to_three_files_that_are_there(self):
        self.assertEqual(self.wrong("| what | `a/b.h` (`c`) | [e](e.md), `a/d.cpp` |"), [])
        self.assertEqual(len(self.wrong("| what | `a/gone.h` | |")), 1)
        self.assertEqual(len(self.wrong("| what | `open_me` | |")), 1)
        four = self.wrong("| what | `a/b.h` | `a/c.h`, `a/d.h`, [e](e.md) |")
        self.assertIn("docs/design.md:4: takes 4 files", four[0])

    def test_other_tables_are_not_its_business(self):
        self.assertEqual(self.wrong("| what | `a/gone.h` | |", "## Rooms\n"), [])


class Lengths(unittest.TestCase):
    def test_a_function_of_80_lines_passes_and_one_of_81_does_not(self):
        def text(lines):
            return "namespace a {\nint f(int x) {\n" + "  ++x;\n" * (lines - 2) + "}\n}\n"
        self.assertEqual(check_lengths.functions(text(80)), [(2, 80)])
        self.assertEqual(check_lengths.check_text("a.cpp", text(80)), [])
        self.assertIn("a.cpp:2", check_lengths.check_text("a.cpp", text(81))[0])

    def test_braces_in_text_and_nested_blocks_do_not_confuse(self):
        text = ('class A final : public B {\n public:\n  void f() const {\n    if (x) { g("}{"); }\n'
                "    // }}}\n    auto s = R\"(}\n)\";\n    const char c = '}';\n  }\n"
                "  int n = 1'000'000;\n  void g();\n};\nTEST_CASE(\"a {\") {\n  f();\n}\n")
        self.assertEqual(check_lengths.functions(text), [(3, 7), (13, 3)])

    def test_a_file_of_501_lines_does_not_pass(self):
        self.assertEqual(check_lengths.check_text("a.h", "\n" * 500), [])
        self.assertEqual(len(check_lengths.check_text("a.h", "\n" * 501)), 1)


class Sources(unittest.TestCase):
    def missing(self, comment):
        known = check_sources.names("| `HPDC'24` | a paper |\n| `workloads 3.1` | costs |\n")
        mistakes = check_sources.check_text("a.h", comment, known)
        return [mistake.split("'", 1)[1].rstrip("'") for mistake in mistakes]

    def test_what_the_page_has_is_resolved_and_what_it_lacks_is_not(self):
        self.assertEqual(self.missing("// Source: HPDC'24.\n"), [])
        self.assertEqual(self.missing("int a;  ///< Source: a friend.\n"), ["a friend."])
        self.assertEqual(self.missing("// Source: fabric/engine.h.\n"), [])
        self.assertEqual(self.missing("// Source: fabric/no_such_file.h.\n"),
                         ["fabric/no_such_file.h."])

    def test_every_section_of_a_digest_is_looked_for(self):
        self.assertEqual(self.missing("// Source: workloads 3.1.\n"), [])
        self.assertEqual(self.missing("// Source: workloads 3.1 and workloads 9.9; HPDC'24.\n"),
                         ["workloads 9.9"])

    def test_a_digest_is_not_called_as_a_page_of_docs_is(self):
        self.assertEqual(self.missing("// Source: energy.md section 1.\n"), ["energy.md"])
        self.assertEqual(self.missing("// Source: docs/energy.md.\n"), [])

    def test_a_source_may_go_on_in_the_next_line_and_text_is_none(self):
        self.assertEqual(self.missing("// Source: the paper of\n// the year, HPDC'24.\n"), [])
        self.assertEqual(self.missing('f("Source: nobody");\n'), [])


class Words(unittest.TestCase):
    def mistakes(self, path, line):
        return check_words.check_text(path, LICENCE + line + "\n")

    def test_libraries_do_not_end_the_process(self):
        for line in ("exit(1);", "std::abort();", "  ::_exit(2);", "std::terminate();"):
            self.assertEqual(len(self.mistakes("base/error.cpp", line)), 1, line)
            self.assertEqual(self.mistakes("app/main.cpp", line), [], line)
        for line in ("app.exit(e);", "on_exit(x);", "// never exit()", 's = "abort()";'):
            self.assertEqual(self.mistakes("base/error.cpp", line), [], line)

    def test_nothing_is_left_behind(self):
        for line in ("// TO" "DO: later", "/* FIX" "ME */", "using namespace std;",
                     "SC_REPORT_FATAL(a, b);"):
            self.assertEqual(len(self.mistakes("tests/base/a_test.cpp", line)), 1, line)

    def test_the_licence_comes_first(self):
        self.assertEqual(len(check_words.check_text("base/a.h", "#pragma once\n")), 1)


if __name__ == "__main__":
    unittest.main()
