"""Collectors that judge live traffic, started for a while: FastNetMon of Debian, and `uproar collect`.

FastNetMon is run only in a network namespace without any way out, with `disable_usage_report = on`: by default it reports to its
makers. Its thresholds are those of the package's own file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

PATIENCE_S = 30
STOCK = Path("/etc/fastnetmon.conf")
FASTNETMON_FLOWS, FASTNETMON_SFLOW = 2055, 6343
UPROAR_FLOWS, UPROAR_SFLOW = 2056, 6344
ROOT = Path(__file__).resolve().parent.parent
KIND = re.compile(r"Attack type: (\S+)")
POWER = re.compile(r"Initial attack power: (\S+)")
TOLD = """#!/bin/sh
at=$(date +%s.%N)
file=$(mktemp {folder}/told.XXXXXXXX)
{{ echo "$at $*"; cat; }} > "$file.new"
mv "$file.new" "$file.done"
"""


@dataclass(slots=True)
class Alert:
    """What one collector said: when (UTC, seconds), of which target, what it called it, and its own words."""

    at_s: float
    target: str
    called: str
    more: dict[str, Any] = field(default_factory=dict)


class FastNetMon:
    """FastNetMon 1.2.4 with its own thresholds, listening on loopback."""

    name = "FastNetMon"
    ports: ClassVar = {"flows": FASTNETMON_FLOWS, "sflow": FASTNETMON_SFLOW}

    def __init__(self, folder: Path, networks: Sequence[str], **settings: str) -> None:
        self._folder = folder
        script = folder / "told.sh"
        script.write_text(TOLD.format(folder=folder), "utf-8")
        script.chmod(0o755)
        (folder / "networks").write_text("".join(f"{each}\n" for each in networks), "utf-8")
        (folder / "allowed").write_text("", "utf-8")
        ours = {
            "disable_usage_report": "on", "netflow": "on", "netflow_host": "127.0.0.1", "sflow": "on",
            "sflow_host": "127.0.0.1", "netflow_port": str(FASTNETMON_FLOWS), "sflow_port": str(FASTNETMON_SFLOW),
            "networks_list_path": str(folder / "networks"), "white_list_path": str(folder / "allowed"),
            "notify_script_path": str(script), "monitor_local_ip_addresses": "off", "enable_api": "off",
            "prometheus": "off", "pid_path": str(folder / "pid"), "cli_stats_file_path": str(folder / "stats"),
            "cli_stats_ipv6_file_path": str(folder / "stats6"), **settings,
        }  # fmt: skip
        lines = [
            line
            for line in STOCK.read_text("utf-8").splitlines()
            if line.split("=")[0].strip() not in ours
        ]
        lines += [f"{key} = {value}" for key, value in ours.items()]
        (folder / "fastnetmon.conf").write_text("\n".join(lines) + "\n", "utf-8")
        self._log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [program("fastnetmon"), f"--configuration_file={folder / 'fastnetmon.conf'}", "--log_to_console"],
            stdout=self._log, stderr=self._log, cwd=folder,
        )  # fmt: skip
        listening(self.process, self.ports.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stopped(self.process)
        self._log.close()

    def alerts(self) -> list[Alert]:
        """Return what the script was told to ban, in the order of the times."""
        found = []
        for path in sorted(self._folder.glob("told.*.done")):
            head, _, text = path.read_text("utf-8", "replace").partition("\n")
            at, address, direction, power, action = head.split()
            if action != "ban":
                continue
            kind, claimed = KIND.search(text), POWER.search(text)
            more = {"direction": direction, "pps": int(claimed[1]) if claimed else int(power)}
            found.append(Alert(float(at), address, kind[1] if kind else "unknown", more))
        return sorted(found, key=lambda each: each.at_s)


class Uproar:
    """`uproar collect` with its own thresholds, listening on loopback; what it prints is stamped when it is read."""

    name = "Uproar"
    ports: ClassVar = {"flows": UPROAR_FLOWS, "sflow": UPROAR_SFLOW}

    def __init__(self, folder: Path, networks: Sequence[str], source: Path = ROOT / "src") -> None:
        command = [sys.executable, "-m", "uproar", "collect", "--json"]
        for port in self.ports.values():
            command += ["--listen", f"127.0.0.1:{port}"]
        for each in networks:
            command += ["--ours", each]
        self._log = (folder / "uproar.log").open("wb")
        self._lines: list[tuple[float, dict[str, Any]]] = []
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._log, cwd=folder,
            env={**os.environ, "PYTHONPATH": str(source)},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        listening(self.process, self.ports.values())

    def _read(self) -> None:
        if self.process.stdout is None:
            return
        for line in self.process.stdout:
            self._lines.append((time.time(), json.loads(line)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stopped(self.process)
        self._reader.join(PATIENCE_S)
        self._log.close()

    def alerts(self) -> list[Alert]:
        """Return the attacks raised, in the order of their lines."""
        return [
            Alert(at, line["target"], line["vector"], _short(line))
            for at, line in list(self._lines)
            if line.get("kind") == "attack" and line.get("state") == "raised"
        ]


def _short(line: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a line in the results: who it was, how much, and the probabilities."""
    return {
        "id": line["id"], "vectors": line["vectors"], "pps": line["rates"]["peak_packets_s"],
        "flash_crowd": line["flash_crowd"], "spoofed": line["sources"]["spoofed"],
    }  # fmt: skip


def program(name: str) -> str:
    """Return where a program is; exit where it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        sys.exit(f"{name} is not installed (Debian: apt install {name})")
    return found


def listening(process: subprocess.Popen[bytes], ports: Any) -> None:
    """Wait until all those UDP ports have a socket; exit where the process ends before, or does not come."""
    deadline = time.monotonic() + PATIENCE_S
    wanted = set(ports)
    while not wanted <= bound():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{process.args!r} does not listen on {sorted(wanted - bound())}")
        time.sleep(0.05)


def bound() -> set[int]:
    """Return the UDP ports that have a socket in this network namespace."""
    found = set()
    for name in ("udp", "udp6"):
        for line in Path(f"/proc/self/net/{name}").read_text().splitlines()[1:]:
            found.add(int(line.split()[1].rsplit(":", 1)[1], 16))
    return found


def dropped() -> dict[int, int]:
    """Return the datagrams that the kernel dropped for want of room, by UDP port."""
    found: dict[int, int] = {}
    for name in ("udp", "udp6"):
        for line in Path(f"/proc/self/net/{name}").read_text().splitlines()[1:]:
            cells = line.split()
            port = int(cells[1].rsplit(":", 1)[1], 16)
            found[port] = found.get(port, 0) + int(cells[12])
    return found


def stopped(process: subprocess.Popen[bytes]) -> None:
    """End a process: by its own way, or after a while without asking."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(PATIENCE_S / 3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
