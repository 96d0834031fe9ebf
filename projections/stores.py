"""Chooses the store of the views that belongs to a book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.postgres import PostgresViews
from projections.sqlite import SQLiteViews

if TYPE_CHECKING:
    from pathlib import Path

    from projections.store import Store


def store_for(url: str, home: Path) -> Store:
    """The views beside the book at *url*: a schema there, or a file of their own in *home*."""
    if url.startswith(("postgresql:", "postgres:")):
        return PostgresViews(url)
    return SQLiteViews(home / "views.db")
