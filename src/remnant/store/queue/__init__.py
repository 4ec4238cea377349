"""Work that is asked for."""
