"""Cascade of a target: a total shared out among counties, sectors or units by published methods."""
