"""Files that a person brings: received, shown with what is wrong, mended, and kept as a study."""
