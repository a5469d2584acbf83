"""Documents to text: docx, PDF, web page, plain text."""
