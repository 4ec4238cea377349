"""The published figures that the model of del(5q) should reproduce, and whether it does."""
