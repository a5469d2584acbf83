"""Structure of a plan: lines, outline, tasks, duties."""
