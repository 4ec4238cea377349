"""Which mechanisms explain the counts, and when the clone returns: posterior, forecast, and their proof."""
