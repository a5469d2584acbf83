"""Data of the place itself in its drafted case."""
