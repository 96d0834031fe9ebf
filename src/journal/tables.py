"""The book's tables, once for both stores.

`{int}` and `{blob}` are replaced by each store's own type names. Positions are explicit, so that
they are gapless and no VACUUM can renumber them. `recorded_at` is microseconds since the epoch.
"""

EVENTS = """
CREATE TABLE IF NOT EXISTS stored_events (
    notification_id {int} PRIMARY KEY,
    originator_id TEXT NOT NULL,
    originator_version {int} NOT NULL,
    topic TEXT NOT NULL,
    state {blob} NOT NULL,
    nonce {blob} NOT NULL,
    leaf {blob} NOT NULL,
    recorded_at {int} NOT NULL,
    UNIQUE (originator_id, originator_version)
)"""

RECEIPTS = """
CREATE TABLE IF NOT EXISTS receipts (
    id TEXT NOT NULL,
    caller TEXT NOT NULL,
    digest {blob} NOT NULL,
    status {int} NOT NULL,
    answer {blob} NOT NULL,
    position {int} NOT NULL,
    recorded_at {int} NOT NULL,
    PRIMARY KEY (id, caller)
){without_rowid}"""

BLIND_INDEX = """
CREATE TABLE IF NOT EXISTS blind_index (
    field TEXT NOT NULL,
    mac {blob} NOT NULL,
    holder TEXT NOT NULL,
    PRIMARY KEY (field, mac, holder)
){without_rowid}"""

BLIND_INDEX_HOLDER = "CREATE INDEX IF NOT EXISTS blind_index_holder ON blind_index (holder)"

CREDENTIALS = """
CREATE TABLE IF NOT EXISTS credentials (
    name TEXT PRIMARY KEY,
    verifier TEXT NOT NULL,
    generation {int} NOT NULL
)"""

TABLES = (EVENTS, RECEIPTS, BLIND_INDEX, BLIND_INDEX_HOLDER, CREDENTIALS)

HEAD = """
SELECT notification_id, recorded_at, coalesce((SELECT max(first_position) FROM log_epochs), 1)
FROM stored_events ORDER BY notification_id DESC LIMIT 1"""

KEYS = {
    "stored_events": ("notification_id",),
    "receipts": ("id", "caller"),
    "blind_index": ("field", "mac", "holder"),
    "credentials": ("name",),
}
"""Each table with its primary key: the order in which a copy is made."""
