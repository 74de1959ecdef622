"""Name servers on loopback: each rcode, silence, truncation, extended errors, DNSSEC."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from servers.peers import (
    HERE,
    Only,
    Reply,
    answering,
    design,
    free_port,
    hasty,
    http,
    listening,
    naming,
    probed,
    run,
)
from uproar.detect.finding import find
from uproar.model.measurement import Finding, Measurement
from uproar.present.probing import lines, sentence

NAME = "www.site.example"
PAGE = answering(http(200, b"hello"))
OWN = "127.0.0.2"  # where the zone's own name server is


def answer(query: dns.message.Message, *rows: str, **how: Any) -> dns.message.Message:
    """Return an answer with records in the form of a zone file."""
    told = dns.message.make_response(query, recursion_available=True)
    told.set_rcode(how.get("rcode", dns.rcode.NOERROR))
    for row in rows:
        name, kind, value = row.split(" ", 2)
        told.answer.append(dns.rrset.from_text(name, 60, "IN", kind, value))
    if "extended" in how:
        codes = [dns.edns.EDEOption(code, text) for code, text in how["extended"]]
        told.use_edns(0, options=codes)
    if how.get("authentic"):
        told.flags |= dns.flags.AD
    return told


def asked(query: dns.message.Message) -> tuple[str, str]:
    question = query.question[0]
    return question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)


def zone(rows: Mapping[tuple[str, str], str], **how: Any) -> Reply:
    """Answer from a table; a name that is not in it does not exist."""

    def reply(query: dns.message.Message, _: str) -> dns.message.Message:
        name, kind = asked(query)
        if (name, kind) in rows:
            return answer(query, f"{name}. {kind} {rows[name, kind]}", **how)
        known = any(name == other for other, _ in rows)
        return answer(query, rcode=dns.rcode.NOERROR if known else dns.rcode.NXDOMAIN)

    return reply


ADDRESS = {(NAME, "A"): HERE}
WHOLE = {
    **ADDRESS,
    ("site.example", "NS"): "ns.site.example.",
    ("ns.site.example", "A"): OWN,
}


def of(*resolvers: Reply, own: Reply | None = None, **how: Any) -> tuple[Measurement, Finding]:
    """Probe a name with resolvers that answer so, and the zone's own server, if there is one."""

    async def main() -> Measurement:
        async with contextlib.AsyncExitStack() as stack:
            ports = [await stack.enter_async_context(naming(reply)) for reply in resolvers]
            own_port = 53
            if own is not None:
                own_port = await stack.enter_async_context(naming(own, OWN))
            page = await stack.enter_async_context(listening(PAGE))
            made = design(
                resolvers=tuple((HERE, port) for port in ports), name_port=own_port, **how
            )
            return await probed(f"http://{NAME}:{page}/", made)

    measurement = run(main())
    return measurement, find(measurement)


def code(rcode: int, **how: Any) -> Reply:
    return lambda query, _: answer(query, rcode=rcode, **how)


def test_a_name_is_looked_up_and_each_server_is_told() -> None:
    measurement, finding = of(zone(WHOLE), zone(WHOLE), own=zone(ADDRESS))
    lookups = measurement.hops[0].lookups
    assert finding.state == "works"
    assert finding.notes == ()
    assert [one.role for one in lookups].count("resolver") == 4
    assert [one.addresses for one in lookups if one.role == "authoritative"] == [(HERE,), ()]
    assert next(one.server for one in lookups if one.role == "authoritative").startswith("ns.site")


