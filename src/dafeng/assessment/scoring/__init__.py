"""Scoring schemes as data: points, ladders, matrices, vetoes, bonuses and grades, evaluated exactly."""
