"""The ledger as schema.org ClaimReview (JSON-LD), so that search engines and archives can read what was checked.

One review for each thing that a statement asserts (https://schema.org/ClaimReview). Texts of outsiders are cleaned, and the
signs that could end a script element are written as escapes, so that the bytes may stand in a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from uproar.model.tick import iso
from uproar.present.legible import clean

# From worst to best; ClaimReview wants numbers, the words are what counts. Unproven and insufficient are no grades of
# falsehood: both stand in the middle.
RATINGS: Mapping[str, int] = {"contradicted": 1, "unproven": 3, "insufficient": 3, "supported": 5}
REVIEWS_MAX = 400
_ESCAPES = ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026"))


def reviews(ledger: Mapping[str, Any], page: str, reviewer: str) -> bytes:
    """Return the reviews of an incident's ledger (`Incident.ledger`) as JSON-LD; `page` is its absolute or rooted address.

    What a correction took back, and what asserts nothing, is not reviewed.
    """
    found = [
        _review(entry, history["now"], page, reviewer)
        for entry in ledger.get("entries", ())
        if not entry["claim"].get("withdrawn")
        for history in entry["verdicts"]
        if history["stands"] and history["now"]["axis"]
    ]
    body = msgspec.json.encode({"@context": "https://schema.org", "@graph": found[:REVIEWS_MAX]})
    for sign, escape in _ESCAPES:
        body = body.replace(sign, escape)
    return body + b"\n"


def _review(
    entry: Mapping[str, Any], verdict: Mapping[str, Any], page: str, reviewer: str
) -> dict[str, Any]:
    claim = entry["claim"]
    said: dict[str, Any] = {
        "@type": "Claim",
        "author": {"@type": "Thing", "name": clean(claim["by"])},
        "datePublished": iso(claim.get("said_at") or claim["at"]),
    }
    link = claim.get("link", "")
    if link.startswith("https://"):
        said["appearance"] = {"@type": "CreativeWork", "url": clean(link)}
    elif claim.get("where"):
        said["appearance"] = {"@type": "CreativeWork", "name": clean(claim["where"])}
    return {
        "@type": "ClaimReview",
        "url": f"{page}#claims",
        "datePublished": iso(verdict["at"]),
        "author": {"@type": "Organization", "name": clean(reviewer)},
        "claimReviewed": clean(claim["said"]),
        "itemReviewed": said,
        "reviewAspect": clean(f"{verdict['axis']}: {verdict['value']}"),
        "reviewBody": verdict["reason"],
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": RATINGS[verdict["word"]],
            "bestRating": 5,
            "worstRating": 1,
            "alternateName": verdict["word"],
        },
    }
