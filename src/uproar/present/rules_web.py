"""Filters of requests as HAProxy, nginx and Cloudflare write them, and in words.

Words from outside stand in quotes and are of the signs that `trace.rules_http.writable` lets pass, checked once more here: no quote,
backslash, dollar, brace, bracket, hash or line end, so that there is nothing that could end a quote or begin a rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from uproar.errors import UproarError
from uproar.present.rules import WIDE, Written, percent
from uproar.trace.rules_http import WINDOW_S, HttpAdvice, HttpRule, writable

LINES_SHOWN = 8  # Of one filter in a report; JSON has all of them.
CLOUDFLARE_MAX = 4_096  # Characters of one expression.
_TITLE = "Against these requests. Nothing of this is applied; each line says what it would stop, and what it costs"
_IN_REGEX = frozenset(".()+*")

_WHY: Mapping[str, str] = MappingProxyType(
    {
        "narrow": "what most of its requests have in common",
        "broader": "less of it, for requests that change",
        "broadest": "the paths alone",
        "sources": "its busiest addresses; other people may share them",
        "limit": f"at most so many requests of one address in {WINDOW_S} s; shares are counted in windows of that length",
    }
)


class Unwritable(UproarError):
    """A word that would not stand safely in a filter."""


def written(rule: HttpRule, words: Mapping[int, bytes], place: int) -> list[Written]:
    """Return a filter in every syntax that can express it; raise Unwritable where a word must not stand in one."""
    paths = [_word(words[number]) for number in rule.ask.paths]
    agents = [_word(words[number]) for number in rule.ask.agents]
    if rule.limit:
        return [
            Written("haproxy", _haproxy_limit(rule.limit)),
            Written("nginx", _nginx_limit(rule.limit)),
        ]
    found = [
        Written("haproxy", _haproxy(rule, paths, agents, place)),
        Written("nginx", _nginx(rule, paths, agents, place)),
    ]
    expression = _cloudflare(rule, paths, agents)
    if len(expression) <= CLOUDFLARE_MAX:
        found.append(Written("cloudflare", expression))
    return found


def _word(octets: bytes) -> str:
    if not writable(octets):
        raise Unwritable("a word of the log cannot stand in a filter safely; leave it out")
    return octets.decode("ascii")


def _haproxy(rule: HttpRule, paths: Sequence[str], agents: Sequence[str], place: int) -> str:
    """Return lines for a frontend. In single quotes nothing is special; `--` ends options; lines of one name are alternatives."""
    name = f"uproar_{place}"
    lines = [f"acl {name}_path path -m str -- '{each}'" for each in paths]
    lines += [f"acl {name}_agent req.fhdr(user-agent) -m str -- '{each}'" for each in agents]
    lines += [f"acl {name}_source src {each}" for each in rule.ask.sources]
    if rule.ask.query:
        lines.append(f"acl {name}_query query -m len 1:65535")
    if rule.ask.post:
        lines.append(f"acl {name}_post method POST")
    asked = " ".join(dict.fromkeys(line.split(" ")[1] for line in lines))
    return "\n".join([*lines, f"http-request deny deny_status 403 if {asked}"])


def _haproxy_limit(limit: int) -> str:
    return "\n".join(
        (
            f"stick-table type ipv6 size 1m expire {3 * WINDOW_S}s store http_req_rate({WINDOW_S}s)",
            "http-request track-sc0 src",
            f"http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt {limit} }}",
        )
    )


def _nginx(rule: HttpRule, paths: Sequence[str], agents: Sequence[str], place: int) -> str:
    """Return what stands in `http { }` and in `server { }`. Keys of maps are matched whole and by their case only as expressions."""
    name = f"$uproar_{place}"
    blocks: list[tuple[str, str]] = []
    if paths:
        keys = [f'"~^{_literally(each)}(?:[?]|$)" 1;' for each in paths]
        blocks.append(("path", _block("map $request_uri", f"{name}_path", keys)))
    if agents:
        keys = [f'"~^{_literally(each)}$" 1;' for each in agents]
        blocks.append(("agent", _block("map $http_user_agent", f"{name}_agent", keys)))
    if rule.ask.query:
        keys = ['"~." 1;']
        blocks.append(("query", _block("map $args", f"{name}_query", keys)))
    if rule.ask.post:
        blocks.append(("post", _block("map $request_method", f"{name}_post", ["POST 1;"])))
    if rule.ask.sources:
        keys = [f"{each} 1;" for each in rule.ask.sources]
        blocks.append(("source", _block("geo $remote_addr", f"{name}_source", keys)))
    all_of = "".join(f"{name}_{kind}" for kind, _ in blocks)
    ones = "1" * len(blocks)
    lines = ["# in http { }", *(text for _, text in blocks)]
    lines.append(_block(f'map "{all_of}"', f"{name}_stop", [f'"{ones}" 1;']))
    return "\n".join([*lines, "# in server { }", f"if ({name}_stop) {{ return 403; }}"])


def _block(what: str, name: str, keys: Sequence[str]) -> str:
    return f"{what} {name} {{ default 0; {' '.join(keys)} }}"


def _literally(word: str) -> str:
    """Return an expression that fits that word only."""
    return "".join(f"[{sign}]" if sign in _IN_REGEX else sign for sign in word)


def _nginx_limit(limit: int) -> str:
    return "\n".join(
        (
            "# in http { }",
            f"limit_req_zone $binary_remote_addr zone=uproar:16m rate={max(limit * 60 // WINDOW_S, 1)}r/m;",
            "# in server { }",
            f"limit_req zone=uproar burst={limit} nodelay;",
            "limit_req_status 429;",
        )
    )


def _cloudflare(rule: HttpRule, paths: Sequence[str], agents: Sequence[str]) -> str:
    """Return an expression in the language of Cloudflare's rules, for an action that is chosen there."""
    terms = []
    for field, words in (("http.request.uri.path", paths), ("http.user_agent", agents)):
        if words:
            listed = " ".join(f'"{each}"' for each in words)
            terms.append(f"({field} in {{{listed}}})")
    if rule.ask.query:
        terms.append('(http.request.uri.query ne "")')
    if rule.ask.post:
        terms.append('(http.request.method eq "POST")')
    if rule.ask.sources:
        terms.append(f"(ip.src in {{{' '.join(rule.ask.sources)}}})")
    return " and ".join(terms)


