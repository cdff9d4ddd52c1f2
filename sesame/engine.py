"""Connections to the encrypted databases, set up the one way they must be."""

import os
from collections.abc import Iterable

import duckdb
from duckdb_extensions import import_extension

from sesame.errors import SesameError
from sesame.home import DOMAINS, Home
from sesame.keys import key_ring


def quote(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """An SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def alias(database: str) -> str:
    """Name under which a database is attached: `raw_<domain>` for domains, else its own name."""
    return f"raw_{database}" if database in DOMAINS else database


def configure(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Encrypted spilling, OpenSSL, UTC and no network for a connection on `:memory:`."""
    import_extension("httpfs")
    connection.execute("load httpfs")  # its OpenSSL is what DuckDB encrypts files with
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute(f"set temp_directory = {literal(home.spill)}")
    # off by default, even where the database files are encrypted
    connection.execute("set temp_file_encryption = true")
    connection.execute("set timezone = 'UTC'")
    connection.execute("set preserve_insertion_order = false")
    if limit := os.environ.get("SESAME_MEMORY_LIMIT"):
        connection.execute(f"set memory_limit = {literal(limit)}")


def attach(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    database: str,
    *,
    read_only: bool = False,
    as_name: str | None = None,
) -> None:
    """Attach an encrypted database (a domain, `vault`, `warehouse`, …), making it if need be.

    Raises SesameError if the file cannot be opened with the key the ring holds.
    """
    path = home.database(database)
    key = key_ring(home).key(database)
    mode = ", read_only" if read_only else ""
    try:
        # The key is a parameter: it appears in no statement, so in no log or message.
        connection.execute(
            f"attach {literal(path)} as {quote(as_name or alias(database))} "
            f"(encryption_key $key{mode})",
            {"key": key},
        )
    except duckdb.Error as error:
        reason = str(error).replace(key, "…").splitlines()[0]
        raise SesameError(f"cannot open {path}: {reason}") from None
    if not read_only:
        path.chmod(0o600)


def connect(
    home: Home, *, write: Iterable[str] = (), read: Iterable[str] = ()
) -> duckdb.DuckDBPyConnection:
    """An in-memory connection with the named databases attached under their aliases."""
    home.make()
    connection = duckdb.connect(":memory:")
    try:
        configure(connection, home)
        for database in write:
            attach(connection, home, database)
        for database in read:
            attach(connection, home, database, read_only=True)
    except BaseException:
        connection.close()
        raise
    return connection
