"""A small load generator: keep-alive connections over raw sockets and one epoll, in its own process.

`python load.py` reads one job as JSON from each line of stdin and answers with a line of JSON:
{"host", "port", "request" (latin-1), "connections", "seconds", "rate" (requests/s, 0 for as many as
possible)} gives {"rate", "failed", "p50_ms", "p99_ms"}. With a rate, latency counts from the moment
at which a request was due, so that a server which stalls does not hide it.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time


class Connection:
    __slots__ = ("buffer", "due", "fd", "needed", "sock")

    def __init__(self, host: str, port: int) -> None:
        self.sock = socket.create_connection((host, port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.fd = self.sock.fileno()
        self.buffer = b""
        self.needed = 0
        self.due = 0.0


def size_of(answer: bytes) -> int:
    """Return how long an answer is in all, 0 while its header is not complete."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = answer[:end].lower()
    at = head.find(b"content-length:")
    if at < 0:
        return end + 4
    line = head[at + 15 :].partition(b"\r\n")[0]
    return end + 4 + int(line)


def run(job: dict) -> dict:
    request = job["request"].encode("latin-1")
    rate = job["rate"]
    poll = select.epoll()
    connections = [Connection(job["host"], job["port"]) for _ in range(job["connections"])]
    by_fd = {connection.fd: connection for connection in connections}
    for connection in connections:
        poll.register(connection.fd, select.EPOLLIN)
    latencies: list[float] = []
    failed = done = sent = 0
    idle = list(connections)
    began = time.perf_counter()
    ends = began + job["seconds"]
    now = began
    while now < ends:
        while idle and (not rate or sent < (now - began) * rate):
            connection = idle.pop()
            connection.due = began + sent / rate if rate else now
            connection.sock.send(request)
            sent += 1
        for fd, _ in poll.poll(0.0005 if rate else 0.1):
            connection = by_fd[fd]
            connection.buffer += connection.sock.recv(262_144)
            if not connection.needed:
                connection.needed = size_of(connection.buffer)
            if not connection.needed or len(connection.buffer) < connection.needed:
                continue
            done += 1
            failed += connection.buffer[9:10] != b"2"
            latencies.append(time.perf_counter() - connection.due)
            connection.buffer = b""
            connection.needed = 0
            idle.append(connection)
        now = time.perf_counter()
    for connection in connections:
        connection.sock.close()
    latencies.sort()
    at = lambda share: 1000 * latencies[int(share * (len(latencies) - 1))] if latencies else 0.0  # noqa: E731
    return {
        "rate": done / (now - began),
        "failed": failed,
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
    }


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
