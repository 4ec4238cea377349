"""The gates of a tube, looked at, moved and saved."""
