"""A simulated shop and its simulated shoppers: input for the lineage where no real log is at hand. Nothing here is measured on people."""
