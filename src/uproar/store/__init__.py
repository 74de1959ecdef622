"""Drivers that keep what can be recomputed: checkpoints and decisions."""
