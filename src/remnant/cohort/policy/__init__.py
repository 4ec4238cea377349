"""What is given until the next look, from what was seen: a scenario for many patients at once."""
