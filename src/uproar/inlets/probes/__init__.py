"""Probes: what a check sees of a service, layer by layer. They measure, and judge nothing."""
