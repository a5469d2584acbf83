"""Public pages: what an owner published and the office turned on, readable without signing in."""
