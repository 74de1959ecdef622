"""Collectors that store or sum up flows, started for a while: nfcapd of nfdump, and nfacctd of pmacct."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from live_peers import listening, program, stopped

BUFFER_BYTES = 1 << 22
PORT = 2057


class Collector:
    """A program that takes flows at one UDP port of loopback until it is left; `counted` is what it says it took."""

    name = ""
    ports: ClassVar = {"flows": PORT}

    def __init__(self, folder: Path, networks: Sequence[str]) -> None:
        self.folder = folder
        del networks
        self._log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            self.command(), stdout=self._log, stderr=self._log, cwd=folder
        )
        listening(self.process, self.ports.values())

    def command(self) -> list[str]:
        raise NotImplementedError

    def counted(self) -> int | None:
        raise NotImplementedError

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


class NfCapd(Collector):
    """nfcapd stores every flow, without compression."""

    name = "nfcapd"

    def command(self) -> list[str]:
        stored = self.folder / "stored"
        stored.mkdir()
        return [
            program("nfcapd"), "-p", str(PORT), "-b", "127.0.0.1", "-w", str(stored), "-t", "3600", "-B", str(BUFFER_BYTES),
        ]  # fmt: skip

    def counted(self) -> int | None:
        """Return how many flows the files say they hold, once the program has ended."""
        told = subprocess.run(
            [program("nfdump"), "-R", str(self.folder / "stored"), "-I"],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        lines = [line.split() for line in told.splitlines()]
        return sum(int(cells[1]) for cells in lines if cells and cells[0] == "Flows:")


class NfAcctd(Collector):
    """nfacctd sums up packets by destination and protocol, and prints them when it ends. Its pipe is larger than by default."""

    name = "nfacctd"

    def command(self) -> list[str]:
        settings = self.folder / "nfacctd.conf"
        lines = [
            "daemonize: false", "nfacctd_ip: 127.0.0.1", f"nfacctd_port: {PORT}", f"nfacctd_pipe_size: {BUFFER_BYTES}",
            "plugins: print", "aggregate: dst_host,proto", "print_refresh_time: 600", "print_output: csv",
            f"print_output_file: {self.folder / 'printed'}", "plugin_pipe_size: 67108864", "plugin_buffer_size: 65536",
        ]  # fmt: skip
        settings.write_text("\n".join(lines) + "\n", "utf-8")
        return [program("nfacctd"), "-f", str(settings)]

    def counted(self) -> int | None:
        """Return the sum of the packets that it printed: each flow of the bench has one."""
        path = self.folder / "printed"
        if not path.exists():
            return None
        head, *lines = path.read_text("utf-8").splitlines()
        at = head.split(",").index("PACKETS")
        return sum(int(line.split(",")[at]) for line in lines)
