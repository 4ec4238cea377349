"""Who did what: added to, never changed."""
