"""Commands that write packages for the platforms of others."""
