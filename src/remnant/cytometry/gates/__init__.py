"""Gates as records, read and written as files, and placed on events."""
