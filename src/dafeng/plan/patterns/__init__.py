"""Patterns that decide a reading, as tables: one CSV file a theme, one row a pattern."""
