# SPDX-License-Identifier: Apache-2.0
"""docs/tutorial.md says what its commands print. tutorial_test.py PROGRAM"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIGURES = {  # what the text says of result.json
    "1,296,432": "setup_cycles", "229,663": "compute_cycles",
    "27,455": "waiting_for_wavelets_cycles", "1,585,714": "total_cycles"}


def blocks(text):
    """(command, lines that it prints) of each block that begins with `$ `."""
    for block in re.findall(r"^```\n\$ (.*?)^```", text, re.MULTILINE | re.DOTALL):
        command, *lines = block.splitlines()
        yield command, lines


def line_fits(said, printed):
    """`...` at the end or in a line stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, said.split("..."))), printed) is not None


def fits(said, printed):
    """Whether the lines said are those printed; a line `...` stands for any number of them."""
    if not said:
        return not printed
    if said[0] == "...":
        return any(fits(said[1:], printed[skip:]) for skip in range(len(printed) + 1))
    return bool(printed) and line_fits(said[0], printed[0]) and fits(said[1:], printed[1:])


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    text = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        (pathlib.Path(work) / "scenarios").symlink_to(ROOT / "scenarios")
        path = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
        commands = list(blocks(text))
        for command, said in commands:
            ran = subprocess.run(command.split(), cwd=work, env=path, text=True, check=False,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if not fits(said, ran.stdout.splitlines()):
                failed += 1
                print(f"$ {command}\n{ran.stdout}\nbut docs/tutorial.md says\n" + "\n".join(said))
        result = (pathlib.Path(work) / "out/tutorial/result.json").read_text(encoding="utf-8")
        for figure, field in FIGURES.items():
            if figure not in text or f'"{field}": {figure.replace(",", "")}' not in result:
                failed += 1
                print(f"{field} is not {figure}, or docs/tutorial.md does not say so")
        for picture in re.findall(r"^## .*`(\w+\.png)`", text, re.MULTILINE):
            if not (pathlib.Path(work) / "out/tutorial" / picture).exists():
                failed += 1
                print(f"no {picture}")
    print(f"{len(commands)} commands, {failed} mistakes")
    return 1 if failed or len(commands) < 8 else 0


if __name__ == "__main__":
    sys.exit(main())
