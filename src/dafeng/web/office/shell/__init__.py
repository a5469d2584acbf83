"""Pages, menu, texts and errors of the office."""
