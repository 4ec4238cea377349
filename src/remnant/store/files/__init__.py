"""Bytes and folders by their content."""
