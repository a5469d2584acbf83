"""Record store: tables generated from definitions, acts, pages, evidence, returns.

Acts need access rights and are written to a sealed log.
"""
