"""Scenarios side by side in the same virtual patients."""
