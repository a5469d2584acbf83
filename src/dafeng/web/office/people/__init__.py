"""Organisations, persons, roles, delegations and sessions."""
