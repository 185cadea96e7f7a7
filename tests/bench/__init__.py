"""The bench: a gateway that costs nothing to run, a peer, and the table."""
