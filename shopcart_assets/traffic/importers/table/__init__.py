"""Any table of events (Parquet, CSV), read by a mapping file: mapping (origins) -> source -> convert (columns) -> pages -> run; preview shows without writing."""
