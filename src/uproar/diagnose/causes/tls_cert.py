"""Expired or wrong certificate: a certificate has expired, was exchanged for a wrong one, or is trusted no longer."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("symptom.tls-expired", 16.0, "An expired certificate is what this is."),
    Speaks("change.cert", 12.0, "A new certificate was wrong, or not loaded everywhere."),
    Speaks("symptom.tls", 9.0, "The secure connection is what fails."),
    Speaks("time.date-boundary", 9.0, "Certificates end at an instant that was written years before."),
    Speaks("time.midnight", 4.0, "Many certificates end at midnight UTC."),
    Speaks("scope.global", 3.0, "The certificate is the same everywhere."),
    Speaks("change.none", 3.0, "Nothing needs to change for a date to pass."),
    Speaks("traffic.drop", 3.0, "Clients give up before they ask."),
    Speaks("onset.sudden", 2.0, "From one second to the next nobody trusts it."),
    Speaks("symptom.api", 2.0, "Programs are stricter than browsers."),
    Speaks("symptom.login", 2.0, "Tokens are signed with keys that expire as well."),
    Speaks("symptom.voice", 2.0, "Equipment of carriers holds certificates too."),
    Speaks("co.dependents", 2.0, "Everything that trusts that certificate fails."),
    Speaks("traffic.usual", 2.0, "Nothing more comes in."),
    Speaks("symptom.app-crash", 1.0, "Apps and devices that trust nothing else stop."),
    Speaks("symptom.partial", 1.0, "Parts from a host with an expired certificate are missing."),
    Speaks("change.far", 1.0, "It was installed long before."),
    Speaks("notice.login", 1.0, "Vendors notice that nobody can sign in."),
    Speaks("time.event", -3.0, "Crowds have no part in it."),
    Speaks("change.deploy", -4.0, "A new version explains it better."),
    Speaks("onset.gradual", -4.0, "It ends at one instant."),
    Speaks("symptom.dns", -5.0, "It does not touch names."),
    Speaks("symptom.5xx", -5.0, "Where an error page comes, the secure connection stood."),
    Speaks("symptom.503", -5.0, "It is not overload."),
    Speaks("symptom.data", -5.0, "It does not touch data."),
    Speaks("scope.regional", -5.0, "Certificates do not know regions."),
    Speaks("scope.single-dc", -5.0, "Certificates do not know places."),
    Speaks("notice.slow", -5.0, "It works or it does not."),
    Speaks("onset.waves", -6.0, "It stays until a new one is there."),
    Speaks("symptom.slow", -7.0, "It works or it does not."),
    Speaks("symptom.packet-loss", -8.0, "It does not touch lines."),
    Speaks("symptom.bgp", -8.0, "It does not touch routes."),
    Speaks("symptom.full", -8.0, "It is not a crowd."),
    Speaks("traffic.surge", -8.0, "It does not need more traffic."),
    Speaks("traffic.packets", -8.0, "It is not a flood."),
)  # fmt: skip

CAUSE = Cause(
    id="tls-cert",
    family="change",
    name="Expired or wrong certificate",
    phrase="a certificate that had expired or was wrong",
    what="A certificate has expired, was exchanged for a wrong one, or is trusted no longer.",
    does="Install a valid certificate on every machine, restart what holds the old one, and watch dates of expiry.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.74,
            "cdn": 0.05,
            "cloud": 0.08,
            "dns-host": 0.01,
            "access-network": 0.03,
            "client": 0.03,
            "third-party": 0.06,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.12, "human-error": 0.78, "third-party-failure": 0.1}
    ),
    confused=(
        Confused(
            "date-time-bug",
            "The certificate itself tells when it ended. If it is valid, a clock or a date is to blame.",
        ),
        Confused(
            "config-error",
            "A certificate that is valid but of the wrong name was put there by a setting.",
        ),
        Confused(
            "attack-other",
            "A certificate from an issuer that the owner never used may be a stranger's.",
        ),
    ),
    examples=(
        Example(
            "O2's data network in the United Kingdom failed when a certificate in Ericsson's software had expired.",
            "2018-12-06",
            "Ericsson",
        ),
        Example(
            "Microsoft Teams failed for hours because a certificate had not been renewed.",
            "2020-02-03",
            "Microsoft",
        ),
        Example(
            "A root certificate behind Let's Encrypt reached its announced end, and old clients trusted valid sites no longer.",
            "2021-09-30",
            "Let's Encrypt",
        ),
    ),
)
