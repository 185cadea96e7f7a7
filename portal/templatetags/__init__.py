"""Template filters of the Portal."""
