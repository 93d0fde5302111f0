"""The report stage: our numbers beside the paper's, as a table, a figure and one page."""
