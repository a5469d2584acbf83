"""Target tree: issued values with document, date and supersession, and what contradicts among them."""
