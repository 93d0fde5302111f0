"""What a hostile page, log or model can do to the people who look at it: nothing."""
