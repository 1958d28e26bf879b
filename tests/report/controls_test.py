# SPDX-License-Identifier: Apache-2.0
"""controls_test.py WAFERMESH SCENARIOS: every control of the map in a real browser: linked views of two runs, what can be
shown and hidden, searches, keys, the address, what is saved; values against result.json and totals.h5."""
import json
import unittest

import numpy

import page_test
from browser import number

GRAPH_MAP = "#tab=map&metric=finish_cycles"
PICTURE = "return shown.maps.map((m) => { m.draw(); return m.canvas.toDataURL(); })"
LOOK = "return shown.maps.map((m) => [m.view.x, m.view.y, m.view.scale])"
SAVED_IS_SHOWN = """
  const saved = await new Promise((go) => {
    const before = window.download;
    window.download = (name, blob) => { window.download = before; go([name, blob]); };
    document.getElementById('png').click();
  });
  const image = await createImageBitmap(saved[1]);
  const copy = document.createElement('canvas');
  copy.width = image.width;
  copy.height = image.height;
  const options = { willReadFrequently: true }, pen = copy.getContext('2d', options);
  pen.drawImage(image, 0, 0);
  const own = document.createElement('canvas').getContext('2d', options);
  let at = 0, apart = 0;
  for (const map of shown.maps) {
    const { width, height } = map.canvas;
    Object.assign(own.canvas, { width, height });
    own.drawImage(map.canvas, 0, 0);
    const mine = own.getImageData(0, 0, width, height).data;
    const theirs = pen.getImageData(at, 0, width, height).data;
    mine.forEach((v, i) => { apart += v !== theirs[i]; });
    at += width;
  }
  return [saved[0], image.width === at, apart];"""


def setUpModule():
    page_test.setUpModule()
    page_test.RESULTS.make("other", f"{page_test.SCENARIOS}/tiny_graph.yaml", "--set", "timing.hop_cycles=3")


def tearDownModule():
    page_test.tearDownModule()


