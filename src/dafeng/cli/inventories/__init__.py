"""Commands of `dafeng inventory` on time and forms."""
