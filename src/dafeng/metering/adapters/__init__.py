"""Mappings from other systems' messages to readings, as data; the packaged ones carry example names only."""
