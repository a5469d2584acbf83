"""Analyses of the annual model: attribution, costs, feasibility, learning."""
