"""A real browser, driven over a pipe by the DevTools protocol; no library, no open port."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BINARY = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
PATIENCE_S = 60.0
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
]
TO_BROWSER, FROM_BROWSER = 3, 4  # the descriptors that --remote-debugging-pipe reads and writes


class Browser:
    """One page of one browser. `logged` is what its console said, `asked` what it requested."""

    def __init__(self, process: subprocess.Popen[bytes], to: int, back: int) -> None:
        self._process, self._to, self._back = process, to, back
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.logged: list[str] = []
        self.asked: list[str] = []
        self._loaded: set[str] = set()
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return dict(answer["result"])

    def go(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        # The load of this very navigation: an earlier one may still be on its way.
        loader = self.call("Page.navigate", url=url).get("loaderId")
        while loader is not None and loader not in self._loaded:
            self._read()

    def run(self, script: str) -> Any:
        """Return the value of an expression of JavaScript."""
        result = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, script: str) -> Any:
        """Wait until an expression is true, and return it."""
        deadline = time.monotonic() + PATIENCE_S
        while not (value := self.run(script)):
            assert time.monotonic() < deadline, f"never true: {script}"
            time.sleep(0.05)
        return value

    def screen(self, width: int, height: int) -> None:
        """Have a screen of this size, in CSS px."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip

    def scripts(self, *, run: bool) -> None:
        """Turn JavaScript on or off for what is opened from now on."""
        self.call("Emulation.setScriptExecutionDisabled", value=not run)

    def click(self, selector: str) -> None:
        """Click where an element is, as a hand would."""
        box = self._middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                type=kind, x=box[0], y=box[1], button="left", clickCount=1,
            )  # fmt: skip

    def close(self) -> None:
        """End the browser."""
        os.write(self._to, json.dumps({"id": 0, "method": "Browser.close"}).encode() + b"\0")
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _middle(self, selector: str) -> tuple[float, float]:
        """Find an element through the DOM domain, which works with scripts turned off, too."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        assert node, f"nothing is {selector}"
        self.call("DOM.scrollIntoViewIfNeeded", nodeId=node)
        quad = self.call("DOM.getContentQuads", nodeId=node)["quads"][0]
        return sum(quad[0::2]) / 4, sum(quad[1::2]) / 4

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            chunk = os.read(self._back, 65_536)
            assert chunk, "the browser went away"
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        match message.get("method"):
            case "Page.lifecycleEvent" if message["params"]["name"] == "load":
                self._loaded.add(message["params"]["loaderId"])
            case "Log.entryAdded":
                self.logged.append(message["params"]["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.logged.append(str(message["params"]["exceptionDetails"]))
            case "Network.requestWillBeSent":
                self.asked.append(message["params"]["request"]["url"])
            case _:
                pass
        return message


@contextmanager
def browser(profile: Path, environment: Mapping[str, str]) -> Iterator[Browser]:
    """Start a browser with a profile of its own, and end it afterwards."""
    assert BINARY is not None
    into, to = os.pipe()
    back, out = os.pipe()
    # High numbers first: 3 and 4 may be in use by these very pipes.
    command = ["/bin/bash", "-c", f'exec "$@" {TO_BROWSER}<&{into} {FROM_BROWSER}>&{out}', "bash"]
    process = subprocess.Popen(
        [*command, BINARY, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(into, out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    os.close(into)
    os.close(out)
    try:
        driven = Browser(process, to, back)
        yield driven
        driven.close()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(to)
        os.close(back)
