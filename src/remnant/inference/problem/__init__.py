"""What is fitted: numbers with their priors, mechanisms, the hierarchy, one log density."""