@pytest.mark.parametrize(
    ("reply", "failure", "layer"),
    [
        (code(dns.rcode.NXDOMAIN), "dns_nxdomain_error", "dns_config"),
        (code(dns.rcode.SERVFAIL), "dns_servfail_error", "dns"),
        (code(dns.rcode.REFUSED), "dns_refused_error", "dns"),
        (code(dns.rcode.NOTIMP), "dns_server_misbehaving", "dns"),
        (code(dns.rcode.NOERROR), "dns_no_answer", "dns_config"),
        (
            code(dns.rcode.SERVFAIL, extended=[(22, "")]),
            "dns_servfail_error",
            "dns_authoritative_down",
        ),
        (code(dns.rcode.SERVFAIL, extended=[(7, "old")]), "dns_servfail_error", "dnssec_config"),
        (code(dns.rcode.NXDOMAIN, extended=[(17, "")]), "dns_nxdomain_error", "dns_policy"),
        (lambda _query, _over: b"garbage", "dns_server_misbehaving", "dns"),
    ],
)
def test_each_way_to_fail_is_named(reply: Reply, failure: str, layer: str) -> None:
    measurement, finding = of(reply)
    assert finding.failure is not None
    assert (finding.step, finding.failure.failure, finding.layer) == ("dns", failure, layer)
    assert finding.state == ("blocked" if layer == "dns_policy" else "fails")
    assert NAME in sentence(measurement, finding)


@pytest.mark.parametrize("reply", [lambda _query, _over: None, None])
def test_silence_and_a_closed_port_are_the_same(reply: Reply | None) -> None:
    if reply is not None:
        _, finding = of(reply, deadlines=hasty("lookup"))
    else:
        made = design(resolvers=((HERE, free_port()),), deadlines=hasty("lookup"))
        finding = find(run(probed(f"http://{NAME}/", made)))
    assert finding.failure is not None
    assert (finding.failure.failure, finding.failure.operation) == (
        "generic_timeout_error",
        "resolve",
    )


def test_an_answer_to_another_question_is_not_believed() -> None:
    def reply(query: dns.message.Message, over: str) -> bytes:
        made = zone(ADDRESS)(query, over)
        assert isinstance(made, dns.message.Message)
        made.id ^= 1
        return made.to_wire()

    _, finding = of(reply)
    assert finding.failure is not None
    assert finding.failure.failure == "dns_reply_with_wrong_query_id"


def test_a_missing_ipv6_address_does_not_hide_why_there_is_no_address() -> None:
    def reply(query: dns.message.Message, _: str) -> dns.message.Message:
        return answer(query, rcode=dns.rcode.SERVFAIL if asked(query)[1] == "A" else 0)

    _, finding = of(reply)
    assert finding.failure is not None
    assert finding.failure.failure == "dns_servfail_error"


def test_an_answer_that_does_not_fit_is_asked_for_over_tcp() -> None:
    def reply(query: dns.message.Message, over: str) -> dns.message.Message:
        if over == "tcp":
            return zone(ADDRESS)(query, over)  # type: ignore[return-value]
        told = answer(query)
        told.flags |= dns.flags.TC
        return told

    measurement, finding = of(reply)
    assert finding.state == "works"
    assert all(one.over_tcp for one in measurement.hops[0].lookups)


def test_an_answer_that_does_not_fit_and_no_tcp_is_a_failure_of_its_own() -> None:
    def reply(query: dns.message.Message, over: str) -> dns.message.Message | None:
        if over == "tcp":
            return None  # the connection is closed
        told = answer(query)
        told.flags |= dns.flags.TC
        return told

    measurement, finding = of(reply)
    assert finding.state == "fails"
    assert all(one.over_tcp and one.rcode == "" for one in measurement.hops[0].lookups)


def test_a_lost_packet_is_asked_for_again() -> None:
    lost = set()

    def reply(query: dns.message.Message, over: str) -> Any:
        if asked(query) not in lost:
            lost.add(asked(query))
            return None
        return zone(ADDRESS)(query, over)

    _, finding = of(reply, deadlines=hasty("lookup", 3.0))
    assert finding.state == "works"


