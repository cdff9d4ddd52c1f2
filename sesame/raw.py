"""The raw databases: made empty from the contract, with the registers that landing keeps."""

import duckdb

from sesame import engine
from sesame.contract import domain_tables
from sesame.home import DOMAINS, Home

# One row per batch and table: offered = landed + already_there + quarantined + refused.
# displaced counts rows of earlier batches that this one replaced (see docs/decisions/0002).
# _removed tells incremental models which days lost a row: once per subject of the row, and once
# for its shop.
_REGISTERS = """
create table if not exists {db}.main._batches (
    batch_id varchar not null,
    table_name varchar not null,
    offered bigint not null,
    landed bigint not null,
    already_there bigint not null,
    quarantined bigint not null,
    refused bigint not null,
    displaced bigint not null,
    landed_at timestamp not null,
    primary key (batch_id, table_name)
);
create table if not exists {db}.main._quarantine (
    table_name varchar not null,
    file_name varchar not null,
    file_digest varchar not null,
    row_number bigint not null,
    column_name varchar not null,
    reason varchar not null,
    batch_id varchar not null
);
create table if not exists {db}.main._refusals (
    batch_id varchar not null,
    table_name varchar not null,
    reason varchar not null,
    refused bigint not null,
    primary key (batch_id, table_name, reason)
);
create table if not exists {db}.main._removed (
    table_name varchar not null,
    key_value varchar not null,
    event_at timestamp,
    removed_at timestamp not null
);
create table if not exists {db}.main._refused_files (
    file_name varchar not null,
    reason varchar not null,
    batch_id varchar not null
);
"""

# One row per subject, kind and token: landing sees to it. A primary key would cost more memory than
# the table.
_VAULT = """
create table if not exists vault.main.identifiers (
    subject_id varchar not null,
    kind varchar not null,
    token varchar not null,
    value varchar not null
);
"""


def ensure(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Create what is missing in an attached domain or the vault. Idempotent."""
    if database == "vault":
        connection.execute(_VAULT)
        return
    db = engine.quote(engine.alias(database))
    connection.execute(_REGISTERS.format(db=db))
    for table in domain_tables(database).values():
        columns = ", ".join(
            f"{engine.quote(column.name)} {column.data_type}"
            + (" not null" if column.is_required else "")
            for column in table.columns
        )
        connection.execute(
            f"create table if not exists {db}.main.{engine.quote(table.name)} "
            f"({columns}, _batch_id varchar not null, _landed_at timestamp not null)"
        )


def ensure_all(home: Home) -> None:
    """Make keys and empty raw databases where there are none yet. Needs the lock."""
    for database in (*DOMAINS, "vault"):
        if not home.database(database).exists():
            with engine.connect(home, write=[database]) as connection:
                connection.execute("begin")
                ensure(connection, database)
                connection.execute("commit")
                connection.execute(f"checkpoint {engine.quote(engine.alias(database))}")
