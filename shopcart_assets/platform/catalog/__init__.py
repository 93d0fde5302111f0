"""How the UI presents an asset, whatever its stage: what it is, where it stands in SQL and in the code. What it does is not here."""
