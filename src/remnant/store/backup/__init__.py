"""A whole store as one file, and back; and whether all of it is still there."""
