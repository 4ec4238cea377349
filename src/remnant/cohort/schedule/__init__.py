"""The best schedule within limits of toxicity, judged on fresh patients."""
