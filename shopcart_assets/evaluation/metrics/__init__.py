"""Metrics over all policies as assets: sums of verdicts, what has to be resampled, and the views over them."""
