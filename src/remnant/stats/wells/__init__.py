"""What negative and positive wells can tell of a frequency."""
