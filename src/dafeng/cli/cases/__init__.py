"""Commands of `dafeng case` that run several rooms: from a plan, and the gallery."""
