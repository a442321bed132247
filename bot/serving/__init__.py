"""``rocket serve``: everything that is configured, in one process, until it is told to stop."""
