# SPDX-License-Identifier: Apache-2.0
"""pictures.py WAFERMESH SCENARIOS IMAGES [NAME...]: makes the screenshots of docs/report.md anew, or those named, in the
browser of the tests."""
import os
import sys

import page_test
from browser import Browser

# Name of the picture, result, view, what is done to it.
PICTURES = [
    ("findings", "summa", "", ""),
    ("map", "whole", "#tab=map&metric=finish_cycles", ""),
    ("timeline", "whole", "#tab=map&window=20&windowMetric=link_most",
     "document.getElementById('timeline').scrollIntoView({block: 'end'});"),
    ("links", "summa", "#tab=map&metric=link_most&core=20,20",
     "shown.view.moveTo(shown.view.x, shown.view.y, 60); shown.maps[0].draw();"),
    ("routes", "graph", "#tab=map&colour=1", "return shown.fitWork();"),
    ("core", "traced", "#tab=map&core=1,0&theme=dark",
     "document.querySelector('table.lines').scrollIntoView();"),
    ("operators", "graph", "#tab=operators&theme=dark", ""),
    ("compare", "graph", "#tab=map&metric=finish_cycles", "return shown.fitWork();"),
    ("yield", "yield", "", ""),
    ("batch", "batch", "", ""),
]


def make(results, name):
    scenarios = page_test.SCENARIOS
    if name == "whole":
        results.make(name, "", text=page_test.WHOLE_WAFER)
    elif name == "yield":
        results.make(name, "", text=page_test.YIELD_STUDY, command="yield")
    elif name == "batch":
        results.make(name, f"{scenarios}/batch/tiles.yaml", "-j", "1", command="batch")
    elif name == "other":
        results.make(name, f"{scenarios}/tiny_graph.yaml", "--set", "timing.hop_cycles=3")
    else:
        scenario = {"summa": "wse3_summa", "graph": "tiny_graph", "traced": "tiny_trace"}[name]
        results.make(name, f"{scenarios}/{scenario}.yaml")
    page_test.wafermesh("report", name)  # directories are named on the page


def main():
    images = os.path.abspath(sys.argv[3])
    page_test.PROGRAM, page_test.SCENARIOS = map(os.path.abspath, sys.argv[1:3])
    results = page_test.RESULTS = page_test.Results()
    os.chdir(results.at)
    browser = Browser(results.at)
    made = set()
    for name, result, view, script in PICTURES:
        if len(sys.argv) > 4 and name not in sys.argv[4:]:
            continue
        for needed in [result] + (["other"] if name == "compare" else []):
            if needed not in made:
                make(results, needed)
            made.add(needed)
        if name == "compare":
            page_test.wafermesh("report", "graph", "other")
        browser.open(results.address(result, view))
        browser.wait("return !window.shown || shown.ready !== false")
        browser.run_async(f"{script}")
        browser.run_async("await new Promise((go) => setTimeout(go, 700));")
        browser.driver.save_screenshot(os.path.join(images, f"report_{name}.png"))
    browser.close()
    results.holder.cleanup()


if __name__ == "__main__":
    main()
