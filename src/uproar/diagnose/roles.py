"""Who says so: the role of a claimant, which is all that a claim weighs by."""

from __future__ import annotations

import re

# `operator` runs the service (its staff, owner, status page); `official` is a government or regulator; `press` are papers
# and stations; `expert` is known to understand such things and is not the operator; `credit` says to have
# done it; `public` is everybody else: users, forums, posts.
ROLES: tuple[str, ...] = ("operator", "official", "press", "expert", "credit", "public")

_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "public",
        frozenset(["social", "user", "forum", "public", "customer", "community", "rumour", "rumor", "tweet", "post", "crowd", "people"]),
    ),
    (
        "press",
        frozenset(["press", "media", "news", "newspaper", "journalist", "reporter", "magazine", "tv", "radio", "paper"]),
    ),
    (
        "credit",
        frozenset(["hacktivist", "hacker", "extortionist", "attacker", "gang", "anonymous", "ransomer", "ransom", "botnet"]),
    ),
    (
        "official",
        frozenset(
            ["government", "minister", "ministry", "official", "senator", "mp", "regulator", "police", "president", "agency", "authority", "council", "politician", "fbi", "cisa", "ncsc", "governor", "mayor", "parliament"]
        ),
    ),
    (
        "operator",
        frozenset(
            ["vendor", "owner", "team", "staff", "company", "operator", "spokesperson", "spokesman", "spokeswoman", "employee", "insider", "founder", "cio", "cto", "ciso", "ceo", "memo"]
        ),
    ),
    (
        "expert",
        frozenset(
            ["expert", "analyst", "researcher", "engineer", "critic", "academic", "monitor", "netblocks", "thousandeyes", "kentik", "consultant", "professor", "specialist", "security"]
        ),
    ),
)  # fmt: skip
ALONE_MAX = 2
_APART = re.compile(r"[^\w']+|_")
# "Team" alone is the operator's; in a longer name it is what a group of whatever kind calls itself.
_ALONE = frozenset({"team", "staff", "memo"})
_OFFICERS = frozenset({"ceo", "cto", "ciso", "cio", "founder"})


def role_of(by: str, *, attack: bool = False) -> str:
    """Return the role of a claimant that is named freely ("network-engineer", "minister", "vendor").

    The officer of a company that is named ("acme-ceo") speaks as an expert: were it the operator, it
    would be named so. A name that tells of no role is `credit` where it says that there was an `attack`,
    for those who put their name to one are mostly those who say to have done it, and else `public`.
    """
    parts = [part for part in _APART.split(by.lower()) if part]
    if len(parts) > 1 and parts[-1] in _OFFICERS:
        return "expert"
    for role, words in _WORDS:
        if any(
            (part in words or part.removesuffix("s") in words)
            and not (part in _ALONE and len(parts) > ALONE_MAX)
            for part in parts
        ):
            return role
    return "credit" if attack else "public"
