"""Drafts of case folders: for another place, from an issued plan, and the one synthetic example."""
