"""Pages of assessment: scores with appeals, freezes, early warnings with their consequences, the project pipeline."""
