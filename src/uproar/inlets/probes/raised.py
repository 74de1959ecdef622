"""The facts of an exception, as plain values that `wire.failures` can read."""

from __future__ import annotations

from uproar.wire.failures import Raised

TEXT_MAX = 200  # characters


def facts(error: BaseException) -> Raised:
    """Return class names (the most special first), errno, OpenSSL's reason and code, and the text."""
    number = getattr(error, "errno", None)
    reason = getattr(error, "reason", None)
    code = getattr(error, "verify_code", None)
    return Raised(
        tuple(kind.__name__ for kind in type(error).__mro__ if kind is not object),
        number if isinstance(number, int) else None,
        reason if isinstance(reason, str) else "",
        code if isinstance(code, int) else None,
        " ".join(str(error).split())[:TEXT_MAX],
    )
