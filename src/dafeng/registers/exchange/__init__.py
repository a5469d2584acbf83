"""Data exchange of registers: templates, import with receipts, export, conflicts, public lists."""
