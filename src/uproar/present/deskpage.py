"""The desk's page, whole: forms that work without a script, with what was entered and what was wrong."""

from __future__ import annotations

from collections.abc import Mapping

from uproar.present import changewords, markup
from uproar.present.views import Site
from uproar.wire.changes.plain import STATES

ROLES = (
    ("operator", "runs the service"),
    ("official", "a government or regulator"),
    ("press", "a paper or station"),
    ("expert", "an expert who does not run it"),
    ("credit", "says to have done it"),
    ("public", "anybody else"),
)
_DESK = markup.environment().get_template("desk.html")


def page(
    site: Site,
    entry: str = "",
    fields: Mapping[str, str] | None = None,
    problem: str = "",
    kept: str = "",
) -> str:
    """Return the page. `entry` is the form that was sent, `fields` what stood in it, never a token.

    `problem` says what was wrong with it, `kept` under which reference it was kept.
    """
    given = fields or {}
    shown = {"entry": entry, "problem": _sentence(problem), "kept": kept}

    def filled(form: str, name: str) -> str:
        return given.get(name, "") if form == entry else ""

    return _DESK.render(
        site=site,
        shown=shown,
        filled=filled,
        kinds=list(changewords.KINDS.items()),
        states=STATES,
        roles=ROLES,
        twin="",
        path="",
        title="Desk",
        description="Enter what was said in public, or what was changed.",
    )


def _sentence(problem: str) -> str:
    return problem if not problem or problem.endswith((".", "?")) else f"{problem}."
