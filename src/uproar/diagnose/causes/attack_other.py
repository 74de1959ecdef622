"""Break-in or takeover: somebody got in, or took over its name or its addresses, and broke or changed what it serves."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("traffic.attack", 2.0, "Floods cover for other attacks now and then."),
    Speaks("symptom.defaced", 18.0, "Only a stranger who got in can write a message there."),
    Speaks("symptom.bgp-hijack", 9.0, "Announcing somebody's addresses is one of its forms."),
    Speaks("symptom.data", 5.0, "Ransom software and wipers make data unreadable."),
    Speaks("symptom.nxdomain", 4.0, "Names that are taken over answer wrongly."),
    Speaks("time.weekend", 4.0, "Intruders strike while nobody watches."),
    Speaks("symptom.unreachable", 3.0, "Owners pull the plug to keep the intruder from going on."),
    Speaks("symptom.maintenance", 3.0, "Victims often show a page of maintenance while they look."),
    Speaks("time.off-peak", 3.0, "Intruders strike while nobody watches."),
    Speaks("change.none", 3.0, "It needs no change by the owner."),
    Speaks("symptom.tls", 2.0, "A stranger in the way shows a certificate that is not its own."),
    Speaks("notice.maintenance", 2.0, "Victims often speak of maintenance first."),
    Speaks("symptom.login", 2.0, "Accounts are locked while keys are changed."),
    Speaks("co.own-page", 2.0, "What hangs on the same keys falls with it."),
    Speaks("traffic.usual", 2.0, "It breaks in and does not flood."),
    Speaks("symptom.voice", 1.0, "Carriers have been wiped."),
    Speaks("traffic.foreign", 1.0, "Intruders come from elsewhere."),
    Speaks("traffic.people", -2.0, "Visitors have no part in it."),
    Speaks("onset.gradual", -2.0, "Encryption ends in one stroke for those who use the service."),
    Speaks("time.event", -2.0, "Crowds have no part in it."),
    Speaks("symptom.503", -3.0, "It is not overload."),
    Speaks("traffic.surge", -4.0, "It does not flood."),
    Speaks("traffic.retries", -4.0, "Returning clients are an effect of overload."),
    Speaks("change.near", -4.0, "An intruder does not wait for a change."),
    Speaks("co.cloud", -4.0, "A failure of the cloud explains it better."),
    Speaks("symptom.slow", -5.0, "It stops things rather than slow them."),
    Speaks("symptom.full", -5.0, "It is not short of room."),
    Speaks("change.config", -5.0, "A change that is told of was mostly the cause."),
    Speaks("change.deploy", -6.0, "A change that is told of was mostly the cause."),
    Speaks("time.window", -6.0, "A window explains it better."),
)  # fmt: skip

CAUSE = Cause(
    id="attack-other",
    family="attack",
    name="Break-in or takeover",
    phrase="a break-in or takeover",
    what="Somebody got in, or took over its name or its addresses, and broke or changed what it serves.",
    does="Cut off what is infected or taken, keep the traces, change all keys, and restore from copies that are known to be clean.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.76,
            "cdn": 0.02,
            "cloud": 0.05,
            "dns-host": 0.07,
            "access-network": 0.04,
            "client": 0.01,
            "third-party": 0.05,
        }
    ),
    agencies=MappingProxyType({"malicious-action": 1.0}),
    confused=(
        Confused(
            "planned-maintenance",
            "A page of maintenance that nobody announced, and that stays for days, hides something.",
        ),
        Confused(
            "data-db",
            "Data that were lost by mistake are restored and told of. Data that were taken or locked come with a demand, or with silence.",
        ),
        Confused(
            "dns-error",
            "A mistake is corrected in hours. A name that was taken over leads to somebody else's machines.",
        ),
        Confused(
            "bgp-routing-error",
            "A leak sends traffic through the wrong network by mistake. A hijack brings it to somebody who answers in the service's place.",
        ),
    ),
    examples=(
        Example(
            "Garmin's services stood still for days after its systems were encrypted.",
            "2020-07-23",
            "Garmin",
        ),
        Example("Kyivstar's network of phones was wiped from inside.", "2023-12-12", "Kyivstar"),
        Example(
            "The Internet Archive's pages showed a stranger's message, beside floods, and were then closed by its staff.",
            "2024-10-09",
            "Internet Archive",
        ),
    ),
)
