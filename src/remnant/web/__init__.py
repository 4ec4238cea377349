"""The web app: it parses, asks `service` one thing, and shows what comes back."""
