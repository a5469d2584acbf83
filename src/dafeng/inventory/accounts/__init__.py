"""Accounts of a place: from balance and activities to emissions with uncertainty."""
