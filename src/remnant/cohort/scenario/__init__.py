"""What is done to whom: a calendar of treatment with rules, read strictly from TOML."""
