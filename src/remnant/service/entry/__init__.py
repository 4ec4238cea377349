"""Rows typed or pasted into a table of a study."""
