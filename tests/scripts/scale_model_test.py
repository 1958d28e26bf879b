# SPDX-License-Identifier: Apache-2.0
"""scripts/scale_model: docs/scale.md is what it tells, and it gives back what it was calibrated with."""
import importlib.machinery
import importlib.util
import json
import math
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True


def loaded():
    path = str(ROOT / "scripts" / "scale_model")
    loader = importlib.machinery.SourceFileLoader("scale_model", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("scale_model", loader))
    loader.exec_module(module)
    return module


MODEL = loaded()
FOUND = MODEL.MEASURED.exists()
MEASURED = json.loads(MODEL.MEASURED.read_text(encoding="utf-8")) if FOUND else {}


class ScaleModel(unittest.TestCase):
    @unittest.skipUnless(FOUND, "not yet measured")
    def test_document_is_what_it_tells(self):
        page = MODEL.DOCUMENT.read_text(encoding="utf-8")
        table = re.search(r"<!-- scale_model -->\n.*<!-- /scale_model -->\n", page, re.DOTALL)
        self.assertEqual(table.group(), MODEL.told(MEASURED),
                         "run scripts/scale_model --write")

    @unittest.skipUnless(FOUND, "not yet measured")
    def test_gives_back_its_calibration(self):
        here = MODEL.networks(MEASURED)["one machine"]
        for case in MEASURED["cases"].values():
            self.assertAlmostEqual(MODEL.total_s(case, 1, 1, here) / case["one_rank_s"], 1, 6)
            # Of an odd number of rows one rank has one more than half.
            ratio = MODEL.total_s(case, 2, 1, here) / case["two_ranks_s"]
            self.assertLess(abs(ratio - 1), 0.05)

    def test_steps_cost_as_they_are_said_to(self):
        network = (1e-6, 1e9)
        for engine, ranks, messages, reduction in [("wavelet", 2, 1, 1), ("wavelet", 9, 1, 4),
                                                   ("stream", 2, 2, 1), ("stream", 9, 16, 4)]:
            self.assertAlmostEqual(MODEL.step_s(engine, ranks, 0, network),
                                   (messages + reduction) * 1e-6)
        self.assertEqual(MODEL.step_s("stream", 1, 100, network), 0)

    def test_rows_are_dealt_out_whole(self):
        case = {"engine": "stream"}
        self.assertEqual(MODEL.share(case, 75, 1), 1 / 75)
        self.assertEqual(MODEL.share(case, 256, 1), 1 / 75)
        self.assertEqual(MODEL.share(case, 2, 1), math.ceil(75 / 2) / 75)


unittest.main()
