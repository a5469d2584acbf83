"""Workbook of results: tables, charts, print set-up."""
