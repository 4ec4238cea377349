"""The gating strategy of any tree as numbers ready to be drawn: bins, outlines, ticks, counts."""
