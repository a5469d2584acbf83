"""What records add up to: indicators with their counts, and the extract for a case."""
