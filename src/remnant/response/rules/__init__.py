"""Limits as data, exact numbers, three-valued verdicts, spans of days, and calls with their rules."""
