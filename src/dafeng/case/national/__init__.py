"""National index: units, provinces, plants and estimates that any prefecture of China is drafted from."""
