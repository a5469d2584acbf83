"""City grid: plants, demand, plan and its hourly runs."""
