"""Runs, imports and papers as rows that one worker takes."""
