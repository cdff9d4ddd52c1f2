"""Generates the population set-wise in DuckDB; Python only says in which order.

`sql/base/` makes what several tables share (the latents, the months lived, orders, credit, ties);
`sql/<domain>/<table>.sql` is one `select` per table of the contract. Every draw is a hash of
(seed, what is drawn, subject, counter), so that the same seed gives the same bytes.
"""

import csv
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from sesame.contract import Table, contract
from sesame.engine import literal, quote
from sesame.errors import SesameError
from sesame.home import PROJECT

SQL = Path(__file__).parent / "sql"
DIRT = Path(__file__).parent / "dirt.csv"
LAGS = PROJECT / "seeds" / "reporting_lags.csv"

# The end is fixed and the start moves: demo scores are of the same day for any length.
END = datetime(2025, 1, 1)

# In this order: each may read those before it.
BASE = (
    "macros",
    "people",
    "life",
    "grants",
    "homes",
    "shop_list",
    "purchases",
    "purchase_lines",
    "credit_requests",
    "facilities",
    "bill_list",
    "ties",
)

# Delivered without known_at, as some providers do: landing then adds the source's usual lag.
WITHOUT_KNOWN_AT = frozenset(
    {
        ("marketplace", "reviews"),
        ("payments", "wallet_balances"),
        ("social", "interactions"),
    }
)

# Rare events (a penalty, an erasure) need some people to happen to, and outcomes twelve months.
FEWEST = {"consumers": 200, "businesses": 40, "months": 13}
MOST_MONTHS = 240


@dataclass(frozen=True)
class SimulateReport:
    """What was written. rows: per `domain.table`; seconds: wall time of the whole."""

    folder: Path
    rows: dict[str, int]
    seconds: float


@dataclass(frozen=True)
class _Spoil:
    """A share of a table's rows in which one column is overwritten (None: emptied)."""

    column: str
    value: str | None
    row_share: float


