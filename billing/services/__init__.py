"""One function for each thing a user wants; each opens one unit of work and says what changed."""
