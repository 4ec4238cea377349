"""Say of one look at one patient which rules were tried and why each was met or not."""
