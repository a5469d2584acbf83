"""Aggregation of records: indicators with their counts, and the extract for a case."""
