"""Industrial parks and virtual power plants."""
