"""Where the raw rows come from: the encrypted databases, or files of Parquet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl
from polars.io.plugins import register_io_source

from sesame.engine import alias, quote
from sesame.errors import SesameError
from sesame.home import PROJECT

# Rows that leave a table at a time.
BATCH_ROWS = 2_000_000


class Raw(Protocol):
    """A source of raw tables."""

    def scan(self, domain: str, table: str) -> pl.LazyFrame:
        """One raw table, columns as in the contract; nothing is read before it is collected."""


class FromHome:
    """The raw databases of a warehouse, over a connection that has them attached."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def scan(self, domain: str, table: str) -> pl.LazyFrame:
        relation = f"{quote(alias(domain))}.main.{quote(table)}"

        def query(select: str) -> pl.DataFrame:
            # a cursor of its own, for Polars reads several tables at once
            with self._connection.cursor() as cursor:
                return pl.DataFrame(cursor.sql(f"select {select}"))

        def source(
            columns: list[str] | None,
            predicate: pl.Expr | None,
            limit: int | None,
            _batch_rows: int | None,
        ) -> Iterator[pl.DataFrame]:
            """Only the columns that are asked for leave the database, some rows at a time."""
            names = "*" if columns is None else ", ".join(map(quote, columns))
            end = query(f"coalesce(max(rowid) + 1, 0) from {relation}").item()
            for start in range(0, end, BATCH_ROWS):
                rows = f"rowid >= {start} and rowid < {start + BATCH_ROWS}"
                frame = query(f"{names} from {relation} where {rows}")
                frame = frame if predicate is None else frame.filter(predicate)
                if limit is not None:
                    frame = frame.head(limit)
                    limit -= frame.height
                yield frame

        return register_io_source(source, schema=query(f"* from {relation} limit 0").schema)


class FromParquet:
    """A folder that holds each raw table as `<domain>/<table>/*.parquet`.

    Raises SesameError for a table that is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def scan(self, domain: str, table: str) -> pl.LazyFrame:
        folder = self._folder / domain / table
        if not any(folder.glob("*.parquet")):
            raise SesameError(f"{folder}: holds no Parquet file of the table {domain}.{table}")
        return pl.scan_parquet(folder / "*.parquet")


def seed(name: str) -> pl.DataFrame:
    """A seed as it stands in the project, every column as text."""
    return pl.read_csv(PROJECT / "seeds" / f"{name}.csv", infer_schema=False)
