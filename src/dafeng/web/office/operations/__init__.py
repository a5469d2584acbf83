"""Backup, verification, restore and diagnosis of a workspace."""
