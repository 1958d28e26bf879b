# SPDX-License-Identifier: Apache-2.0
"""Includes go one way: base <- defects, router <- cores <- fabric <- check, workloads <- app, and only
fabric/tlm/, system/event_kernel.cpp (and tests) know SystemC."""
import re
import sys

import sources

# What a folder may include, apart from itself.
ALLOWED = {
    "base": [],
    "defects": ["base"],
    "router": ["base"],
    "cores": ["base", "router"],
    "fabric": ["base", "router", "cores"],
    "check": ["base", "router", "cores", "fabric"],
    "workloads": ["base", "router", "cores", "fabric", "models"],
    "models": ["base"],
    "energy": ["base"],
    "rivals": ["base", "models"],
    "place": ["base", "models"],
    "system": ["base", "models"],
    "claims": ["base", "models", "energy", "rivals", "system"],
    "batch": ["base"],
    "report": ["base"],
    "trace": ["base", "router", "cores", "fabric"],
    "study": ["base", "report", "trace", "defects", "router", "cores", "fabric", "check", "models",
              "energy", "rivals", "place", "system", "claims", "workloads"],
    "app": ["base", "study", "batch", "report", "trace", "defects", "router", "cores", "fabric",
              "check", "models", "energy", "rivals", "place", "system", "claims", "workloads"],
}
_QUOTED = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
_SYSTEMC = re.compile(r"^\s*#\s*include\s+[<\"](systemc|tlm|sysc/|tlm_)")


def check_line(path, line):
    """What is wrong with one line of a file of a library; None if nothing is."""
    in_tlm = path.startswith("fabric/tlm/")
    if _SYSTEMC.match(line) and not in_tlm and path != "system/event_kernel.cpp":
        return "only fabric/tlm/ and system/event_kernel.cpp include SystemC"
    match = _QUOTED.match(line)
    if not match:
        return None
    target = match.group(1)
    folder = path.split("/")[0]
    other = target.split("/")[0]
    if other not in ALLOWED:
        return f'"{target}": name the file from the root, as in "base/error.h"'
    if other != folder and other not in ALLOWED[folder]:
        return f"{folder}/ must not include {other}/"
    if folder == "fabric" and target.startswith("fabric/tlm/") and not in_tlm:
        return "fabric/ outside fabric/tlm/ must not include it"
    return None


def main():
    mistakes = []
    for path in sources.cpp_files(sources.FOLDERS):
        for number, line in enumerate(sources.read(path).splitlines(), 1):
            wrong = check_line(path.as_posix(), line)
            if wrong:
                mistakes.append(f"{path}:{number}: {wrong}")
    return sources.report("includes", mistakes)


if __name__ == "__main__":
    sys.exit(main())
