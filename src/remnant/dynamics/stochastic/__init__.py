"""Follow small pools cell by cell: exact and hybrid simulation."""
