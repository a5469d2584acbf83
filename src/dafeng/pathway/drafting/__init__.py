"""Draft of the annual model of a case from its plan: measures, trajectories, scenarios, each row graded."""
