"""What holds for all tests: no law fails because a machine was busy, and no log outlives its test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

settings.register_profile("uproar", deadline=None)
settings.load_profile("uproar")


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """Take back what a command set up: its stream is closed when its test is over."""
    yield
    structlog.reset_defaults()
