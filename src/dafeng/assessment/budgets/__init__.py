"""Carbon budgets: assigned, used, committed by projects under way, left; enterprises of the ETS apart."""
