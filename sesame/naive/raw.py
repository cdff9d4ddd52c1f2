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

        def read(columns: list[str] | None, limit: int | None) -> pl.DataFrame:
            names = "*" if columns is None else ", ".join(map(quote, columns))
            rows = "" if limit is None else f" limit {limit:d}"
            # a cursor of its own, for Polars reads several tables at once
            with self._connection.cursor() as cursor:
                return pl.DataFrame(cursor.sql(f"select {names} from {relation}{rows}"))

        def source(
            columns: list[str] | None,
            predicate: pl.Expr | None,
            limit: int | None,
            _batch_rows: int | None,
        ) -> Iterator[pl.DataFrame]:
            """Only the columns that are asked for leave the database."""
            frame = read(columns, limit)
            yield frame if predicate is None else frame.filter(predicate)

        return register_io_source(source, schema=read(None, 0).schema)


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
