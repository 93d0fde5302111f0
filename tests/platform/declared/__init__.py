"""Tests of configuration as data."""
