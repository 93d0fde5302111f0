"""Any table of events (Parquet, CSV), read by a mapping file: mapping -> source -> convert -> pages -> run; preview shows without writing."""
