"""Tests of the traffic stage."""
