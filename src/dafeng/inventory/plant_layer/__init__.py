"""Plants of a place: their emissions, what they leave of each branch, and cross-checks with stated limits."""
