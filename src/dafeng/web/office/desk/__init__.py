"""What people keep on their desk: views of tables, and comments on records."""
