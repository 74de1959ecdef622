"""Who says so: the role of a claimant, which is all that a claim weighs by."""

from __future__ import annotations

# `operator` runs the service (its staff, owner, status page); `official` a government or regulator; `press` papers
# and stations; `expert` who is known to understand such things and is not the operator; `credit` who says
# to have done it; `public` everybody else: users, forums, posts.
ROLES: tuple[str, ...] = ("operator", "official", "press", "expert", "credit", "public")

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "operator",
        (
            "vendor", "owner", "team", "staff", "ceo", "cio", "cto", "ciso", "company", "operator",
            "spokes", "provider", "engineer-of", "employee", "insider", "founder", "host", "status-page",
        ),
    ),
    (
        "official",
        (
            "government", "minister", "official", "senator", "mp", "mps", "regulator", "police", "president",
            "agency", "authority", "council", "court", "politician", "fbi", "cisa", "ncsc", "governor",
        ),
    ),
    ("press", ("press", "media", "news", "newspaper", "journalist", "reporter", "magazine", "tv", "radio")),
    (
        "expert",
        (
            "expert", "experts", "analyst", "researcher", "engineer", "critics", "academic", "monitor",
            "security-firm", "netblocks", "thousandeyes", "kentik", "isp", "cdn", "carrier", "provider-of",
        ),
    ),
    ("public", ("social", "user", "users", "forum", "public", "customers", "community", "rumour", "rumor", "tweets")),
    (
        "credit",
        ("hacktivist", "hacktivists", "hackers", "extortionist", "attackers", "gang", "group", "anonymous", "ransom"),
    ),
)  # fmt: skip


def role_of(by: str) -> str:
    """Return the role of a claimant that is named freely ("network-engineer", "cloudflare-ceo", "minister").

    A name that says nothing of a role is that of a group that takes credit only when `credit_of` finds
    it said an attack; here it is `public`, which weighs least.
    """
    parts = by.lower().replace("_", "-").replace(" ", "-").split("-")
    for role, words in _WORDS:
        if any(part == word or part.rstrip("s") == word for part in parts for word in words):
            return role
    return "public"
