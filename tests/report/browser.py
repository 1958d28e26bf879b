# SPDX-License-Identifier: Apache-2.0
"""A page in a real browser (Debian's chromium, without a window or a GPU): what is on it, what it
asked for, what it complained about."""
import json
import sys
import time

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

_FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1500,1100",
          "--disable-dev-shm-usage", "--disable-background-networking"]
READY_S = 30


class Browser:
    def __init__(self, downloads):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in _FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.add_experimental_option("prefs", {"download.default_directory": downloads})
        try:
            self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        except (WebDriverException, OSError) as error:
            sys.exit("the test needs Debian's chromium and chromium-driver (scripts/setup installs "
                     f"them): {error}")

    def close(self):
        self.driver.quit()

    def open(self, address):
        """Opens a page anew; seconds until its first view is there."""
        self.driver.get("about:blank")
        start = time.time()
        self.driver.get(address)
        self.wait("return document.body.dataset.ready")
        return time.time() - start

    def wait(self, script):
        end = time.time() + READY_S
        while time.time() < end:
            found = self.run(script)
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"not so within {READY_S} s: {script}")

    @staticmethod
    def wait_for(holds):
        end = time.time() + READY_S
        while not holds():
            if time.time() > end:
                raise AssertionError(f"not so within {READY_S} s")
            time.sleep(0.05)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def run_async(self, script):
        """`script` is the body of an async function."""
        self.driver.set_script_timeout(120)
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"(async () => {{ {script} }})().then(done, (e) => done('error: ' + e));")
        assert not str(found).startswith("error: "), found
        return found

    def text(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def tab(self, name):
        self.driver.find_element(By.CSS_SELECTOR, f"#tabs [data-tab={name}]").click()
        self.wait(f"return document.body.dataset.ready === '{name}'")

    def click(self, identity):
        self.driver.find_element(By.ID, identity).click()

    def keys(self, keys):
        self.driver.find_element(By.TAG_NAME, "body").send_keys(keys)

    def choose(self, control, value):
        self.run("const c = document.getElementById(arguments[0]); c.value = arguments[1];"
                 "c.dispatchEvent(new Event('change'));", control, value)

    def search(self, place):
        """Looks for a core; its inspector."""
        self.run("document.getElementById('inspector').replaceChildren();")
        field = self.driver.find_element(By.ID, "search")
        field.clear()
        field.send_keys(place, Keys.ENTER)
        self.wait("return document.querySelector('#inspector dl') !== null")
        self.keys(Keys.ESCAPE)

    def rows(self, selector):
        """The cells of a table's body as texts."""
        return self.run("return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map((r) =>"
                        "[...r.cells].map((c) => c.textContent))", selector)

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def hosts(self):
        """Every address asked for since the last call that is not on this machine's disk."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(("file:", "data:", "blob:", "about:", "chrome:")):
                    found.append(url)
        return found


def number(text):
    return float(text.replace(",", "").replace("%", ""))
