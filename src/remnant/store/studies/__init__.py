"""Studies with their revisions, drafts, results and tables."""
