"""Scored nuclei become clone fractions, against cut-offs and against each other."""
