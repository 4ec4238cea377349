"""Signals under FISH and arrays as reported: nuclei, metaphases and arrays, each kept apart."""
