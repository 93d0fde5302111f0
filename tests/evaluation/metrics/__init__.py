"""Tests of the metrics over all policies."""
