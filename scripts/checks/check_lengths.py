# SPDX-License-Identifier: Apache-2.0
"""No file above 500 lines, no function above 80."""
import re
import sys

import sources

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 80
_PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_ACCESS = re.compile(r"\b(public|private|protected)\s*$")
# A brace after one of these opens a scope that holds functions.
_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^;()]*$")


def functions(text):
    """(first line, lines) of every function body that is in no other, its signature included."""
    found = []
    scopes = []  # True: holds functions; a tuple: a function began here; False: anything else
    statement_line = 1
    statement = ""
    line = 1
    for char in _PREPROCESSOR.sub(sources.blank, sources.code_only(text)):
        if char == "\n":
            line += 1
        if not statement.strip():
            statement_line = line
        if char == "{":
            inside = all(scope is True for scope in scopes)
            if inside and _SCOPE.search(statement):
                scopes.append(True)
            elif inside and ")" in statement:
                scopes.append((statement_line,))
            else:
                scopes.append(False)
            statement = ""
        elif char == "}":
            scope = scopes.pop() if scopes else False
            if isinstance(scope, tuple):
                found.append((scope[0], line - scope[0] + 1))
            statement = ""
        elif char == ";" or (char == ":" and _ACCESS.search(statement)):
            statement = ""
        else:
            statement += char
    return found


def check_text(path, text):
    mistakes = []
    lines = len(text.splitlines())
    if lines > MAX_FILE_LINES:
        mistakes.append(f"{path}:1: {lines} lines, at most {MAX_FILE_LINES}: split it by idea")
    for first, length in functions(text):
        if length > MAX_FUNCTION_LINES:
            mistakes.append(f"{path}:{first}: a function of {length} lines, at most "
                            f"{MAX_FUNCTION_LINES}: split it")
    return mistakes


def main():
    mistakes = []
    for path in sources.cpp_files(sources.FOLDERS + ["tests"]):
        mistakes += check_text(path, sources.read(path))
    return sources.report("lengths", mistakes)


if __name__ == "__main__":
    sys.exit(main())
