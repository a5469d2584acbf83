"""Upgrade of a store of an earlier version, in one transaction, when it is opened."""

import duckdb

OLD_VERSIONS = 100_000_000_000
"""Versions below were given by senders; those made of the moment of receipt in ms are above since 1973."""

UPGRADES: dict[int, tuple[str, ...]] = {
    2: (
        "ALTER TABLE day_sum ADD COLUMN spread INTEGER DEFAULT 0",
        "ALTER TABLE flag ADD COLUMN proposal VARCHAR",
        "ALTER TABLE registry ADD COLUMN approved VARCHAR",
        "CREATE TABLE dead_letter (id INTEGER, source VARCHAR, received TIMESTAMP, reason VARCHAR, digest VARCHAR, body BLOB)",
        f"UPDATE reading SET flags = flags | 16 WHERE version < {OLD_VERSIONS}",
    ),
    3: (
        "ALTER TABLE point ADD COLUMN since DATE",
        "ALTER TABLE point ADD COLUMN tariff VARCHAR",
        "ALTER TABLE term ADD COLUMN since DATE",
        "ALTER TABLE term ADD COLUMN until DATE",
        "ALTER TABLE verdict ADD COLUMN registry INTEGER",
        "ALTER TABLE verdict ADD COLUMN as_of_batch INTEGER",
        "CREATE TABLE published (month DATE, version INTEGER, registry INTEGER, batch INTEGER, made TIMESTAMP, digest VARCHAR, sums VARCHAR)",
    ),
}
"""Version → the statements that lead to the next one."""


def upgrade(connection: duckdb.DuckDBPyConnection, version: int, target: int) -> None:
    """Upgrade the tables of a store of `version` to those of `target`. Call inside a transaction."""
    for number in range(version, target):
        for statement in UPGRADES[number]:
            connection.execute(statement)
    connection.execute("UPDATE store SET version = ?", [target])
