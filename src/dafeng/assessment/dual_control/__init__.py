"""Dual control of energy and carbon: assessed energy with its deductions."""
