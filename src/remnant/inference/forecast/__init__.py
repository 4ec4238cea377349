"""What comes next: relapse, cure, other calendars, and which measurement would tell most."""
