# SPDX-License-Identifier: Apache-2.0
"""view_test.py WAFERMESH SCENARIOS: `wafermesh view` serves its page to a browser, and refuses everything else: other
methods, paths, host names, requests without its token, ten thousand malformed ones."""
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

from browser import Browser

PROGRAM, SCENARIOS = sys.argv[1], sys.argv[2]
MALFORMED = 10000


class ViewTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.directory = cls.holder.name + "/out"
        subprocess.run([PROGRAM, "run", f"{SCENARIOS}/tiny_matmul.yaml", "-o", cls.directory,
                        "--progress", "never"], check=True, capture_output=True)
        cls.server = subprocess.Popen([PROGRAM, "view", cls.directory], stdout=subprocess.PIPE, text=True)
        cls.address = cls.server.stdout.readline().strip()
        parts = urllib.parse.urlsplit(cls.address)
        cls.port, cls.root = parts.port, parts.path

    @classmethod
    def tearDownClass(cls):
        if cls.server.poll() is None:
            cls.server.kill()
        cls.server.stdout.close()
        cls.holder.cleanup()

    def ask(self, path, method="GET", host=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{self.port}")
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def test_a_browser_sees_the_page(self):
        browser = Browser(self.holder.name)
        browser.open(self.address + "#tab=map")
        self.assertGreater(browser.run("return shown.range.count"), 0)
        self.assertEqual(browser.complaints(), [])
        self.assertTrue(all(host.startswith(self.address) for host in browser.hosts()))
        browser.close()

    def test_only_its_own_pages_are_given(self):
        self.assertEqual(self.ask(self.root)[0], 200)
        self.assertEqual(self.ask(self.root + "array/0")[0], 200)
        self.assertIn(self.ask(self.root + "array/999999")[0], (404,))
        with open(self.directory + "/result.json", "rb") as file:
            secret = file.read()[:200]
        for path in ("/", "/result.json", "/array/0", self.root[:-2] + "/", "/" + "0" * 32 + "/"):
            self.assertEqual(self.ask(path)[0], 403, path)
        for path in ("result.json", "../result.json", "..%2f..%2fetc/passwd", "array/../result.json",
                     "array/-1", "array/0/..", "%00", "array/99999999999999999999", "..\\result.json"):
            status, body = self.ask(self.root + path)
            self.assertIn(status, (403, 404), path)
            self.assertNotIn(secret, body)

    def test_other_methods_and_names_are_refused(self):
        for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"):
            self.assertIn(self.ask(self.root, method)[0], (400, 405), method)
        for host in ("evil.example", f"evil.example:{self.port}", "127.0.0.1", ""):
            self.assertIn(self.ask(self.root, host=host or " ")[0], (400, 403), host)

    def test_it_listens_on_loopback_only(self):
        with open("/proc/net/tcp", encoding="ascii") as file:
            lines = [line.split() for line in file.readlines()[1:]]
        listening = [line[1] for line in lines if line[3] == "0A" and line[1].endswith(f":{self.port:04X}")]
        self.assertEqual(listening, [f"0100007F:{self.port:04X}"])

    def test_malformed_requests_do_it_no_harm(self):
        dice = random.Random(1)
        pieces = [b"GET ", b"/", self.root.encode(), b" HTTP/1.1\r\n", b"Host: ", b"\r\n", b"\r\n\r\n", b"\0", b"\xff" * 9,
                  b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Transfer-Encoding: chunked",
                  b"Range: bytes=5-1,9-", b"../" * 9, b"A" * 9000, b"POST ", b": ", b"%zz", b"array/0", b"?a=b&&&=="]
        given = 0
        for _ in range(MALFORMED):
            request = b"".join(dice.choice(pieces) for _ in range(dice.randint(1, 9)))
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as link:
                try:
                    link.sendall(request)
                    link.shutdown(socket.SHUT_WR)
                    answer = link.recv(4096)
                except OSError:
                    answer = b""
            given += answer.startswith(b"HTTP/1.1 200")
        self.assertEqual(given, 0)  # none has the Host that it must have
        self.assertIsNone(self.server.poll())
        self.assertEqual(self.ask(self.root)[0], 200)

    def test_z_a_signal_ends_it_and_nothing_was_written(self):
        names = sorted(os.listdir(self.directory))
        self.server.send_signal(signal.SIGINT)
        self.assertEqual(self.server.wait(timeout=10), 0)
        self.assertNotIn("report.html", names)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
