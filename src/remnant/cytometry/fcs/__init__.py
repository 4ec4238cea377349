"""FCS files: bytes to checked, memory-mapped events, and back."""