def test_a_fault_of_dnssec_shows_when_nobody_validates() -> None:
    def reply(query: dns.message.Message, over: str) -> Any:
        if query.flags & dns.flags.CD:
            return zone(ADDRESS)(query, over)
        return answer(query, rcode=dns.rcode.SERVFAIL)

    measurement, finding = of(reply)
    assert (finding.state, finding.layer, finding.side) == ("fails", "dnssec_config", "dns-host")
    assert {one.dnssec for one in measurement.hops[0].lookups} == {"bogus"}
    assert "DNSSEC" in sentence(measurement, finding)


def test_a_name_that_validates_is_told() -> None:
    measurement, _ = of(zone(ADDRESS, authentic=True))
    assert "ok" in {one.dnssec for one in measurement.hops[0].lookups}


def test_a_resolver_is_asked_to_look_and_an_authority_for_what_it_knows() -> None:
    looking: dict[str, set[bool]] = {"resolver": set(), "own": set()}

    def noting(who: str, rows: Mapping[tuple[str, str], str]) -> Reply:
        def reply(query: dns.message.Message, over: str) -> Any:
            looking[who].add(bool(query.flags & dns.flags.RD))
            return zone(rows)(query, over)

        return reply

    of(noting("resolver", WHOLE), own=noting("own", ADDRESS))
    assert looking == {"resolver": {True}, "own": {False}}


def test_resolvers_that_disagree_are_noted() -> None:
    measurement, finding = of(code(dns.rcode.SERVFAIL), zone(ADDRESS))
    assert finding.state == "works"
    assert finding.notes == ("resolver-fails",)
    assert "SERVFAIL" in "\n".join(lines(measurement, finding))


def test_where_only_the_resolvers_fail_they_are_at_fault() -> None:
    def reply(query: dns.message.Message, over: str) -> Any:
        if asked(query)[0] == NAME:
            return answer(query, rcode=dns.rcode.SERVFAIL)
        return zone(WHOLE)(query, over)

    _, finding = of(reply, own=zone(ADDRESS))
    assert (finding.layer, finding.side) == ("dns_resolver", "access-network")


@pytest.mark.parametrize(
    ("own", "layer"),
    [
        (code(dns.rcode.REFUSED), "dns_authoritative"),
        (lambda _query, _over: None, "dns_authoritative_down"),
    ],
)
def test_where_the_zones_own_servers_fail_the_fault_is_theirs(own: Reply, layer: str) -> None:
    def reply(query: dns.message.Message, over: str) -> Any:
        if asked(query)[0] == NAME:
            return answer(query, rcode=dns.rcode.SERVFAIL)
        return zone(WHOLE)(query, over)

    _, finding = of(reply, own=own, deadlines=hasty("lookup", 3.0))
    assert (finding.layer, finding.side) == (layer, "dns-host")


def test_an_old_answer_is_noted_and_works() -> None:
    _, finding = of(zone(ADDRESS, extended=[(3, "stale")]))
    assert finding.state == "works"
    assert "stale-answer" in finding.notes


def test_an_alias_is_followed() -> None:
    def reply(query: dns.message.Message, _: str) -> dns.message.Message:
        if asked(query)[1] == "A":
            return answer(query, f"{NAME}. CNAME a.cdn.example.", f"a.cdn.example. A {HERE}")
        return answer(query, f"{NAME}. CNAME a.cdn.example.")

    measurement, finding = of(reply)
    assert finding.state == "works"
    assert measurement.hops[0].connects[0].address == HERE


def test_an_alias_in_a_circle_is_no_address() -> None:
    def reply(query: dns.message.Message, _: str) -> dns.message.Message:
        return answer(query, f"{NAME}. CNAME a.example.", f"a.example. CNAME {NAME}.")

    _, finding = of(reply)
    assert finding.failure is not None
    assert finding.failure.failure == "dns_no_answer"


def test_records_of_another_name_are_not_believed() -> None:
    _, finding = of(lambda query, _: answer(query, f"evil.example. A {HERE}"))
    assert finding.failure is not None
    assert finding.failure.failure == "dns_no_answer"


