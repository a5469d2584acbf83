"""What a register is: schema, editions, expressions, code tables, working days; a definition made ready to check records."""
