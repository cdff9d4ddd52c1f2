"""The SQL that decides about each offered row: typed values, and what is wrong with it.

Everything is derived from the contract; set-based, one pass over the files.
"""

import csv
from dataclasses import dataclass
from functools import cache
from textwrap import shorten

from sesame.contract import Column, Table
from sesame.engine import literal, quote
from sesame.home import PROJECT
from sesame.landing.files import Delivered, rows_sql

CONSENT_FREE = "consent"

# Reasons of refusal, by code in column _refusal.
REFUSALS = {1: "no consent in force", 2: "event before the consent covers"}


@dataclass(frozen=True)
class Problem:
    """Why a row goes to quarantine; code stands in column _problem."""

    code: int
    column: str
    reason: str


class _Problems:
    """Numbers the ways in which rows of one table can be wrong."""

    def __init__(self) -> None:
        self.all: list[Problem] = []

    def add(self, column: str, reason: str) -> int:
        self.all.append(Problem(len(self.all) + 1, column, reason))
        return len(self.all)

    def when(self, condition: str, column: str, reason: str) -> str:
        return f"when {condition} then {self.add(column, reason)}"


@cache
def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def reporting_lag_days(table: Table) -> int:
    """Usual days between an event and its being known, from the seed."""
    return next(
        int(row["lag_days"])
        for row in _seed("reporting_lags")
        if (row["domain"], row["table_name"]) == (table.domain, table.name)
    )


def _typed(raw: str, source_type: str, column: Column) -> str:
    """The value in the contract's type; null if it is not of that type."""
    target = column.data_type
    if target == "varchar":
        return f"nullif(trim(cast({raw} as varchar)), '')"
    if target in ("timestamp", "date"):
        value = f"try_cast({raw} as {target})"
        if target == "timestamp" and source_type == "VARCHAR":
            # Through timestamptz: a plain cast drops an offset such as +08:00 without a word.
            value = f"try_cast(try_cast({raw} as timestamptz) as timestamp)"
        # Four digits of year: no infinity, nothing that overflows when days are added.
        return (
            f"case when {value} >= {target} '1000-01-01' and {value} < {target} '9999-12-31' "
            f"then {value} end"
        )
    if source_type.lower() == target:
        return raw
    if target.endswith("int") or target == "integer":
        # A plain cast rounds 3.7 to 4.
        return (
            f"case when try_cast({raw} as double) = floor(try_cast({raw} as double)) "
            f"then try_cast({raw} as {target}) end"
        )
    return f"try_cast({raw} as {target})"


def _typed_file(file: Delivered, index: int, rejects: str, problems: dict[str, int]) -> str:
    """One file's rows: typed columns, `_file`, `_row`, `_problem` of typing."""
    types = dict(file.columns)
    values, checks = [], []
    if file.format == "jsonl":
        checks.append(f"when _line_problem = 'malformed' then {problems['malformed']}")
        checks.append(f"when _line_problem = 'unknown' then {problems['unknown']}")
    for column in file.table.columns:
        name = quote(column.delivered_as)
        if file.format != "jsonl" and column.delivered_as not in types:
            values.append(f"cast(null as {column.data_type}) as {name}")
            continue
        source_type = types.get(column.delivered_as, "VARCHAR")
        raw = f"_rows.{name}"
        typed = _typed(raw, source_type, column)
        values.append(f"{typed} as {name}")
        if typed != raw and column.data_type != "varchar":
            empty = f"trim({raw}) <> ''" if source_type == "VARCHAR" else f"{raw} is not null"
            checks.append(f"when {empty} and ({typed}) is null then {problems[column.name]}")
    problem = f"case {' '.join(checks)} end" if checks else "cast(null as integer)"
    return (
        f"select {', '.join(values)}, {index} as _file, _row, {problem} as _typing "
        f"from ({rows_sql(file, rejects)}) as _rows"
    )


