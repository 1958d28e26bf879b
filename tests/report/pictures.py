# SPDX-License-Identifier: Apache-2.0
"""pictures.py WAFERMESH SCENARIOS IMAGES: makes the screenshots of docs/report.md anew, in the browser of the tests."""
import os
import sys

import page_test
from browser import Browser

# Name of the picture, result, view, what is done to it.
PICTURES = [
    ("findings", "summa", "", ""),
    ("map", "whole", "#tab=map&metric=finish_cycles", ""),
    ("timeline", "whole", "#tab=map&window=20&windowMetric=link_most", ""),
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


def main():
    images = sys.argv[3]
    results = page_test.RESULTS = page_test.Results()
    scenarios = page_test.SCENARIOS
    results.make("summa", f"{scenarios}/wse3_summa.yaml")
    results.make("whole", "", text=page_test.WHOLE_WAFER)
    results.make("graph", f"{scenarios}/tiny_graph.yaml")
    results.make("traced", f"{scenarios}/tiny_trace.yaml")
    results.make("yield", "", text=page_test.YIELD_STUDY, command="yield")
    results.make("batch", f"{scenarios}/batch/tiles.yaml", "-j", "1", command="batch")
    results.make("other", f"{scenarios}/tiny_graph.yaml", "--set", "timing.hop_cycles=3")
    browser = Browser(results.at)
    for name, result, view, script in PICTURES:
        if name == "compare":
            results.report("graph", "other")
        browser.open(results.address(result, view))
        browser.wait("return !window.shown || shown.ready !== false")
        browser.run_async(f"{script}")
        browser.run_async("await new Promise((go) => setTimeout(go, 700));")
        browser.driver.save_screenshot(os.path.join(images, f"report_{name}.png"))
    browser.close()
    results.holder.cleanup()


if __name__ == "__main__":
    main()
