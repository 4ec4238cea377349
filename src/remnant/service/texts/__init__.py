"""The texts of a study, changed byte by byte."""