def judged_sql(
    table: Table, files: list[Delivered], manifest_known_at: str | None
) -> tuple[str, list[Problem]]:
    """The query of all rows of `files`, and the meanings of its `_problem`.

    Columns: the contract's as delivered, `_file` (position in `files`), `_row`, `_problem` (null
    if sound) and `_refusal` (null if every subject consented). Needs the temporary tables of
    consent.make_consents.
    """
    problems = _Problems()
    typing = {
        column.name: problems.add(column.delivered_as, f"not a {column.data_type}")
        for column in table.columns
    }
    typing["malformed"] = problems.add("", "not a JSON object")
    typing["unknown"] = problems.add("", "holds a column the contract does not know")

    union = " union all ".join(
        _typed_file(file, index, rejects_table(index), typing) for index, file in enumerate(files)
    )
    event = f"_typed.{quote(table.event_at)}"
    lag = f"{event} + to_days({reporting_lag_days(table)})"
    settled = f"_typed.{quote(table.settled_at)}" if table.settled_at else event
    stated = f"timestamp {literal(manifest_known_at)}" if manifest_known_at else "null"
    known_at = f"coalesce(_typed.known_at, {stated}, greatest({lag}, {settled}))"

    checks = ["when _typing is not null then _typing"]
    for column in table.columns:
        value = f"_dated.{quote(column.delivered_as)}"
        if column.is_required:
            checks.append(problems.when(f"{value} is null", column.delivered_as, "required"))
        if column.minimum is not None:
            bound = f"cast({literal(column.minimum)} as {column.data_type})"
            checks.append(
                problems.when(f"{value} < {bound}", column.delivered_as, f"below {column.minimum}")
            )
        if column.maximum is not None:
            bound = f"cast({literal(column.maximum)} as {column.data_type})"
            checks.append(
                problems.when(f"{value} > {bound}", column.delivered_as, f"above {column.maximum}")
            )
        accepted = column.accepted_values
        if column.is_attribute:
            accepted = tuple(row["attribute_name"] for row in _seed("attributes"))
        if accepted:
            values = ", ".join(literal(value) for value in accepted)
            reason = (
                "no attribute of the catalogue"
                if column.is_attribute
                else f"not one of {shorten(', '.join(accepted), 100, placeholder=' …')}"
            )
            checks.append(problems.when(f"{value} not in ({values})", column.delivered_as, reason))
    checks.append(problems.when("_stated_known_at > now()::timestamp", "known_at", "in the future"))
    if table.settled_at:
        checks.append(
            problems.when(
                f"_dated.{quote(table.settled_at)} > _dated.known_at",
                table.settled_at,
                "after known_at: the row tells what was not yet known",
            )
        )
    joins, refusals = [], []
    if table.domain != CONSENT_FREE:
        for number, column in enumerate(table.subjects):
            subject = f"_dated.{quote(column.delivered_as)}"
            consent = f"_consent_{number}"
            joins.append(
                f"left join consents as {consent} on {consent}.subject_id = {subject} "
                f"and _dated.known_at >= {consent}.starts_at "
                f"and _dated.known_at < {consent}.ends_at"
            )
            refusals.append(f"when {consent}.subject_id is null then 1")
            refusals.append(
                f"when {consent}.covers_from_at > _dated.{quote(table.event_at)} then 2"
            )
            if not column.is_key:
                known = f"_known_{number}"
                joins.append(
                    f"left join known_subjects as {known} on {known}.subject_id = {subject}"
                )
                checks.append(
                    problems.when(
                        f"{known}.subject_id is null", column.delivered_as, "unknown subject"
                    )
                )
    refusal = f"case {' '.join(refusals)} end" if refusals else "cast(null as integer)"
    sql = f"""
        select
            _dated.* exclude (_typing, _stated_known_at),
            case {" ".join(checks)} end as _problem,
            {refusal} as _refusal
        from (
            select
                _typed.* replace ({known_at} as known_at), _typed.known_at as _stated_known_at
            from ({union}) as _typed
        ) as _dated
        {" ".join(joins)}
    """
    return sql, problems.all


def rejects_table(index: int) -> str:
    """Name of the temporary table of a CSV's lines that do not parse."""
    return f"_rejects_{index}"
