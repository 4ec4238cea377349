"""What a few events among many can tell: limits of detection, background, rare times fraction."""
