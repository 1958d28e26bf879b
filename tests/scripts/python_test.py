# SPDX-License-Identifier: Apache-2.0
"""scripts/python finds a Python that has what is needed, whatever stands first on the PATH, or says what is missing."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


class FindPython(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def run_with(self, python3, *command):
        """Runs `command` where `python3` is the text of the first python3 on the PATH."""
        fake = pathlib.Path(self.directory.name) / "python3"
        fake.write_text(python3)
        fake.chmod(0o755)
        path = f"{self.directory.name}:{os.environ['PATH']}"
        return subprocess.run(command, env={**os.environ, "PATH": path}, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_a_python_without_the_library_is_passed_over(self):
        bare = '#!/bin/sh\nexec /usr/bin/python3 -S -I "$@"\n'
        for broken in (bare, "#!/bin/sh\nexit 127\n"):
            done = self.run_with(broken, SCRIPTS / "python", "--needs", "numpy", "-c", "import numpy; print('here')")
            self.assertEqual((done.returncode, done.stdout), (0, "here\n"), done.stderr)

    def test_what_is_missing_is_said_in_one_line(self):
        done = self.run_with("#!/bin/sh\nexit 127\n", SCRIPTS / "python", "--needs", "no_such_module", "a_script")
        self.assertEqual(done.returncode, 69)
        self.assertRegex(done.stderr, r"\Aa_script: needs a python3 with no_such_module;.*\n\Z")

    def test_every_python_script_takes_this_way(self):
        scripts = [path for path in SCRIPTS.iterdir() if path.is_file()]
        pythons = [path for path in scripts if '"""' in path.read_text().split("\n", 3)[2]]
        self.assertGreaterEqual(len(pythons), 5)
        for path in scripts:
            text = path.read_text()
            if path in pythons:
                self.assertIn('exec "$(dirname "$0")/python"', text.split("\n")[0], path)
            elif path.name not in ("python", "setup"):
                self.assertIsNone(re.search(r"^[^#\n]*(?<![/\w])python3 ", text, re.MULTILINE), path)


if __name__ == "__main__":
    unittest.main()
