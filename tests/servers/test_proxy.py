"""Reporters behind a proxy are told apart when the proxy is ours, and cannot pretend when it is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

from servers.desk import desk
from uproar.inlets.proxies import proxies

LOOPBACK = proxies(["127.0.0.0/8"])


def test_clients_behind_a_trusted_proxy_are_told_apart_and_placed(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, proxies=LOOPBACK) as front:
            for address in ("193.0.6.139", "193.0.6.140", "8.8.8.8", "2001:67c:2e8::1"):
                assert (await front.report(x_forwarded_for=address)).status == 202
            kept = front.reports()
            assert [report.place for report in kept] == ["NL", "NL", "US", "NL"]
            assert len({report.reporter for report in kept}) == 4
            assert len({report.network for report in kept}) == 3
            assert front.intake.counts["forwarded_malformed_total"] == 0

    asyncio.run(story())


def test_a_client_cannot_put_itself_elsewhere(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            for n in range(5):
                await front.report(x_forwarded_for=f"193.0.6.{n}", forwarded=f"for=8.8.8.{n}")
            assert {report.place for report in front.reports()} == {"ZZ"}
            assert len({report.reporter for report in front.reports()}) == 1

    asyncio.run(story())


def test_a_client_cannot_put_itself_elsewhere_through_a_trusted_proxy(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, proxies=LOOPBACK) as front:
            for n in range(5):
                # The proxy has appended what it saw; what stands left of that came from the client.
                await front.report(x_forwarded_for=f"8.8.8.{n}, 193.0.6.139")
            assert {report.place for report in front.reports()} == {"NL"}
            assert len({report.reporter for report in front.reports()}) == 1

    asyncio.run(story())


def test_a_malformed_header_is_counted_and_the_proxy_is_the_reporter(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, proxies=LOOPBACK) as front:
            for header in ("nonsense", "unknown", "193.0.6.139, ;;", "'; drop table", "a" * 3000):
                assert (await front.report(x_forwarded_for=header)).status == 202
            assert front.intake.counts["forwarded_malformed_total"] == 5
            assert {report.place for report in front.reports()} == {"ZZ"}
            assert len({report.reporter for report in front.reports()}) == 1

    asyncio.run(story())
