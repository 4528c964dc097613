"""What is timed: one file for each group of scenarios."""
