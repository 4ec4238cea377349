"""People, their log-ins, and secret keys."""
