"""The courses of virtual patients, look by look, and what came of each."""
