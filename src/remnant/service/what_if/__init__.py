"""Other calendars for one patient."""
