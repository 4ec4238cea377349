"""The likelihood of every assay on raw counts, differentiable, each beside its simulator.

One module per assay: `slides`, `colonies`, `wells`, `frequencies`, `cycle`, `metaphases`, `variants`, `blood`
and `transcripts`. Each has `Rows` (what was counted at the visits of one patient), `numbers` (what the assay
itself leaves unknown), `log_likelihood`, `simulate`, `seen`, `observed` and `pad`. They need JAX, so each is
imported where it is used.
"""
