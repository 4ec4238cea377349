"""What would happen to many patients: virtual cohorts under a calendar of treatment."""
