"""How a number is written: grouped by narrow spaces, with its unit, and never more exact than it is."""

from __future__ import annotations

NARROW = "\N{NARROW NO-BREAK SPACE}"
RATIO_EXACT = 10  # from here on a ratio is written without decimals
RATIO_MORE = 1.5  # below it we do not call counts "times the usual"
RATIO_LESS = 0.67
USUAL_MIN = 1.0  # below one report, a ratio to the usual says nothing


def count(number: float) -> str:
    """Return a count with its thousands grouped: 41 200."""
    return f"{round(number):,}".replace(",", NARROW)


def reports(number: int) -> str:
    """Return a count with its noun: "1 report", "41 200 reports"."""
    return f"{count(number)} report" + ("" if number == 1 else "s")


def share(part: float, whole: float) -> str:
    """Return a part as percent of a whole; "" where there is no whole."""
    if whole <= 0:
        return ""
    percent = 100 * part / whole
    if 0 < percent < 1:
        return f"<{NARROW}1{NARROW}%"
    return f"{round(percent)}{NARROW}%"


def usual(expected: float) -> str:
    """Return what is usual: "fewer than one", "about 3", "890"."""
    if expected < USUAL_MIN:
        return "fewer than one"
    return f"about {count(expected)}" if expected < RATIO_EXACT else count(expected)


def ratio(observed: float, expected: float | None) -> float | None:
    """Return how many times the usual a count is; None where the usual is too small to divide by."""
    if expected is None or expected < USUAL_MIN:
        return None
    return observed / expected


def times(observed: float, expected: float | None) -> str:
    """Return a count against the usual, in words that fit a sentence and a cell; "" if unknown."""
    if expected is None:
        return ""
    value = ratio(observed, expected)
    if value is None:
        return "usually fewer than one"
    if value >= RATIO_EXACT:
        return f"{count(value)} times the usual"
    if value >= RATIO_MORE:
        return f"{value:.1f}".removesuffix(".0") + " times the usual"
    return "about the usual" if value > RATIO_LESS else "below the usual"


def cell(observed: float, expected: float | None) -> str:
    """Return a count against the usual as short as a cell wants it: "46 ×", "usual < 1"."""
    if expected is None:
        return "not known"
    value = ratio(observed, expected)
    if value is None:
        return f"usual <{NARROW}1"
    return f"{count(value) if value >= RATIO_EXACT else f'{value:.1f}'}{NARROW}×"


def is_more(observed: float, expected: float | None) -> bool:
    """Tell whether a count is so far above the usual that a sentence may say so."""
    value = ratio(observed, expected)
    return value is not None and value >= RATIO_MORE


def percent(value: float) -> str:
    """Return a share or a probability: whole per cents, with a decimal near none and near all."""
    return f"{value:.1%}" if 0 < value < 0.1 or 0.9 < value < 1 else f"{value:.0%}"


def tight(text: str) -> str:
    """Return a sentence of ours in which no figure is parted from its "%" by the end of a line."""
    return text.replace(" %", f"{NARROW}%")


def bits(value: float) -> str:
    """Return bits a second in the unit that suits them."""
    for unit, size in (("Tbit/s", 1e12), ("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.0f} bit/s"
