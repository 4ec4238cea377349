"""One patient against a population, in seconds: importance sampling with its guard."""
