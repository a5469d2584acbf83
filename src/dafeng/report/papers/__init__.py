"""Papers in official layout (GB/T 9704-2012): docx files for municipal use."""
