"""Drivers that keep what cannot be recomputed: the signals, in the order of their arrival."""
