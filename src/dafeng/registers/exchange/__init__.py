"""Registers to and from people: templates, import with receipts, export, conflicts, public lists."""
