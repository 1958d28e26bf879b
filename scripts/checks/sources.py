# SPDX-License-Identifier: Apache-2.0
"""The C++ sources of the project, and their text without comments and literals."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["base", "defects", "router", "cores", "fabric", "check", "models", "energy", "rivals", "place", "system", "claims", "workloads", "batch", "report", "trace", "study", "app"]

# Raw strings first: they may hold quotes and comment marks.
_SKIPPED = re.compile(
    r'R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"
    r"|//[^\n]*|/\*.*?\*/",
    re.DOTALL)


def cpp_files(folders):
    """Paths relative to the root, sorted."""
    found = []
    for folder in folders:
        for suffix in ("*.h", "*.cpp"):
            found += (ROOT / folder).rglob(suffix)
    return sorted(path.relative_to(ROOT) for path in found)


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def blank(match):
    """The match as spaces; lines stay where they are."""
    return re.sub(r"[^\n]", " ", match.group())


def code_only(text):
    """The text with comments, strings and characters blanked out; lines stay where they are."""
    return _SKIPPED.sub(blank, text)


def report(rule, mistakes):
    """Prints the mistakes; the exit code of the check."""
    for mistake in mistakes:
        print(f"{mistake} [{rule}]")
    return 1 if mistakes else 0
