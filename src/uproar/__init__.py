"""Uproar: an outage observatory that anyone can run."""

__version__ = "2026.11.0"
