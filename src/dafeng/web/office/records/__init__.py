"""Pages of registers, returns and tasks over the record store."""
