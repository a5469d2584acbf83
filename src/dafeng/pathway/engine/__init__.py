"""Evaluation of the annual model over samples."""
