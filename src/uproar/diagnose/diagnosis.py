"""What is concluded: probabilities on three axes, what they rest on, and what would change them."""

from __future__ import annotations

from typing import Literal

import msgspec

Axis = Literal["mechanism", "locus", "agency"]


class Reason(msgspec.Struct, frozen=True):
    """One item of evidence, as it speaks for (above zero) or against one hypothesis.

    `decibans` is ten times the decimal logarithm of the factor by which it moves the odds of `hypothesis`
    against an average mechanism. The probabilities are what the sums of these give. `witness` names the signals that
    the sentence rests on, as far as they are at hand.
    """

    hypothesis: str
    item: str
    decibans: float
    sentence: str
    witness: tuple[str, ...] = ()


class NextEvidence(msgspec.Struct, frozen=True):
    """What is not known yet and would change the answer most.

    `ask` is what to get, as a phrase; `by` who can ("anyone", "the operator"); `bits` how much doubt
    between mechanisms it is expected to remove (mutual information); `items` which items it would settle.
    """

    ask: str
    by: str
    bits: float
    items: tuple[str, ...]


class Diagnosis(msgspec.Struct, frozen=True):
    """Calibrated probabilities over mechanisms, families, loci and agencies, each summing to one.

    `insufficient` is whether the evidence is below the floor, so that no mechanism may be named at all;
    `withheld` are the axes on which nothing may be said (all of them, if insufficient). `attack` is the sum over
    the attack family. `second` is another mechanism that must be named beside the first, empty if
    there is none (double causes). `view` is who could know what was given. `because` is ordered by strength, for the
    mechanisms that are told of; `unknown` lists the groups of evidence of which nothing is known.
    `without_claims` is `attack` as it is when nobody's word counts.
    """

    mechanism: dict[str, float]
    family: dict[str, float]
    locus: dict[str, float]
    agency: dict[str, float]
    attack: float
    insufficient: bool
    withheld: tuple[Axis, ...] = ()
    second: str = ""
    view: Literal["outsider", "operator"] = "outsider"
    because: tuple[Reason, ...] = ()
    next: tuple[NextEvidence, ...] = ()
    unknown: tuple[str, ...] = ()
    without_claims: float = 0.0
