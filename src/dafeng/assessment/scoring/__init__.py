"""Scoring as data: points, ladders, matrices, vetoes, bonuses and grades of a published scheme, evaluated exactly."""
