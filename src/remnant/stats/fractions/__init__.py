"""What k of n counted cells can tell of a fraction, and of one behind errors and impurity."""
