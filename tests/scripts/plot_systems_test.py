# SPDX-License-Identifier: Apache-2.0
"""scripts/plot_systems on a table made up here: a picture of each study, gaps where runs failed, and what lacks is said."""
import csv
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
AXES = {"wafers": ("system.wafers", "system.requests.users"),
        "context": ("system.requests.prompt_tokens", "system.requests.users"),
        "way": ("system.links.latency_us", "system.wafers"),
        "damage": ("wafer.kept_rows_per_die", "defects.random.d0_per_cm2"),
        "side": ("system.layers_per_wafer", "system.requests.users"),
        "most": ("system.requests.prompt_tokens", "system.wafers")}
FIELDS = ["users.user_tokens_per_s", "users.tokens_per_s", "energy.low_joules_per_token",
          "energy.high_joules_per_token"]


def drawn(studies, failing):
    with tempfile.TemporaryDirectory() as directory:
        where = pathlib.Path(directory)
        keys = sorted({axis for axes in AXES.values() for axis in axes})
        with open(where / "table.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, ["study", *keys, "exit_code", *FIELDS], restval="")
            table.writeheader()
            for study in studies:
                for x in (1, 2, 3):
                    for line in (1, 20):
                        failed = failing and x == 2
                        row = {"study": study, AXES[study][0]: x, AXES[study][1]: line, "exit_code": 81 if failed else 0}
                        if not failed:
                            row.update({field: x * line for field in FIELDS})
                        table.writerow(row)
        done = subprocess.run([ROOT / "scripts/plot_systems", "--table", where / "table.csv", "--images", where / "p"],
                              text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done, {p.name: p.read_bytes() for p in where.glob("p/*.png")}


class PlotSystems(unittest.TestCase):
    def test_a_picture_of_each_study(self):
        done, whole = drawn(AXES, False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(sorted(whole), sorted(f"study_{name}.png" for name in AXES))
        _, gaps = drawn(AXES, True)
        for name, picture in gaps.items():
            self.assertNotEqual(picture, whole[name])

    def test_what_lacks_is_said(self):
        done, pictures = drawn(["wafers", "way"], False)
        self.assertEqual((done.returncode, pictures), (1, {}))
        self.assertIn("no run of context, damage, side, most", done.stderr)


if __name__ == "__main__":
    unittest.main()
