"""Excel round trip of a case."""
