"""Forecast error: past errors of the model's rule, their error process, and its effect on a forecast."""
