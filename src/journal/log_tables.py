"""placeholder until the log's own module is merged."""

LOG_TABLES: tuple[str, ...] = (
    "CREATE TABLE IF NOT EXISTS log_epochs (epoch {int} PRIMARY KEY, first_position {int})",
)
