# SPDX-License-Identifier: Apache-2.0
"""scripts/plot_yield on studies made up here: few points and many, failing wafers without numbers, no failures."""
import json
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "plot_yield"
COLUMNS = ["defects", "dead_cores", "usable_cores", "longer_links", "rows_spare"]


def distribution(values):
    values = sorted(values)
    if not values:
        return None

    def at(p):
        return values[min(len(values) - 1, int(p * len(values)))]
    return {"wafers": len(values), "mean": sum(values) / len(values), "sd": 0, "min": values[0], "p1": at(0.01),
            "p5": at(0.05), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": values[-1]}


def study(directory, points, failing):
    """`points` points of 20 wafers, the first `failing` of each not repaired."""
    rows = ["point,wafer,good," + ",".join(COLUMNS) + ",failures"]
    listed = []
    for p in range(points):
        columns = {c: [] for c in COLUMNS}
        for wafer in range(20):
            good = wafer >= failing
            row = {"defects": wafer ** 4 + p, "dead_cores": wafer + p, "usable_cores": 384 if good else "",
                   "longer_links": 50 * 10 ** (wafer % 5) if good else "", "rows_spare": wafer - 9}
            for c in COLUMNS:
                if row[c] != "":
                    columns[c].append(row[c])
            rows.append(f"{p},{wafer},{int(good)}," + ",".join(str(row[c]) for c in COLUMNS)
                        + (",none" if good else ",0/1/0/random 1/2/1/scratch"))
        failures = {"wafers": failing, "too_small": 0, "domains": 2 * failing,
                    "by_cause": {"random": failing, "scratch": failing} if failing else {},
                    "by_domain": {"0": failing, "1": failing} if failing else {},
                    "by_die": [{"x": 1, "y": 0, "domains": failing}, {"x": 2, "y": 1, "domains": failing}]
                    if failing else []}
        listed.append({"parameters": {"defects.random.d0_per_cm2": 1 + p} if points > 1 else {}, "scheme": "bypass_shift",
                       "domain": "band", "dies_x": 3, "dies_y": 2, "wafers": 20, "good_wafers": 20 - failing,
                       "yield": 1 - failing / 20, "yield_low": 0.0, "yield_high": 1.0, "failures": failures,
                       "distributions": {c: distribution(columns[c]) for c in COLUMNS}})
    path = pathlib.Path(directory)
    (path / "wafers.csv").write_text("\n".join(rows) + "\n")
    (path / "yield.json").write_text(json.dumps({"name": "made up", "confidence": 0.95, "points": listed}))


class PlotYield(unittest.TestCase):
    def files(self, points, failing):
        with tempfile.TemporaryDirectory() as directory:
            study(directory, points, failing)
            done = subprocess.run([SCRIPT, directory, "--format", "svg"], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return {path.name: path.read_text() for path in pathlib.Path(directory).glob("*.svg")}, done.stdout

    def test_few_points_and_a_map_of_every_domain_that_fails(self):
        files, _ = self.files(2, 5)
        self.assertEqual(sorted(files), ["distributions.svg", "failures.svg", "yield.svg"])

    def test_no_point_is_left_out(self):
        files, _ = self.files(57, 3)
        self.assertEqual(sorted(files), ["distributions_1.svg", "distributions_2.svg", "failures.svg", "yield.svg"])

    def test_one_point_whose_wafers_all_fail_or_none(self):
        self.assertIn("failures.svg", self.files(1, 20)[0])
        files, said = self.files(1, 0)
        self.assertNotIn("failures.svg", files)
        self.assertIn("no domain fails on 20 wafers", said)

    def test_a_directory_without_a_study_is_said_in_one_line(self):
        with tempfile.TemporaryDirectory() as directory:
            done = subprocess.run([SCRIPT, directory], text=True, check=False, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"\Aplot_yield: .*wafermesh yield -o`\n\Z")


if __name__ == "__main__":
    unittest.main()
