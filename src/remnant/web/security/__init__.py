"""Who gets in, what they may send, and what every answer carries: one ring of the wall per module."""
