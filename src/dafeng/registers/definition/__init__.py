"""Register definitions: schema, editions, expressions, code tables, working days.

Definitions are compiled to check records.
"""
