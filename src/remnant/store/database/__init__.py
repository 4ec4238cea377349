"""The database: tables, triggers, steps between versions, and one way to speak to either kind."""
