"""The hierarchy of quiescent and active stem cells, progenitors and mature cells of three clones."""
