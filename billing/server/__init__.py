"""The embedded PostgreSQL: init, start, stop, share, adopt."""
