"""Tests of the gateway package: they need neither Django nor a network."""
