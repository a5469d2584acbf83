"""Exchange of networks with PyPSA files."""
