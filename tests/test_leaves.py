"""The public entry of an event: exactly a hash and an index."""

from hashlib import sha256

from journal import leaves


def test_the_entry_is_the_hash_and_the_index_and_nothing_else() -> None:
    """Other software reads these bytes: no spaces, ``h`` before ``i``, hex in lower case."""
    digest = sha256(b"n" * 32 + b"{}").hexdigest()
    assert leaves.entry(b"n" * 32, b"{}", 7) == f'{{"h":"{digest}","i":7}}'.encode()


def test_the_leaf_is_the_rfc_6962_hash_of_the_entry() -> None:
    """One zero byte before the entry keeps a leaf from passing for an inner node."""
    entry = leaves.entry(b"n" * 32, b"{}", 7)
    assert leaves.leaf(b"n" * 32, b"{}", 7) == sha256(b"\x00" + entry).digest()


def test_the_same_event_under_another_nonce_shows_nothing_in_common() -> None:
    """Two entries of equal bytes differ, so nobody can tell by comparing."""
    assert leaves.entry(b"a" * 32, b"{}", 0) != leaves.entry(b"b" * 32, b"{}", 0)
