"""Allocation (cascade) of a target: a total allocated to counties, sectors or units by published methods."""
