"""`remnant survival`: every estimator of survival by name, on a table of one's own."""

from remnant.cli.survival.command import survival

__all__ = ["survival"]
