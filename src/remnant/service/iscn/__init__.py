"""Karyotypes and in situ results as typed: what they say, or the place at which they cannot be read."""