def simulate(
    to: Path,
    *,
    consumers: int,
    businesses: int,
    months: int,
    seed: int,
    progress: Callable[[str], None],
) -> SimulateReport:
    """Write `<to>/<domain>/<table>.parquet` for every table of the contract.

    The months end with 2024; `progress` gets a line per domain. An earlier simulation in `to` is
    replaced, all of it at once. Raises SesameError for senseless arguments and for a folder that
    holds something else or cannot be written; then nothing is left behind.
    """
    _check(consumers=consumers, businesses=businesses, months=months, seed=seed)
    began = time.monotonic()
    to = to.resolve()
    try:
        _check_target(to)
        to.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    except OSError as error:
        raise SesameError(f"cannot write {to}: {error.strerror}; choose another folder") from None
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"set temp_directory = {literal(work / 'spill')}")
            connection.execute("set timezone = 'UTC'")
            _set(connection, consumers=consumers, businesses=businesses, months=months, seed=seed)
            progress(f"simulating {consumers:,} consumers and {businesses:,} businesses")
            for name in BASE:
                connection.execute((SQL / "base" / f"{name}.sql").read_text())
            rows = _write(connection, work / "files", progress)
        _swap(work / "files", to, work / "replaced")
    except duckdb.OutOfMemoryException:
        raise SesameError(
            f"not enough memory or spill space for {consumers:,} consumers and {months} months; "
            "give fewer"
        ) from None
    except (duckdb.IOException, OSError) as error:
        raise SesameError(
            f"cannot write {to}: {str(error).splitlines()[0]}; free some space or choose another "
            "folder (nothing was left there)"
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return SimulateReport(folder=to, rows=rows, seconds=time.monotonic() - began)


def _check(**numbers: int) -> None:
    for name, fewest in FEWEST.items():
        if numbers[name] < fewest:
            raise SesameError(
                f"{name} is {numbers[name]}; give at least {fewest}, so that every table of the "
                "contract gets rows",
                exit_code=2,
            )
    if numbers["months"] > MOST_MONTHS:
        raise SesameError(f"months is {numbers['months']}; at most {MOST_MONTHS}", exit_code=2)
    if not 0 <= numbers["seed"] < 2**63:
        raise SesameError(f"seed is {numbers['seed']}; give 0 to 2^63 - 1", exit_code=2)


def _check_target(to: Path) -> None:
    """Only an absent or empty folder, or one that holds nothing but the contract's domains."""
    if to.exists() and not to.is_dir():
        raise SesameError(f"{to} is a file; give a folder", exit_code=2)
    if to.exists() and (other := {entry.name for entry in to.iterdir()} - set(contract())):
        raise SesameError(
            f"{to} holds {sorted(other)[0]}, which no simulation writes; give a folder of its own",
            exit_code=2,
        )


def _set(connection: duckdb.DuckDBPyConnection, **numbers: int) -> None:
    for name, number in numbers.items():
        connection.execute(f"set variable {name} = {number}::bigint")
    connection.execute(f"set variable end_at = timestamp {literal(END)}")
    connection.execute(
        f"set variable start_at = timestamp {literal(END)} - to_months({numbers['months']})"
    )


def _write(
    connection: duckdb.DuckDBPyConnection, folder: Path, progress: Callable[[str], None]
) -> dict[str, int]:
    """Write every table; returns rows per `domain.table`."""
    lags = {(row["domain"], row["table_name"]): int(row["lag_days"]) for row in _rows(LAGS)}
    spoils: dict[tuple[str, str], list[_Spoil]] = {}
    for row in _rows(DIRT):
        spoils.setdefault((row["domain"], row["table_name"]), []).append(
            _Spoil(row["column_name"], row["spoiled_to"] or None, float(row["row_share"]))
        )
    rows: dict[str, int] = {}
    for domain, tables in contract().items():
        (folder / domain).mkdir(parents=True)
        for name, table in tables.items():
            connection.execute(f"set variable lag_days = {lags[domain, name]}")
            select = _delivery(table, spoils.get((domain, name), []))
            path = folder / domain / f"{name}.parquet"
            # DuckDB has no parameters in COPY; names and paths are quoted.
            written = connection.execute(
                f"copy ({select}) to {literal(path)} (format parquet, compression zstd)"
            ).fetchone()
            rows[f"{domain}.{name}"] = written[0] if written else 0
        total = sum(rows[f"{domain}.{name}"] for name in tables)
        progress(f"{domain}: {total:,} rows in {len(tables)} tables")
    return rows


def _delivery(table: Table, spoils: list[_Spoil]) -> str:
    """The table's rows as delivered by the end: in key order, in the contract's types, spoiled."""
    body = (SQL / table.domain / f"{table.name}.sql").read_text()
    key = quote(table.key.delivered_as)
    columns = []
    for column in table.columns:
        name = quote(column.delivered_as)
        expression = f"{name}::{column.data_type}"
        if column.name == "known_at" and (table.domain, table.name) in WITHOUT_KNOWN_AT:
            expression = "null::timestamp"
        for number, spoil in enumerate(spoils):
            if spoil.column == column.delivered_as:
                value = "null" if spoil.value is None else literal(spoil.value)
                expression = (
                    f"if(u(key_of('dirt', {key}, {number}), 0) < {spoil.row_share}, "
                    f"{value}, {name})::{column.data_type}"
                )
        columns.append(f"{expression} as {name}")
    return (
        f"with generated as (\n{body}\n)\n"
        f"select {', '.join(columns)} from generated "
        f"where generated.known_at < getvariable('end_at') order by generated.{key}"
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _swap(files: Path, to: Path, aside: Path) -> None:
    """Put the finished folder in place of the old one, which comes back if that fails."""
    if to.exists():
        to.rename(aside)
    try:
        files.rename(to)
    except BaseException:
        if aside.exists():
            aside.rename(to)
        raise
