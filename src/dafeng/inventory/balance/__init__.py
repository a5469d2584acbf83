"""Energy balances: reading, names, identities, coal equivalents."""
