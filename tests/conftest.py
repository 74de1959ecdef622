"""What holds for all tests: no law fails because a machine was busy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("uproar", deadline=None)
settings.load_profile("uproar")
