"""How much came to a service, drawn: packets or requests a second over what is usual, each attack as its bracket."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from uproar.present import charts
from uproar.present.instants import span
from uproar.present.traffic_views import AttackView, Rates, TrafficView, Unit
from uproar.present.views import Chart

HEIGHT = 200  # px on a page


def fluid(view: TrafficView) -> Markup:
    """Return the chart of a service's traffic for a page; nothing where no rates are known."""
    if view.rates is None:
        return Markup()
    return charts.fluid(
        chart(view.rates),
        marks(view.attacks, view.rates, view.unit),
        f"Traffic of the service, in {view.unit} a second",
        height=HEIGHT,
    )


def chart(rates: Rates) -> Chart:
    """Return rates as a chart; its band reaches from none to what is usual."""
    return Chart(
        start_at=rates.start_at,
        step_ms=rates.step_ms,
        observed=rates.observed,
        expected=rates.usual,
        low=(0.0,) * len(rates.usual),
        high=rates.usual,
    )


def marks(attacks: Sequence[AttackView], rates: Rates, unit: Unit) -> charts.Marks:
    """Return the brackets of the largest attack, and how the counts are called."""
    what = f"{unit.capitalize()} a second, means of {span(rates.step_ms)}"
    if not attacks:
        return charts.Marks(name="traffic", what=what)
    worst = max(attacks, key=lambda each: each.packets_s)
    end = None if worst.until is None else (worst.until, worst.until)
    return charts.Marks(
        onset=worst.begins,
        recovery=end,
        going_on=worst.until is None,
        name="traffic",
        what=what,
    )
