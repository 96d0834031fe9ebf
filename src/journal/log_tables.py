"""The log's tables, once for both stores.

Shapes: `log_epochs` says where each log begins; `log_tiles` holds full tiles only (what is still
open is worked out from leaves and tiles); `log_checkpoints` holds every checkpoint ever signed,
numbered over all epochs and chained (see `journal.history`). `{int}` and `{blob}` are replaced by
each store's own type names.
"""

EPOCHS = """
CREATE TABLE IF NOT EXISTS log_epochs (
    epoch {int} PRIMARY KEY,
    first_position {int} NOT NULL,
    origin TEXT NOT NULL,
    old_size {int},
    old_root {blob},
    abandoned {blob}
)"""

TILES = """
CREATE TABLE IF NOT EXISTS log_tiles (
    epoch {int} NOT NULL,
    level {int} NOT NULL,
    n {int} NOT NULL,
    hashes {blob} NOT NULL,
    root {blob} NOT NULL,
    PRIMARY KEY (epoch, level, n)
)"""

CHECKPOINTS = """
CREATE TABLE IF NOT EXISTS log_checkpoints (
    number {int} PRIMARY KEY,
    epoch {int} NOT NULL,
    size {int} NOT NULL,
    root {blob} NOT NULL,
    note {blob} NOT NULL,
    signed_at {int} NOT NULL,
    link {blob} NOT NULL,
    seal {blob} NOT NULL,
    UNIQUE (epoch, size)
)"""

LOG_TABLES: tuple[str, ...] = (EPOCHS, TILES, CHECKPOINTS)

LOG_KEYS = {
    "log_epochs": ("epoch",),
    "log_tiles": ("epoch", "level", "n"),
    "log_checkpoints": ("number",),
}
"""Each table with its primary key: the order in which a copy is made."""
