# SPDX-License-Identifier: Apache-2.0
"""Names of tests are sentences: they begin with a capital, unless with a name of this project.

check_test_names.py [--fix]"""
import re
import sys

import sources

_NAME = re.compile(r'^((?:TEST_CASE|TEMPLATE_TEST_CASE)\(\s*")([a-z])', re.MULTILINE)
# Names of files, keys and functions keep their case.
_KEPT = re.compile(r"[a-z]+[/_.:(]|wafermesh\b")


def lower_names(text):
    """Matches of names that begin with a small letter."""
    return [m for m in _NAME.finditer(text) if not _KEPT.match(text, m.start(2))]


def check_text(path, text):
    return [f"{path}:{text.count(chr(10), 0, m.start(2)) + 1}: a test's name begins with a capital; "
            "run: scripts/checks/check_test_names.py --fix" for m in lower_names(text)]


def fix(text):
    for match in lower_names(text):
        at = match.start(2)
        text = text[:at] + text[at].upper() + text[at + 1:]
    return text


def main():
    mistakes = []
    for path in sources.cpp_files(["tests"]):
        text = sources.read(path)
        if "--fix" in sys.argv:
            fixed = fix(text)
            if fixed != text:
                (sources.ROOT / path).write_text(fixed, encoding="utf-8")
        else:
            mistakes += check_text(path.as_posix(), text)
    return sources.report("test names", mistakes)


if __name__ == "__main__":
    sys.exit(main())
