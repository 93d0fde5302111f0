"""The training stage: conversations -> fine-tuned checkpoints and the curve of each run.

Here a run is described, launched and read back. The training itself, and torch, are in ml_jobs.
"""
