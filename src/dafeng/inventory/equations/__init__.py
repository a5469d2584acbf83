"""Equations of emissions and indicators: pure functions of arrays."""
