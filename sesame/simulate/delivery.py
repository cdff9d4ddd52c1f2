"""One table of one block, as its provider delivers it: clean, or spoiled on request.

A row is delivered on the day it becomes known, into the partition of that month. Dirt changes some
rows on the way (dirt.csv says how); they travel in files of their own, every value as text, and a
ledger says what was done to which row, so that a test can demand that each was caught.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from sesame.contract import Column, Table
from sesame.engine import literal, quote
from sesame.landing.judge import reporting_lag_days

SQL = Path(__file__).parent / "sql"
DIRT = Path(__file__).parent / "dirt.csv"

# Delivered without known_at, as some providers do: landing then adds the source's usual lag.
WITHOUT_KNOWN_AT = frozenset(
    {
        ("marketplace", "reviews"),
        ("payments", "wallet_balances"),
        ("social", "interactions"),
    }
)

# Lists that are nobody's: written once, with the first block.
OF_NOBODY = frozenset({("marketplace", "categories"), ("partners", "readers")})

# How dirt is shared out among a table's spoiled rows; what cannot befall a table counts as
# malformed there.
KINDS = (
    "malformed",
    "unknown_subject",
    "duplicate",
    "conflict",
    "late",
    "day_postponed",
    "schema_drift",
)
SINGLE = KINDS[:5]  # befall rows one by one; the others a day and a month of a table
DRIFT_EVERY_MONTHS = 12
MOST_DAYS_LATE = 60
MOST_DAYS_POSTPONED = 3


@dataclass(frozen=True)
class Written:
    """Rows delivered of one table in one block; spoiled ones are among them."""

    rows: int
    spoiled: int


@cache
def malformed_values(table: Table) -> tuple[tuple[str, str | None], ...]:
    """Column and spoiled text (None: emptied) of each way to malform a row of this table.

    Besides those that dirt.csv lists for it, every table has one: a date that is none.
    """
    with DIRT.open(newline="", encoding="utf-8") as file:
        listed = [
            (row["column_name"], row["spoiled_to"] or None)
            for row in csv.DictReader(file)
            if (row["domain"], row["table_name"]) == (table.domain, table.name)
        ]
    return ((table.event_at, "2024-13-45"), *listed)


def deliver(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    *,
    files: Path,
    ledger: Path,
    block: int,
    dirt: float,
) -> Written:
    """Write the table's rows of the block that the connection holds.

    Files: `<files>/<domain>/<table>/month=<YYYY-MM>/block-<number>.parquet`; with dirt (the share
    of rows to spoil) also `spoiled-…` and `drifted-…` beside them, and
    `<ledger>/<domain>.<table>/block-<number>.parquet`.
    """
    folder = files / table.domain / table.name
    folder.mkdir(parents=True, exist_ok=True)
    connection.execute(f"set variable lag_days = {reporting_lag_days(table)}")
    generated = (SQL / table.domain / f"{table.name}.sql").read_text()
    columns = ", ".join(
        f"{_delivered(table, column)} as {quote(column.delivered_as)}" for column in table.columns
    )
    if not dirt:
        return Written(
            _copy(
                connection,
                f"""
                with generated as ({generated})
                select {columns}, delivery_month(known_at) as month
                from generated where is_delivered(known_at)
                """,
                folder,
                f"block-{block:04d}",
            ),
            0,
        )
    connection.execute(f"create temp table travelling as {_fated(table, generated, dirt)}")
    rows = _copy(
        connection,
        f"""
        select {columns}, delivery_month(_delivered_at) as month from travelling
        where (_kind is null or _kind in ('duplicate', 'conflict')) and is_delivered(_delivered_at)
        """,
        folder,
        f"block-{block:04d}",
    )
    spoiled = _write_spoiled(connection, table, folder, ledger, block)
    connection.execute("drop table travelling")
    return Written(rows + spoiled, spoiled)


def _delivered(table: Table, column: Column) -> str:
    """The value that a provider sends, in the contract's type."""
    if column.name == "known_at" and (table.domain, table.name) in WITHOUT_KNOWN_AT:
        return "null::timestamp"
    return f"{quote(column.delivered_as)}::{column.data_type}"


def _copy(connection: duckdb.DuckDBPyConnection, select: str, folder: Path, name: str) -> int:
    """Write rows into partitions by their column `month`; returns how many."""
    name = f"{name}-{{i}}"  # one thread writes one file a partition: number 0
    # DuckDB has no parameters in COPY; names and paths are quoted.
    written = connection.execute(
        f"copy ({select}) to {literal(folder)} (format parquet, compression zstd, "
        f"partition_by (month), filename_pattern {literal(name)}, overwrite_or_ignore)"
    ).fetchone()
    return int(written[0]) if written else 0


def _amount(table: Table) -> Column | None:
    """The column in which a second version of a row differs: the first decimal that may grow."""
    return next((c for c in table.columns if c.data_type == "decimal(18,2)"), None)


def _possible(table: Table) -> tuple[str, ...]:
    """What may befall rows of this table."""
    is_checked = table.domain != "consent" and any(not c.is_key for c in table.subjects)
    # Which of two versions wins is certain only where they state when they became known.
    is_stated = (table.domain, table.name) not in WITHOUT_KNOWN_AT
    impossible = set()
    if not is_checked:
        impossible.add("unknown_subject")
    if _amount(table) is None or not is_stated:
        impossible.add("conflict")
    return tuple("malformed" if kind in impossible else kind for kind in SINGLE)


