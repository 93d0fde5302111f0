"""What fuzzes is run by hand: its engine is no dependency of the project."""

collect_ignore = ["fuzz_simplify.py"]
