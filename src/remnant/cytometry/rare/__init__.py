"""Rare populations: their count with its interval, the limits of the lab, a verdict, and cells per µL."""
