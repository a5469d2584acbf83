"""Quantified targets of a plan."""
