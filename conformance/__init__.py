"""What is promised, and the suite that checks it: one file for each primitive."""
