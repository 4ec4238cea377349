"""The whole fit: from a study to everything that is said about it."""
