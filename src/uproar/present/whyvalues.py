"""Why, and who said what, as values for JSON: the keys of `uproar diagnose`, and those of a ledger."""

from __future__ import annotations

from typing import Any

import msgspec

from uproar.ledger.history import History
from uproar.ledger.verdicts import Verdict
from uproar.model.tick import iso
from uproar.present import why
from uproar.present.why_views import Spoken, Statement, Why


def diagnosis(found: Why) -> dict[str, Any]:
    """Return a diagnosis as a value for JSON: all that `uproar diagnose` prints, its sentence, and what looked alike."""
    return {
        **msgspec.to_builtins(found.diagnosis),
        "sentence": why.sentence(found),
        "similar": [
            {**msgspec.to_builtins(each), "likeness": round(each.likeness, 3)}
            for each in found.similar
        ],
    }


def ledger(spoken: Spoken) -> dict[str, Any]:
    """Return what was said as a value for JSON, each with all its verdicts, the earlier ones oldest first."""
    return {
        "weighed_at": None if spoken.at is None else iso(spoken.at),
        "entries": [_statement(each) for each in spoken.statements],
        "set_aside": spoken.set_aside,
        "records": msgspec.to_builtins(spoken.records),
    }


def _statement(each: Statement) -> dict[str, Any]:
    claim = each.claim
    return {
        "key": each.key,
        "by": claim.by,
        "role": each.role,
        "said_at": None if claim.said_at is None else iso(claim.said_at),
        "heard_at": iso(claim.at),
        "where": claim.where,
        "said": claim.said,
        "link": claim.link,
        "withdrawn": claim.withdrawn,
        "verdicts": [_history(history) for history in each.verdicts],
    }


def _history(history: History) -> dict[str, Any]:
    return {
        **_verdict(history.now),
        "stands": history.stands,
        "past": [_verdict(each) for each in history.past],
        "past_dropped": history.dropped,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {**msgspec.to_builtins(verdict), "at": iso(verdict.at)}
