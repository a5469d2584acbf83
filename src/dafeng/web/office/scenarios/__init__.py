"""What-if of the office: the plan with changed measures, start years and drivers."""
