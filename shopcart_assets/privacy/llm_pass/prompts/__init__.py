"""Texts, not code: the versioned instructions. A changed prompt is a new file with a new number: it asks for everything anew."""
