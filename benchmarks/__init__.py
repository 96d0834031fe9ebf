"""Side-by-side figures of this machine; never part of the tests."""
