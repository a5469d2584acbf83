"""The record store: tables from definitions, acts with rights and a sealed log, pages, evidence, returns."""
