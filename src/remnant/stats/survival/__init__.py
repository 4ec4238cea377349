"""What times to an event can tell, some of them cut short."""
