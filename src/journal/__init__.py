"""The book: an immutable store of events, its receipts, its vault and its transparency log."""
