"""What the next sample, plate or trial needs to exclude or to prove a clone."""
