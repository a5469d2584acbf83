"""Compilation of a case into the annual model."""
