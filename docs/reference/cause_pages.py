"""The reference pages of the causes: one for each mechanism, all with the same headings, and an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from uproar.diagnose import axes, items
from uproar.diagnose.cause import Cause, Speaks
from uproar.diagnose.causes import CAUSES

Weigh = Callable[[Cause, Speaks], float]

# One column of decibans for each set of weights, in the order of the table.
WEIGHTS: tuple[tuple[str, Weigh], ...] = (("expert", lambda _, speaks: speaks.decibans),)
STRONGEST = 3  # So many signs of each cause stand in the index.

INDEX_NOTE = """\
What can make a service fail, as {count} mechanisms in {families} families. Mechanisms are what an operator would do
differently: filter, roll back, wait for a carrier. Each is seen from the service that is named: while a name host is flooded,
the mechanism is a flood for the host and a [dependency](causes/dependency.md) for whoever it serves. Ids are permanent.

Beside the mechanism there are two axes more: whose side it is (locus) and what kind of hand (agency). What stands on
one axis stands on no other; malice is a hand and is looked for among attacks alone.

What speaks is weighed in decibans, ten times the decimal logarithm of how much more often a sign is seen where this is the
cause than where an average one is: +10 is ten times as often, -10 a tenth. *Expert* is what was written down before any data. Signs that overlap
add up, and a sign that was not looked for says nothing.
"""
SIDES = {
    "origin": "its own",
    "cdn": "the content network's",
    "cloud": "the cloud's",
    "dns-host": "the name host's",
    "access-network": "the access network's",
    "client": "the client's",
    "third-party": "somebody else's",
}
HANDS = {
    "system-failure": "a system that failed",
    "human-error": "a human error",
    "malicious-action": "malice",
    "natural-phenomenon": "nature",
    "third-party-failure": "a third party that failed",
}
SEEN_BY = {"outsider": "anyone", "operator": "the operator"}


def pages(note: str) -> dict[str, Callable[[], str]]:
    """Return the makers of all pages, by their path below the reference; `note` follows each title."""
    return {
        "causes.md": partial(_index, note),
        **{f"causes/{leaf}.md": partial(_page, cause, note) for leaf, cause in CAUSES.items()},
    }


def _index(note: str) -> str:
    lines = ["# Causes\n", note]
    lines.append(INDEX_NOTE.format(count=len(axes.LEAVES), families=len(axes.FAMILIES)))
    for family, leaves in axes.FAMILIES.items():
        lines.append(
            f"\n## {family}\n\n| cause | id | what it is | strongest signs |\n|---|---|---|---|\n"
        )
        for cause in map(CAUSES.__getitem__, leaves):
            signs = sorted(cause.speaks, key=lambda speaks: -speaks.decibans)[:STRONGEST]
            named = ", ".join(f"`{speaks.item}`" for speaks in signs)
            link = f"[{cause.name}](causes/{cause.id}.md)"
            lines.append(f"| {link} | `{cause.id}` | {cause.what} | {named} |\n")
    return "".join(lines)


def _page(cause: Cause, note: str) -> str:
    ranked = sorted(cause.speaks, key=lambda each: -each.decibans)
    sections = {
        "What it is": f"{cause.what}\n\nIn a sentence: the cause is {cause.phrase}.\n",
        "What an operator does": f"{cause.does}\n",
        "What speaks for it": _weighed(cause, [each for each in ranked if each.decibans > 0]),
        "What speaks against it": _weighed(
            cause, [each for each in ranked[::-1] if each.decibans < 0]
        ),
        "What it is confused with": _confused(cause),
        "Whose side and what kind of hand": _sides_and_hands(cause),
        "Examples": _examples(cause),
        "Its permanent id": f"`{cause.id}`, in the family `{cause.family}`. [All causes](../causes.md).\n",
    }
    return f"# {cause.name}\n{note}" + "\n".join(
        f"## {heading}\n\n{text}" for heading, text in sections.items()
    )


def _weighed(cause: Cause, speaks: list[Speaks]) -> str:
    known = {item.id: item for item in items.ITEMS}
    heads = [f"{name}, decibans" for name, _ in WEIGHTS]
    lines = [f"| evidence | who can see it | {' | '.join(heads)} | because |\n"]
    lines.append(f"|---|---|{'---:|' * len(heads)}---|\n")
    for each in speaks:
        item = known[each.item]
        weights = " | ".join(f"{weigh(cause, each):+.0f}" for _, weigh in WEIGHTS)
        what = f"{item.sentence} `{item.id}`"
        lines.append(f"| {what} | {SEEN_BY[item.view]} | {weights} | {each.because} |\n")
    return "".join(lines)


def _confused(cause: Cause) -> str:
    return "".join(
        f"* [{CAUSES[each.leaf].name}]({each.leaf}.md). {each.told_apart}\n"
        for each in cause.confused
    )


def _sides_and_hands(cause: Cause) -> str:
    return (
        "Where this is the mechanism and nothing more is known.\n\n"
        f"{_chances('side', cause.loci, SIDES)}\n{_chances('hand', cause.agencies, HANDS)}"
    )


def _chances(axis: str, chances: Mapping[str, float], words: Mapping[str, str]) -> str:
    ranked = sorted(chances.items(), key=lambda pair: -pair[1])
    rows = [f"| {words[id_]} | `{id_}` | {100 * chance:.0f} % |\n" for id_, chance in ranked]
    return f"| {axis} | id | probability |\n|---|---|---:|\n{''.join(rows)}"


def _examples(cause: Cause) -> str:
    dated = sorted(cause.examples, key=lambda example: example.date)
    return "".join(f"* {each.date}. {each.what} Source: {each.source}.\n" for each in dated)