def _fated(table: Table, generated: str, dirt: float) -> str:
    """The generated rows with what befalls each (`_kind`, null for most) and when it arrives."""
    kinds = "[" + ", ".join(literal(kind) for kind in _possible(table)) + "]"
    ways = len(malformed_values(table))
    name = f"{table.domain}.{table.name}"
    return f"""
        with generated as ({generated}),
        drawn as (
            select
                *,
                key_of({literal("dirt " + name)}, {quote(table.key.delivered_as)}, 0) as _kd,
                -- A postponed day is a whole day of the table's, whoever's rows.
                key_of({literal("day " + name)}, known_at::date, 0) as _k_day,
                -- A provider's unannounced version is out for a month, then withdrawn.
                key_of({literal("drift " + name)}, date_trunc('month', known_at), 0) as _k_drift
            from generated
            where known_at < getvariable('until_at')
        ),
        decided as (
            select
                * exclude (_k_day, _k_drift),
                case
                    when u(_k_drift, 1) < {1 / DRIFT_EVERY_MONTHS}
                        and u(_kd, 6) < {dirt * DRIFT_EVERY_MONTHS / len(KINDS)} then 'schema_drift'
                    when u(_k_day, 1) < {dirt / len(KINDS)} then 'day_postponed'
                    when u(_kd, 1) < {dirt * len(SINGLE) / len(KINDS)} then pick(u(_kd, 2), {kinds})
                end as _kind,
                floor({ways} * u(_kd, 3))::integer as _way,
                1 + floor({MOST_DAYS_POSTPONED} * u(_k_day, 2))::integer as _days_postponed
            from drawn
        )
        select
            * exclude (_days_postponed),
            known_at + to_days(case _kind
                when 'late' then 1 + floor({MOST_DAYS_LATE} * u(_kd, 4))::integer
                when 'day_postponed' then _days_postponed
                else 0
            end) as _delivered_at
        from decided
    """


def _write_spoiled(
    connection: duckdb.DuckDBPyConnection, table: Table, folder: Path, ledger: Path, block: int
) -> int:
    """Write what dirt touched, and the ledger of it; returns the number of rows."""
    ways = malformed_values(table)
    amount = _amount(table)
    subject = next((c.delivered_as for c in table.subjects if not c.is_key), None)
    texts = []
    for column in table.columns:
        name = quote(column.delivered_as)
        value = f"{_delivered(table, column)}::varchar"
        branches = [
            f"when _kind = 'malformed' and _way = {number} then "
            + ("null" if text is None else literal(text))
            for number, (spoiled, text) in enumerate(ways)
            if spoiled == column.delivered_as
        ]
        if column.delivered_as == subject:
            branches.append(
                "when _kind = 'unknown_subject' then 'nobody-' || (_kd % 1000)::varchar"
            )
        if amount and column.name == amount.name:
            other = f"(coalesce({name}, 0) + 1)::{column.data_type}::varchar"
            branches.append(f"when _kind = 'conflict' then {other}")
        if column.name == "known_at":
            branches.append("when _kind = 'conflict' then (known_at + interval 1 hour)::varchar")
        if branches:
            value = f"case {' '.join(branches)} else {value} end"
        texts.append(f"{value} as {name}")
    columns = ", ".join(quote(column.delivered_as) for column in table.columns)
    key = quote(table.key.delivered_as)
    spoiled_columns = " ".join(
        f"when _way = {number} then {literal(column)}" for number, (column, _) in enumerate(ways)
    )
    connection.execute(f"""
        create temp table spoiled as
        select
            {", ".join(texts)},
            _kind,
            {key}::varchar as _item_key,
            case
                when _kind = 'malformed' then case {spoiled_columns} end
                when _kind = 'unknown_subject' then {literal(subject or "")}
            end as _spoiled_column,
            _delivered_at,
            delivery_month(_delivered_at) as month,
            row_number() over (
                partition by delivery_month(_delivered_at), _kind = 'schema_drift'
                order by _delivered_at, {key}::varchar, _kd
            ) as row_number
        from travelling
        where _kind is not null and is_delivered(_delivered_at)
        order by month, row_number
    """)
    sound = _copy(
        connection,
        f"select {columns}, month from spoiled where _kind <> 'schema_drift'",
        folder,
        f"spoiled-{block:04d}",
    )
    drifted = _copy(
        connection,
        # A new version of the provider's software sends a column that nobody announced.
        f"select {columns}, 'v2' as schema_version, month from spoiled "
        "where _kind = 'schema_drift'",
        folder,
        f"drifted-{block:04d}",
    )
    target = ledger / f"{table.domain}.{table.name}"
    target.mkdir(parents=True, exist_ok=True)
    connection.execute(f"""
        copy (
            select
                {literal(table.domain)} as domain, {literal(table.name)} as table_name,
                _kind as kind,
                {literal(f"{table.domain}/{table.name}/month=")} || month
                || if(_kind = 'schema_drift', '/drifted', '/spoiled')
                || {literal(f"-{block:04d}-0.parquet")} as file_name,
                row_number, _item_key as item_key, _spoiled_column as column_name,
                _delivered_at as delivered_at
            from spoiled
        ) to {literal(target / f"block-{block:04d}.parquet")} (format parquet, compression zstd)
    """)
    connection.execute("drop table spoiled")
    return sound + drifted
