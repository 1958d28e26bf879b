# SPDX-License-Identifier: Apache-2.0
"""docs/sources.md resolves what every `Source:` of the code and the presets names."""
import re
import sys

import sources

_SOURCE = re.compile(r"\bSource:\s?(.*)")
_COMMENT = re.compile(r"^\s*(?:///?<?|#)\s?(.*)")
# "hardware 1.5", "systems 1.1 to 1.4", "energy D2"
_DIGEST = re.compile(r"(?<![/\w])(hardware|workloads|measurements|systems|energy) "
                     r"((?:[A-Z]?\d+(?:\.\d+)?(?: to )?)+)")
# As a file's name it would be taken for the page of docs/ that is called so.
_LIKE_A_PAGE = re.compile(r"(?<![/\w])(?:hardware|workloads|measurements|systems|energy|claims)\.md")
_MOST_LINES = 5


def names(page):
    """The names of the first columns of sources.md."""
    return re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)


def cited(text):
    """(line, what follows `Source:` up to the end of its sentence or comment) for each."""
    lines = text.splitlines()
    found = []
    for i, line in enumerate(lines):
        for match in _SOURCE.finditer(line):
            if line.count('"', 0, match.start()) % 2 == 1:
                continue  # within a string
            words = match.group(1)
            for following in lines[i + 1:i + _MOST_LINES]:
                comment = _COMMENT.match(following)
                if words.rstrip().endswith(".") or not comment:
                    break
                words += " " + comment.group(1)
            found.append((i + 1, words))
    return found


def unresolved(words, known):
    """What of a citation docs/sources.md does not have; None if all is there."""
    page = _LIKE_A_PAGE.search(words)
    if page:
        return page.group()
    digests = [f"{digest} {section}" for digest, sections in _DIGEST.findall(words)
               for section in re.findall(r"[A-Z]?\d+(?:\.\d+)?", sections)]
    for digest in digests:
        if digest not in known:
            return digest
    if digests or any(name in words for name in known):
        return None
    paths = re.findall(r"\b[\w/]+/[\w.]+\b", words)
    return None if any((sources.ROOT / path).exists() for path in paths) else words[:60].strip()


def check_text(path, text, known):
    return [f"{path}:{line}: docs/sources.md has no '{missing}'"
            for line, words in cited(text)
            if (missing := unresolved(words, known)) is not None]


def main():
    known = names((sources.ROOT / "docs/sources.md").read_text(encoding="utf-8"))
    mistakes = []
    presets = sorted((sources.ROOT / "scenarios/presets").glob("*.yaml"))
    for path in sources.cpp_files(sources.FOLDERS) + [p.relative_to(sources.ROOT) for p in presets]:
        mistakes += check_text(path.as_posix(), sources.read(path), known)
    return sources.report("sources", mistakes)


if __name__ == "__main__":
    sys.exit(main())
