"""Pages of targets, runs, releases and readings."""
