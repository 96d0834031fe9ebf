"""Ids that follow from other ids, so that a repeat finds the same one."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("2b0f6a52-7a0d-5c0e-9a3e-8b8f5d6c1e47")


def derived(kind: str, *parts: str) -> str:
    """Give the id that *kind* and *parts* always lead to."""
    return str(uuid5(_NAMESPACE, "/".join((kind, *parts))))
