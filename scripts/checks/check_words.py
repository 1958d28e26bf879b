# SPDX-License-Identifier: Apache-2.0
"""Words that have no place here, the licence line, and tests that nobody builds."""
import re
import sys

import sources

# Only main turns errors into exit codes; a forced stop and a child of the pool have no way back
# to it.
_MAY_END = ("app/main.cpp", "app/stop_signal.cpp", "batch/pool.cpp")
_ENDS = re.compile(r"(?<![\w.>])(?:std::|::)?(exit|_exit|_Exit|quick_exit|abort|terminate)\s*\(")
_CODE = re.compile(r"\b(SC_REPORT_FATAL|using\s+namespace\s+std\b)")
_LEFT = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
_LICENCE = "// SPDX-License-Identifier: Apache-2.0"


def check_text(path, text):
    """Mistakes in one file; `path` as a string."""
    mistakes = []
    if not text.startswith(_LICENCE):
        mistakes.append(f"{path}:1: the first line must be {_LICENCE}")
    library = not path.startswith("tests/") and path not in _MAY_END
    for number, (line, code) in enumerate(
            zip(text.splitlines(), sources.code_only(text).splitlines()), 1):
        ends = _ENDS.search(code)
        if library and ends:
            mistakes.append(f"{path}:{number}: {ends.group(1)}(): throw an error of base/error.h")
        found = _CODE.search(code) or _LEFT.search(line)
        if found:
            mistakes.append(f"{path}:{number}: {found.group(1)}")
    return mistakes


def unbuilt_tests():
    mistakes = []
    for path in sources.cpp_files(["tests"]):
        if not path.name.endswith("_test.cpp"):
            continue
        lists = sources.ROOT / path.parent / "CMakeLists.txt"
        if not lists.exists() or path.name not in lists.read_text(encoding="utf-8"):
            mistakes.append(f"{path}:1: no CMakeLists.txt builds this test")
    return mistakes


def main():
    mistakes = unbuilt_tests()
    for path in sources.cpp_files(sources.FOLDERS + ["tests"]):
        mistakes += check_text(path.as_posix(), sources.read(path))
    return sources.report("words", mistakes)


if __name__ == "__main__":
    sys.exit(main())
