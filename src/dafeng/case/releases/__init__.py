"""Releases of a case: the next folder from extracts and proposals, and what differs between two."""
