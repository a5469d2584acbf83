"""Methods on plain arrays: peaks, LMDI, Shapley, sampling, stocks."""
