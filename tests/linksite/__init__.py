"""Proofs of the core."""
