"""The report of `uproar diagnose` for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from uproar.diagnose.axes import FAMILY_OF
from uproar.diagnose.cause import Cause
from uproar.diagnose.conclude import BASE
from uproar.diagnose.diagnosis import Diagnosis, Reason
from uproar.diagnose.record import Aside
from uproar.present import diagnosiswords as words
from uproar.present.legible import clean

SHOWN = 5  # Mechanisms in the table.
REASONED = 2  # Mechanisms whose reasons are told.
BAR = 30  # Characters of a probability of one.
REASONS = 8  # Of one mechanism, each way together.


def report(
    id_: str, found: Diagnosis, causes: Mapping[str, Cause], aside: Sequence[Aside] = ()
) -> str:
    """Return what is said of one incident, as lines of text."""
    lines = [id_, f"  {words.why(found, causes)}", ""]
    ranked = sorted(found.mechanism, key=lambda leaf: -found.mechanism[leaf])
    if found.insufficient:
        lines.append("  Too little to go by; the figures all the same:")
    for leaf in ranked[:SHOWN]:
        p = found.mechanism[leaf]
        bar = "#" * round(BAR * p)
        lines.append(
            f"  {words.share(p):>15}  {bar:{BAR}}  {causes[leaf].name} [{leaf}, {FAMILY_OF[leaf]}]"
        )
    rest = sum(found.mechanism[leaf] for leaf in ranked[SHOWN:])
    lines.append(f"  {words.share(rest):>15}  {'':{BAR}}  all others")
    lines.append(
        f"  An attack of any kind: {words.share(found.attack)}; without anybody's word {words.share(found.without_claims)}."
    )
    for leaf in ranked[:REASONED]:
        lines += ["", f"  What speaks for (+) and against (-) {causes[leaf].phrase}, in decibans:"]
        lines += [_reason(each) for each in _strongest(found, leaf)]
    if found.next:
        lines += ["", "  What would change it most, in bits:"]
        lines += [f"    {each.bits:6.2f}  {each.ask} ({each.by})" for each in found.next]
    if aside:
        lines += ["", "  Set aside:"]
        lines += [
            f"    {clean(f'{each.field} {each.word}'.strip())}: {clean(each.why)}" for each in aside
        ]
    return "\n".join(lines) + "\n"


def _strongest(found: Diagnosis, leaf: str) -> list[Reason]:
    """Return the base rate and the strongest reasons, in the order of their strength."""
    own = [each for each in found.because if each.hypothesis == leaf]
    others = [each for each in own if each.item != BASE][:REASONS]
    return [*(each for each in own if each.item == BASE), *others]


def _reason(each: Reason) -> str:
    return f"    {each.decibans:+6.1f}  {each.sentence}"
