"""Tests of the Portal."""
