"""The five questions of the planner, from what a person typed to an answer in tables and one sentence."""
