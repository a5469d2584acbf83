"""How wrong an answer can be: past errors of the model's rule, the process they come from, and what it does to a forecast."""
