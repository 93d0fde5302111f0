"""`python -m ml_jobs.bench`: how fast, how small and how evenly shared training is, side by side with its peers."""
