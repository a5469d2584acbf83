"""Store of readings: schema, deduplication, day sums, archive."""
