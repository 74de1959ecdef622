"""The three axes of a cause: mechanism (what failed), locus (whose side), agency (what kind of hand).

No value stands on two axes, so that "attack" cannot slip from a mechanism into a motive. Words are a
public contract: they stand in decisions, exports and addresses of pages, and are never renamed.
Mechanisms and families are those of the corpus (384 public post-mortems); agencies are ENISA's five.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# By family, the mechanisms: what an operator would do differently (filter, roll back, wait for a carrier).
FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "attack": ("ddos-volumetric", "ddos-application", "attack-other"),
        "change": (
            "config-error",
            "maintenance-migration",
            "bgp-routing-error",
            "bad-deploy",
            "tls-cert",
            "dns-error",
        ),
        "load": ("capacity-limit", "organic-surge", "cascade-retry"),
        "physical": ("power-cooling", "fibre-cut", "hardware"),
        "dependency": ("dependency",),
        "software-data": ("software-defect", "data-db", "date-time-bug"),
        "planned": ("planned-maintenance",),
        "unknown": ("unknown",),
    }
)
LEAVES: tuple[str, ...] = tuple(leaf for leaves in FAMILIES.values() for leaf in leaves)
FAMILY_OF: Mapping[str, str] = MappingProxyType(
    {leaf: family for family, leaves in FAMILIES.items() for leaf in leaves}
)
ATTACKS = FAMILIES["attack"]
UNKNOWN = "unknown"

# Whose side failed, seen from the service that is named: `origin` is its own.
LOCI: tuple[str, ...] = (
    "origin",
    "cdn",
    "cloud",
    "dns-host",
    "access-network",
    "client",
    "third-party",
)
AGENCIES: tuple[str, ...] = (
    "system-failure",
    "human-error",
    "malicious-action",
    "natural-phenomenon",
    "third-party-failure",
)


def families(of_leaves: Mapping[str, float]) -> dict[str, float]:
    """Return probabilities of the families, given those of the mechanisms."""
    return {
        family: sum(of_leaves.get(leaf, 0.0) for leaf in leaves)
        for family, leaves in FAMILIES.items()
    }
