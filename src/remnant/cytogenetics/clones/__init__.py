"""What the cells of a karyotype prove: clones, complexity, risk group, lost regions, evolution."""
