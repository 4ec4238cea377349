"""Decide for every look at every patient, in arrays; why is said by `explain`, when somebody asks."""
