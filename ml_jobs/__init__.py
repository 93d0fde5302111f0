"""Programs that need torch: train, generate, complete. They know dagster_pipes, never dagster."""
