"""What happens when things break: kills, full and read-only disks, two runs at once, damaged deliveries. `make chaos` runs all of it."""
