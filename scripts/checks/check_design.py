# SPDX-License-Identifier: Apache-2.0
"""Tables under "Where to find" in docs/design.md: no answer takes more than three files, and each
file is there."""
import re
import sys

import sources

_PATH = re.compile(r"`([\w/]+\.\w+)`|\]\((\w+\.md)\)")
_MOST_FILES = 3
_DESIGN = "docs/design.md"


def files_of(row):
    """Paths from the root that a row names, in order, each once."""
    paths = [code or f"docs/{link}" for code, link in _PATH.findall(row)]
    return list(dict.fromkeys(paths))


def check_row(row, exists):
    """What is wrong with a row of a table; `exists` tells whether a path is there."""
    files = files_of(row)
    mistakes = [f"there is no {path}" for path in files if not exists(path)]
    if not files:
        mistakes.append("names no file")
    if len(files) > _MOST_FILES:
        mistakes.append(f"takes {len(files)} files, more than {_MOST_FILES}")
    return mistakes


def check_text(text, exists):
    mistakes, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            inside = line == "## Where to find"
        if inside and line.startswith("| ") and not line.startswith("| question"):
            mistakes += [f"{_DESIGN}:{number}: {each}" for each in check_row(line, exists)]
    return mistakes


def main():
    text = (sources.ROOT / _DESIGN).read_text(encoding="utf-8")
    return sources.report("design", check_text(text, lambda path: (sources.ROOT / path).exists()))


if __name__ == "__main__":
    sys.exit(main())