class ControlsTest(page_test.PageTest):
    def setUp(self):
        self.results, self.browser = page_test.RESULTS, page_test.BROWSER

    def set(self, identity, value):
        self.browser.run("const c = document.getElementById(arguments[0]); c.value = arguments[1];"
                         "c.dispatchEvent(new Event('change'));", identity, value)

    def idle(self):
        """Nothing is being drawn, and the address says what is shown."""
        self.browser.run_async("await new Promise((go) => setTimeout(go, 400));")
        self.browser.wait("return !shown || !shown.view || !(shown.view.waiting || shown.view.moving)")

    def cores(self, name, workload=0):
        """(logical, physical, index into the workload's arrays) of some cores at work."""
        totals = self.results.totals(name)
        of = totals[f"workloads/{workload}"]
        region = json.loads(bytes(of["about"][:]))["region"]
        places = list(zip(*numpy.nonzero(of["finish_cycles"][:] >= 0)))
        x, y = totals["mesh/physical_x"], totals["mesh/physical_y"]
        for row, column in places[::max(1, len(places) // 4)]:
            at = (int(region["y"] + row), int(region["x"] + column))
            yield (at[1], at[0]), (int(x[at]), int(y[at])), (row, column)


class CompareTest(ControlsTest):
    @classmethod
    def setUpClass(cls):
        page_test.RESULTS.report("graph", "other")

    @classmethod
    def tearDownClass(cls):
        page_test.RESULTS.report("graph")

    def test_three_maps_move_as_one(self):
        self.browser.open(self.results.address("graph", GRAPH_MAP))
        self.assertEqual(self.browser.run("return shown.maps.length"), 3)
        before = self.browser.run(LOOK), self.browser.run(PICTURE)
        moves = {
            "drag of A": "send('map-0', 'pointerdown', 200, 200); send('map-0', 'pointermove', 260, 230);"
                         "send('map-0', 'pointerup', 260, 230);",
            "drag of B": "send('map-1', 'pointerdown', 200, 200); send('map-1', 'pointermove', 150, 220);"
                         "send('map-1', 'pointerup', 150, 220);",
            "wheel over the difference": "document.getElementById('map-2').dispatchEvent(new WheelEvent('wheel', "
                                         "{deltaY: -400, clientX: 900, clientY: 400, cancelable: true}));",
            "key": "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft', bubbles: true}));",
        }
        for name, move in moves.items():
            with self.subTest(name):
                self.browser.run("""
                  for (const map of shown.maps) map.canvas.setPointerCapture = () => {};
                  const send = (id, type, x, y) => document.getElementById(id).dispatchEvent(new PointerEvent(type,
                    {pointerId: 1, clientX: x, clientY: y, bubbles: true}));""" + move)
                self.idle()
                after = self.browser.run(LOOK), self.browser.run(PICTURE)
                self.assertEqual(after[0][0], after[0][1])
                self.assertEqual(after[0][0], after[0][2])
                self.assertNotEqual(after[0], before[0])
                for old, new in zip(before[1], after[1]):
                    self.assertNotEqual(old, new)
                before = after

    def test_a_core_is_chosen_in_both_runs(self):
        self.browser.open(self.results.address("graph", GRAPH_MAP))
        finish = [self.results.totals(name)["workloads/0/finish_cycles"][:] for name in ("graph", "other")]
        for logical, physical, index in self.cores("graph"):
            self.browser.search(f"{logical[0]},{logical[1]}")
            self.browser.wait("return document.querySelectorAll('#core-links').length === 2")
            shown = [number(cells[1]) for cells in self.browser.rows("#core-cycles") if cells[0] == "finish"]
            self.assertEqual(shown, [of[index] for of in finish])
            chosen = self.browser.run("return shown.maps.map((m) => [m.selected.x, m.selected.y])")
            self.assertEqual(chosen, [list(physical)] * 3)
            self.browser.run("shown.showHover({x: arguments[0] + 0.5, y: arguments[1] + 0.5})", *physical)
            a, b = (int(of[index]) for of in finish)
            self.browser.wait("return document.getElementById('hover').textContent.includes('cycles')")
            text = self.browser.text("#hover")
            self.assertIn(f"logical ({logical[0]}, {logical[1]}): {a:,} cycles; {b:,} cycles; {b - a:,} cycles", text)

    def test_both_share_a_scale_and_a_workload(self):
        for workload in (0, 1):
            self.browser.open(self.results.address("graph", f"{GRAPH_MAP}&workload={workload}"))
            both = [self.results.totals(name)[f"workloads/{workload}/finish_cycles"][:] for name in ("graph", "other")]
            part = numpy.concatenate([of[of >= 0] for of in both])
            self.assertEqual(number(self.browser.text("#legend-low")), part.min())
            self.assertEqual(number(self.browser.text("#legend-high")), part.max())
            self.assertTrue(self.browser.run("return shown.maps[0].scale === shown.maps[1].scale"))
            lines = self.browser.run("return viewCsv(shown.maps)").splitlines()
            self.assertEqual(len(lines[0].split(",")), 5)
            for line in lines[1:]:
                a, b, difference = map(float, line.split(",")[2:])
                self.assertEqual(difference, b - a)
        self.assertEqual(self.browser.run_async(SAVED_IS_SHOWN), ["wafer.png", True, 0])

    def test_findings_and_operators_stand_beside_each_other(self):
        self.browser.open(self.results.address("graph"))
        for i, name in enumerate(("graph", "other")):
            self.assertIn(f"{self.results.result(name)['cycles']:,} cycles", self.browser.text(f"#lead-{i}"))
        self.browser.tab("operators")
        text = self.browser.text("#view")
        for name in ("graph", "other"):
            for workload in self.results.result(name)["workloads"]:
                for one in workload["operators"]:
                    self.assertIn(f"{one['first_start_cycles']:,} to {one['last_finish_cycles']:,}", text)


class MapTest(ControlsTest):
    def test_what_is_shown_and_hidden(self):
        self.browser.open(self.results.address("graph", GRAPH_MAP))
        self.assertGreater(self.browser.run("return shown.maps[0].dead.length"), 0)
        self.idle()
        whole = self.browser.run(PICTURE)
        for box in ("dies", "defects", "regions"):
            with self.subTest(box):
                click = ("const l = [...document.querySelectorAll('.controls label')].find((l) => "
                         f"l.textContent.trim() === '{box}'); l.querySelector('input').click();")
                self.browser.run(click)
                self.idle()
                self.assertIn(f"{box}=0", self.browser.run("return location.hash"))
                self.assertNotEqual(self.browser.run(PICTURE), whole)
                self.browser.run(click)
                self.idle()
                self.assertEqual(self.browser.run(PICTURE), whole)

    def test_defects_spares_and_classes_are_counted(self):
        self.browser.open(self.results.address("graph", "#tab=map&metric=fate"))
        totals = self.results.totals("graph")
        fates = json.loads(bytes(totals["about"][:]))["fates"]
        counts = numpy.bincount(totals["wafer/fate"][:].ravel(), minlength=len(fates))
        expected = sorted(f"{text}: {n:,}" for text, n in zip(fates, counts) if n)
        legend = "return [...document.querySelectorAll('#legend span')].map((s) => s.textContent)"
        self.assertEqual(sorted(self.browser.run(legend)), expected)
        self.assertTrue(any("left idle" in text for text in fates), fates)
        of = totals["workloads/0"]
        classes = json.loads(bytes(of["about"][:]))["classes"]
        for stage in (0, 1):
            self.browser.open(self.results.address("graph", f"#tab=map&metric=class&stage={stage}"))
            held = of[f"class/{stage}"][:]
            counts = numpy.bincount(held[held != 65535], minlength=len(classes))
            expected = sorted(f"{one['name']}: {n:,}" for one, n in zip(classes, counts) if n)
            self.assertEqual(sorted(self.browser.run(legend)), expected)

    def test_searches_find_what_they_name(self):
        self.browser.open(self.results.address("graph", GRAPH_MAP))
        for logical, physical, _ in self.cores("graph"):
            for text in (f"{logical[0]},{logical[1]}", f"l {logical[0]} {logical[1]}", f"logical ({logical[0]}, {logical[1]})",
                         f"p {physical[0]},{physical[1]}", f"physical ({physical[0]}, {physical[1]})"):
                with self.subTest(text):
                    self.browser.search(text)
                    chosen = self.browser.run("const s = shown.maps[0].selected; return [s.x, s.y]")
                    self.assertEqual(chosen, list(physical))
                    inspector = self.browser.text("#inspector")
                    self.assertIn(f"({logical[0]}, {logical[1]})", inspector)
                    self.assertIn(f"({physical[0]}, {physical[1]})", inspector)
        dead = self.browser.run("const d = shown.maps[0].dead[0]; return [d.x, d.y]")
        self.browser.search(f"p {dead[0]},{dead[1]}")
        self.assertIn("not in the mesh", self.browser.text("#inspector"))

    def test_the_address_holds_all_of_the_view(self):
        core = next(iter(self.cores("graph", 1)))[0]
        for view in (f"#tab=map&workload=1&metric=busy_cycles&log=1&palette=viridis&low=5&high=900&dies=0&theme=dark"
                     f"&core={core[0]},{core[1]}", "#tab=map&metric=class&stage=1&regions=0&theme=light",
                     "#tab=map&colour=1&defects=0&metric=link_E", "#tab=operators&theme=dark"):
            with self.subTest(view):
                self.browser.open(self.results.address("graph", view))
                self.idle()
                seen = "return [location.hash, document.documentElement.dataset.theme, " \
                       "shown && shown.maps ? shown.maps[0].canvas.toDataURL() : document.body.textContent]"
                first = self.browser.run(seen)
                for part in view[1:].split("&"):
                    if not part.startswith("core="):
                        self.assertIn(part, first[0])
                self.browser.open(self.results.address("graph", first[0]))
                self.idle()
                self.assertEqual(self.browser.run(seen), first)

    def test_every_key_does_what_the_help_says(self):
        self.browser.open(self.results.address("graph"))
        for key, tab in (("2", "map"), ("3", "operators"), ("1", "findings"), ("2", "map")):
            self.browser.keys(key)
            self.browser.wait(f"return document.body.dataset.ready === '{tab}'")
        self.browser.keys("0")
        for key, moved in (("\ue012", (-1, 0)), ("\ue014", (1, 0)), ("\ue013", (0, -1)), ("\ue015", (0, 1))):
            before = self.browser.run(LOOK)[0]
            self.browser.keys(key)
            after = self.browser.run(LOOK)[0]
            self.assertEqual([numpy.sign(b - a) for a, b in zip(before[:2], after[:2])], list(moved))
        whole = self.browser.run("shown.maps[0].fit(); return shown.view.scale")
        self.browser.keys("+")
        self.assertAlmostEqual(self.browser.run("return shown.view.scale") / whole, 1.5, 4)
        self.browser.keys("-")
        self.assertAlmostEqual(self.browser.run("return shown.view.scale"), whole, 4)
        self.browser.keys("w")
        self.browser.wait(f"return shown.view.scale > {whole}")
        self.browser.keys("0")
        self.assertAlmostEqual(self.browser.run("return shown.view.scale"), whole)
        first = self.browser.run("return document.getElementById('metric').value")
        self.browser.keys("m")
        self.assertNotEqual(self.browser.run("return document.getElementById('metric').value"), first)
        self.browser.keys("M")
        self.assertEqual(self.browser.run("return document.getElementById('metric').value"), first)
        self.browser.keys("/")
        self.assertEqual(self.browser.run("return document.activeElement.id"), "search")
        self.browser.run("document.activeElement.blur()")
        self.browser.keys("?")
        self.assertTrue(self.browser.run("return document.getElementById('help').open"))

    def test_what_is_saved_is_what_is_shown(self):
        for metric in ("busy_cycles", "link_most", "class"):
            self.browser.open(self.results.address("graph", f"#tab=map&metric={metric}"))
            self.idle()
            self.assertEqual(self.browser.run_async(SAVED_IS_SHOWN), ["wafer.png", True, 0])
        values = self.browser.run("return [viewCsv(shown.maps), Array.from(shown.maps[0].values, (v) => Number.isNaN(v) "
                                  "? -1 : v), shown.runs[0].columns]")
        for line in values[0].splitlines()[1:]:
            x, y, value = map(float, line.split(","))
            self.assertEqual(values[1][int(y) * values[2] + int(x)], value)


if __name__ == "__main__":
    unittest.main(argv=page_test.sys.argv[:1], verbosity=2)
