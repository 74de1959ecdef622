"""A crowd that reports from many loopback addresses, remembers every answer, and asks again.

Whoever got no answer sends the same report again with the same idempotency key, as a careful client
does. Every report carries its name in its words, so that the journal can be compared with the book.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field

REPORTS = "/api/v1/reports"
CLIENTS = 6
PATIENCE_S = 10.0
PAUSE_S = 0.002  # Between two reports of a client: the machine is not ours alone.
REFUSED_PAUSE_S = 0.05
ON_ONE_CONNECTION = 3
REGULARS = 40  # Addresses that report again and again; all others are one of a million.
REGULAR_SHARE = 0.2
VOTE_SHARE = 0.03
DAY_S = 86_400
# Most reports are about three services, so that incidents open; the last ones stay near silence.
WEIGHTS = {
    "x": 300,
    "github": 120,
    "whatsapp": 80,
    "netflix": 5,
    "signal": 3,
    "roblox": 2,
    "zoom": 1,
}
# A name of digits would be taken for a telephone number, and blotted in the words.
LETTERS = str.maketrans("0123456789", "abcdefghij")
SYMPTOMS = ("connect", "login", "slow", "other")


@dataclass(frozen=True)
class Sending:
    """A report as it is sent, and sent again: the same bytes from the same address."""

    name: str
    address: str
    body: bytes
    day: int  # The UTC day of the first attempt.


@dataclass
class Book:
    """What was sent and what was answered, over all rounds."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    unanswered: dict[str, Sending] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    over_midnight: set[str] = field(default_factory=set)
    sent_again: int = 0
    recognised: int = 0
    refused: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sent(self, sending: Sending) -> None:
        with self._lock:
            if sending.name in self.unanswered:
                self.sent_again += 1
                if int(time.time()) // DAY_S != sending.day:
                    self.over_midnight.add(sending.name)
            self.unanswered[sending.name] = sending

    def answered(self, sending: Sending, status: int, body: bytes, *, replayed: bool) -> None:
        with self._lock:
            if status == 503:
                self.refused += 1
            elif status == 202:
                self.acknowledged[sending.name] = int(json.loads(body)["id"])
                self.recognised += replayed
                self.unanswered.pop(sending.name, None)
            else:
                self.wrong.append(f"{sending.name} was answered with {status}: {body[:200]!r}")


class Crowd:
    """Clients that send until they are told to stop; first what had no answer, then new reports."""

    def __init__(self, book: Book, port: int, seed: str, *, fresh: bool = True) -> None:
        self._book, self._port, self._seed, self._fresh = book, port, seed, fresh
        self._again = deque(book.unanswered.values())
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._send_on, args=(n,)) for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self.wait()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()

    def _send_on(self, client: int) -> None:
        dice = random.Random(f"{self._seed}-{client}")
        number = 0
        while not self._stopped.is_set():
            try:
                batch = [self._again.popleft()]
            except IndexError:
                if not self._fresh:
                    return
                batch = _new(dice, f"{self._seed}-{client}-{number}")
                number += 1
            try:
                self._send(batch)
            except (OSError, http.client.HTTPException):
                time.sleep(REFUSED_PAUSE_S)

    def _send(self, batch: list[Sending]) -> None:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=PATIENCE_S, source_address=(batch[0].address, 0)
        )
        try:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for sending in batch:
                self._book.sent(sending)
                headers = {"Content-Type": "application/json", "Idempotency-Key": sending.name}
                connection.request("POST", REPORTS, sending.body, headers)
                answer = connection.getresponse()
                replayed = answer.getheader("Idempotency-Replayed") == "true"
                self._book.answered(sending, answer.status, answer.read(), replayed=replayed)
                time.sleep(PAUSE_S)
        finally:
            connection.close()


def _new(dice: random.Random, name: str) -> list[Sending]:
    """Return the next few reports of one address."""
    if dice.random() < REGULAR_SHARE:
        address = f"127.9.9.{dice.randrange(1, REGULARS)}"
    else:
        address = f"127.{dice.randrange(10, 250)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"
    day = int(time.time()) // DAY_S
    name = name.translate(LETTERS)
    services = dice.choices(
        list(WEIGHTS), list(WEIGHTS.values()), k=dice.randint(1, ON_ONE_CONNECTION)
    )
    names = [f"{name}-{'abc'[n]}" for n in range(len(services))]
    return [
        Sending(each, address, _body(dice, service, each), day)
        for each, service in zip(names, services, strict=True)
    ]


def _body(dice: random.Random, service: str, name: str) -> bytes:
    report: dict[str, object] = {"service": service, "words": name}
    if dice.random() < VOTE_SHARE:
        report["works"] = True
    else:
        report["symptom"] = dice.choice(SYMPTOMS)
    return json.dumps(report).encode()