def test_a_name_that_leads_into_our_own_network_is_not_followed() -> None:
    guard = Only()
    measurement, finding = of(zone(ADDRESS), guard=guard)
    assert finding.state == "unknown"
    assert finding.failure is not None
    assert finding.failure.failure == "dns_bogon_error"
    assert measurement.hops[0].connects == ()
    assert HERE in dict(guard.asked)


def test_a_name_that_changes_between_two_lookups_gains_nothing() -> None:
    # Whoever rebinds a name answers with a public address first and a private one after.
    count = []

    def reply(query: dns.message.Message, _: str) -> dns.message.Message:
        if asked(query) != (NAME, "A"):
            return answer(query)
        count.append(1)
        return answer(query, f"{NAME}. A {'192.0.2.1' if len(count) == 1 else HERE}")

    guard = Only(addresses=frozenset({"192.0.2.1"}))
    measurement, _ = of(reply, guard=guard, deadlines=hasty("connect"))
    assert len(count) == 1
    assert {one.address for one in measurement.hops[0].connects} == {"192.0.2.1"}


def test_a_zone_cannot_send_us_to_a_name_server_within_our_own_network() -> None:
    reached = []

    def own(query: dns.message.Message, over: str) -> Any:
        reached.append(query)
        return zone(ADDRESS)(query, over)

    guard = Only(addresses=frozenset({HERE}))
    measurement, finding = of(zone(WHOLE), own=own, guard=guard)
    assert finding.state == "works"
    assert reached == []
    assert {one.role for one in measurement.hops[0].lookups} == {"resolver"}


def test_many_addresses_are_bounded() -> None:
    def reply(query: dns.message.Message, _: str) -> dns.message.Message:
        if asked(query)[1] != "A":
            return answer(query)
        return answer(query, *(f"{NAME}. A 127.0.0.{last}" for last in range(1, 60)))

    measurement, _ = of(reply)
    assert len(measurement.hops[0].lookups[0].addresses) == 8
    assert len(measurement.hops[0].connects) == 2


OTHER = "127.0.0.3"  # where its second name server is


def versions(first: int, second: int) -> tuple[Measurement, Finding]:
    """Probe a name whose zone has two servers, each with a version of its own."""

    def resolver(query: dns.message.Message, _: str) -> dns.message.Message:
        name, kind = asked(query)
        if (name, kind) == ("site.example", "NS"):
            return answer(
                query, "site.example. NS ns.site.example.", "site.example. NS ns2.site.example."
            )
        return zone({**WHOLE, ("ns2.site.example", "A"): OTHER})(query, "")  # type: ignore[return-value]

    def own(serial: int) -> Reply:
        soa = f"ns.site.example. who.site.example. {serial} 3600 600 86400 60"
        return zone({**ADDRESS, ("site.example", "SOA"): soa})

    async def main() -> Measurement:
        async with contextlib.AsyncExitStack() as stack:
            port = await stack.enter_async_context(naming(resolver))
            own_port = await stack.enter_async_context(naming(own(first), OWN))
            await stack.enter_async_context(naming(own(second), OTHER, own_port))
            page = await stack.enter_async_context(listening(PAGE))
            made = design(resolvers=((HERE, port),), name_port=own_port)
            return await probed(f"http://{NAME}:{page}/", made)

    measurement = run(main())
    return measurement, find(measurement)


def test_name_servers_with_different_versions_of_the_zone_are_noted_and_stop_nobody() -> None:
    measurement, finding = versions(2025031001, 2025031002)
    serials = {one.serial for one in measurement.hops[0].lookups if one.role == "authoritative"}
    assert serials == {2025031001, 2025031002}
    assert (finding.state, finding.notes) == ("works", ("serials-differ",))
    assert any("different versions of the zone" in line for line in lines(measurement, finding))


def test_name_servers_with_one_version_are_in_order() -> None:
    _, finding = versions(7, 7)
    assert (finding.state, finding.notes) == ("works", ())
