"""What counts can tell: arrays in, arrays out; no tables, files, patients or plots."""
