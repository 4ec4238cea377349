"""Whether a series of events was even in time."""
