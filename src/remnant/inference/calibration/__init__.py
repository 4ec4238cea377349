"""Evidence that posterior and forecast mean what they say."""
