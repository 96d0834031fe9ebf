"""The transparency log of the service: its key, its name, and its last checkpoint outside."""

from journal.last_checkpoint import LastCheckpoint
from journal.notes import SigningKey, VerifierKey

from api.settings import Settings


def signing_key(settings: Settings) -> SigningKey:
    """The key that signs this log's checkpoints."""
    return SigningKey(settings.origin, settings.keys.log)


def verifier_key(settings: Settings) -> VerifierKey:
    """The key by which anyone checks them."""
    return signing_key(settings).verifier


def last_checkpoint(settings: Settings) -> LastCheckpoint:
    """The store of the last checkpoint, outside the database."""
    return LastCheckpoint(settings.last_checkpoint, verifier_key(settings))
