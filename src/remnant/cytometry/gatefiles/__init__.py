"""Files of gates: Gating-ML 2.0 read and written, FlowJo workspaces read, into the same records."""
