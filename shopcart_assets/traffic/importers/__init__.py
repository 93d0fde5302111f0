"""Importers: logs in other people's formats, written as raw drops in the project's own contract. One module a format."""
