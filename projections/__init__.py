"""Read models computed from the book."""
