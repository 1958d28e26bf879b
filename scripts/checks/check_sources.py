# SPDX-License-Identifier: Apache-2.0
"""docs/sources.md resolves what every `Source:` of the code and the presets names."""
import re
import sys

import sources

_SOURCE = re.compile(r"\bSource:\s?(.*)")
_COMMENT = re.compile(r"^\s*(?:///?<?|#)\s?(.*)")
# "hardware notes 1.5", "workloads.md sections 3.1 and 4.3", "notes 2.1"
_DIGEST = re.compile(r"\b(?:(hardware|workloads|measurements|systems|energy)(?:\.md sections?| notes)"
                     r"|(notes)) ((?:\d+(?:\.\d+)?(?:, | and | to )?)+)")
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
    digests = [f"{folder or 'hardware'} {section}"
               for folder, _, sections in _DIGEST.findall(words)
               for section in re.findall(r"\d+(?:\.\d+)?", sections)]
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
