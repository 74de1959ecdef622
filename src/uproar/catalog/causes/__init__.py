"""The weights of diagnosis and the past incidents that they were learned of, as data files beside this module."""

from __future__ import annotations

from importlib.resources import files


def weights() -> bytes:
    """Return the file of weights, to be read by `diagnose.model.parse`."""
    return files(__name__).joinpath("weights.json").read_bytes()


def past() -> bytes:
    """Return the file of past incidents, to be read by `diagnose.past.parse`."""
    return files(__name__).joinpath("past.jsonl").read_bytes()
