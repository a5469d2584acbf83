"""Judgement of readings: quality, sums, quotas, budgets, costs, warnings."""
