"""Releases of a case: the next folder from extracts and proposals, and the differences between two."""
