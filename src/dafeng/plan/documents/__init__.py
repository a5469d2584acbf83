"""Conversion of documents to text: docx, PDF, web page, plain text."""