def report(advice: HttpAdvice) -> list[str]:
    """Return the filters for one log as lines for a person."""
    lines = [_TITLE, f"  baseline: {measured(advice)}"]
    for place, rule in enumerate(advice.rules, 1):
        lines.append(f"    {rule.why}: {_WHY[rule.why]}")
        lines.append(f"      {_shares(rule, advice)}")
        for each in written(rule, advice.words, place):
            lines += _shown(each)
    if not advice.rules:
        lines.append("    none is worth telling: its requests have too little in common")
    lines += [f"  {note}" for told, note in _notes(advice) if told]
    return lines


def _shown(each: Written) -> list[str]:
    texts = each.text.splitlines()
    whole = [
        text if len(text) <= WIDE else f"{text[:WIDE]} ... (whole with --json)" for text in texts
    ]
    few = whole
    if len(whole) > LINES_SHOWN:
        left = len(whole) - LINES_SHOWN + 1
        few = [*whole[: LINES_SHOWN - 2], f"... {left} more (with --json)", whole[-1]]
    return [f"      {each.kind if not at else '':<10} {text}" for at, text in enumerate(few)]


def _notes(advice: HttpAdvice) -> list[tuple[bool, str]]:
    return [
        (
            advice.unwritable > 0,
            f"{advice.unwritable} of the most frequent paths and agents are left out: they hold signs that could end a quote, or are too long.",
        ),
        (advice.hidden, "No addresses are listed: the log tells none."),
        (not advice.known, "No limit is told: how much is usual is not known."),
    ]


def plain(advice: HttpAdvice) -> list[dict[str, Any]]:
    """Return the filters for one log as plain values, one for each syntax. A share that is not known is null."""
    return [
        {
            "kind": each.kind,
            "text": each.text,
            "attack": round(rule.attack, 4),
            "baseline": None if rule.baseline is None else round(rule.baseline, 4),
            "baseline_of": measured(advice),
            "baseline_sources": None if rule.hosts is None else round(rule.hosts, 4),
            "because": _WHY[rule.why],
        }
        for place, rule in enumerate(advice.rules, 1)
        for each in written(rule, advice.words, place)
    ]


def measured(advice: HttpAdvice) -> str:
    """Return in words on what costs were measured."""
    of = (
        "the log of an ordinary time"
        if advice.source == "file"
        else "the same log, outside of the attack's time"
    )
    said = f"{advice.requests:,} requests of {of}"
    return said if advice.known else f"not known; {said} are too few"


def _shares(rule: HttpRule, advice: HttpAdvice) -> str:
    stops = f"stops {percent(rule.attack)} of the attack's requests"
    if rule.baseline is None or rule.hosts is None:
        return f"{stops}; what it costs is not known"
    hits = f"hits {percent(rule.baseline)} of the baseline's"
    if rule.baseline == 0:
        hits = f"hits none of the baseline's {advice.requests:,} requests"
    return f"{stops}, {hits}, something of {percent(rule.hosts)} of its sources"
