"""A real vault beside a book on either store."""

from pathlib import Path

from journal.forgotten import ForgottenList
from journal.keys import Keys
from journal.vault import Vault
from journal.vault_store import VaultFile, VaultSchema

MASTER = {
    "TIMEBANK_MASTER_KEY": "bWFzdGVyLW1hc3Rlci1tYXN0ZXItbWFzdGVyLW1hc3Q",
    "TIMEBANK_LOG_KEY": "bG9nLWxvZy1sb2ctbG9nLWxvZy1sb2ctbG9nLWxvZy0",
    "TIMEBANK_TOKEN_KEY": "dG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG8",
}


def open_vault(book_url: str, home: Path) -> Vault:
    """The vault of the book at *book_url*, its keys and files in *home*."""
    keys = Keys.load(home, MASTER, embedded=False)
    embedded = book_url.startswith("sqlite")
    store = VaultFile(home / "vault.db") if embedded else VaultSchema(book_url)
    return Vault(store, keys, forgotten=ForgottenList(home / "outside" / "forgotten"))
