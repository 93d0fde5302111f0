"""What a person sees and does in a real browser: the UI, the report, the session explorer."""
