"""Arithmetic without domain: arrays in, arrays out."""
