"""Analysis of a built inventory: time series, versions, categories of the IPCC, energy as assessed."""
