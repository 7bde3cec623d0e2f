#!/usr/bin/env python3
"""Drives headless Chromium by its debugging pipe: opens a URL that shows a screen, and uses it.

browser.py URL COMMAND...   the commands, in order:
  colour RGB N  waits until at least N percent of the canvas have that colour (hex, near enough)
  type TEXT     presses and releases the keys
  press KEY     presses and releases one key by its name (ArrowDown)
  reload        loads the page again, and waits until it has connected again
  canvas FILE   saves the guest's screen as the page has it
  shot FILE     saves a picture of the page
The page must have connected within 60 seconds (times $TEST_PATIENCE).  TLS with a certificate that nobody knows is accepted.
"""
import base64
import json
import os
import select
import subprocess
import sys
import tempfile
import time

WAIT = 60 * int(os.environ.get("TEST_PATIENCE", 1))

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --disable-default-apps --disable-extensions --disable-dev-shm-usage
--ignore-certificate-errors --window-size=1024,768 --remote-debugging-pipe""".split()

CONNECTED = "document.documentElement.classList.contains('noVNC_connected') && !!document.querySelector('canvas')"
SHARE = """(() => {
  const canvas = document.querySelector('#noVNC_container canvas');
  if (!canvas || !canvas.width) return -1;
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const want = [%s];
  let near = 0, counted = 0;
  for (let i = 0; i < data.length; i += 28, counted++)
    if (want.every((value, k) => Math.abs(data[i + k] - value) < 24)) near++;
  return Math.floor(100 * near / counted);
})()"""


class Browser:
    def __init__(self, profile):
        from_us, self.to = os.pipe()
        self.source, to_us = os.pipe()

        def place():  # it reads descriptor 3 and writes descriptor 4
            a, b = os.dup(from_us), os.dup(to_us)
            os.dup2(a, 3)
            os.dup2(b, 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        with open(os.path.join(profile, "log"), "wb") as log:
            self.process = subprocess.Popen(
                ["chromium", *FLAGS, "--user-data-dir=" + profile, "about:blank"],
                preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "HOME": profile},
            )
        os.close(from_us)
        os.close(to_us)
        self.data, self.number, self.session = b"", 0, None
        target = next(t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]

    def ask(self, method, **params):
        self.number += 1
        call = {"id": self.number, "method": method, "params": params}
        if self.session:
            call["sessionId"] = self.session
        os.write(self.to, json.dumps(call).encode() + b"\0")
        while True:
            answer = self.next_message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError("%s: %s" % (method, answer["error"]))
                return answer["result"]

    def next_message(self):
        while b"\0" not in self.data:
            if not select.select([self.source], [], [], 90)[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.source, 1 << 20)
            if not part:
                raise EOFError("the browser has ended")
            self.data += part
        message, self.data = self.data.split(b"\0", 1)
        return json.loads(message)

    def evaluate(self, expression):
        return self.ask("Runtime.evaluate", expression=expression)["result"].get("value")

    def wait(self, what, test):
        end = time.time() + WAIT
        while not (value := test()):
            if time.time() > end:
                sys.exit("browser.py: %s: not within %d s; page: %s" % (what, WAIT, self.evaluate(
                    "document.title + ' ' + document.documentElement.className + ' ' +"
                    "document.body.innerText.slice(0, 300)")))
            time.sleep(0.3)
        return value

    def close(self):
        try:
            self.session = None
            self.ask("Browser.close")
            self.process.wait(WAIT)
        except Exception:
            self.process.kill()
            self.process.wait()


def use(browser, url, words):
    browser.ask("Page.navigate", url=url)
    browser.wait("connected", lambda: browser.evaluate(CONNECTED))
    for word in words:
        if word == "colour":
            rgb, least = next(words), int(next(words))
            want = ",".join(str(b) for b in bytes.fromhex(rgb))
            browser.wait("%d %% of %s" % (least, rgb), lambda: browser.evaluate(SHARE % want) >= least)
        elif word == "type":
            browser.evaluate("document.querySelector('#noVNC_container canvas').focus()")
            for key in next(words):
                code = "Key" + key.upper()
                for kind in "keyDown", "keyUp":
                    text = {"text": key} if kind == "keyDown" else {}
                    browser.ask("Input.dispatchKeyEvent", type=kind, key=key, code=code, **text)
                    time.sleep(0.05)
        elif word == "press":
            browser.evaluate("document.querySelector('#noVNC_container canvas').focus()")
            key = next(words)
            for kind in "rawKeyDown", "keyUp":
                browser.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key)
                time.sleep(0.05)
        elif word == "reload":
            browser.evaluate("window.before = true")
            browser.ask("Page.reload")
            browser.wait("connected anew", lambda: browser.evaluate("!window.before && " + CONNECTED))
        elif word == "canvas":
            with open(next(words), "wb") as f:
                url = browser.evaluate("document.querySelector('#noVNC_container canvas').toDataURL('image/png')")
                f.write(base64.b64decode(url.split(",", 1)[1]))
        elif word == "shot":
            with open(next(words), "wb") as f:
                f.write(base64.b64decode(browser.ask("Page.captureScreenshot")["data"]))
        else:
            sys.exit("browser.py: unknown command " + word)


def main():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            use(browser, sys.argv[1], iter(sys.argv[2:]))
        finally:
            browser.close()


if __name__ == "__main__":
    main()
