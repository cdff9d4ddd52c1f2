"""The raw rows behind an attribute of a subject: where a score comes from, in the end.

Seed `attribute_evidence` says which tables and whose rows; the clocks and windows are those of the
models. Rows are read from the raw tables themselves, each with its key and the batch that brought
it. Other people are in them as far as they act on the subject: they are numbered, not named, and
so are the keys of rows that they are in, which are made of who they are as often as not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from sesame.contract import Column, Table, contract
from sesame.engine import alias, quote
from sesame.errors import SesameError

REPORTED = ("partners", "reported_attributes")

_ATTRIBUTES = """
select attribute_name, subject_kind, window_months, description
from warehouse.seeds.attributes
where attribute_name = $attribute
"""

_TABLES = """
select
    domain, table_name, list(subject_column order by subject_column), any_value(reach),
    bool_or(has_others_rows)
from warehouse.seeds.attribute_evidence
where attribute_name = $attribute
group by domain, table_name
order by domain, table_name
"""

# Whose row it is. A case that names no shop is of its order's.
_OWN = "raw.{column} = $subject"
_OF_SHOP = "raw.subject_id <> $subject and {shop} in (select shop_id from shops)"
_SHOP_OF_ORDER = """coalesce(raw.shop_id, (
    select orders.shop_id from raw_marketplace.main.orders as orders
    where orders.order_id = raw.order_id and orders.known_at < $as_of
))"""

_SHOPS = """
select shop_id from raw_marketplace.main.shops where subject_id = $subject and known_at < $as_of
"""

_ROWS = """
with
shops as ({shops}),
seen as (
    select raw.*, row_number() over (order by raw.{event_at}, raw.{key}) as age_rank
    from {relation} as raw
    where raw.{event_at} < $as_of and raw.known_at < $as_of and ({whose})
)
select * exclude (age_rank) from seen where {reach} order by {event_at}, {key}
"""

# In the window, counted back from the as-of date as macro add_months does.
_START = "cast($as_of as date) - to_months($months)"
_REACHES = {
    "window": f"{{event_at}} >= {_START}",
    "first": f"{{event_at}} >= {_START} or age_rank = 1",
    "settled": f"{{settled_at}} >= {_START} and {{settled_at}} < $as_of",
    "ever": "true",
}


@dataclass(frozen=True)
class EvidenceTable:
    """Rows of one raw table, oldest first: `rows` in the order of `columns`, as they are stored."""

    table: Table
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def name(self) -> str:
        return f"{self.table.domain}.{self.table.name}"


@dataclass(frozen=True)
class Evidence:
    """What an attribute's value of a subject as of a date was made from.

    counts_others: rows of the people named in these count too, and are not shown. own_shops: keys
    of the subject's shops.
    """

    attribute_name: str
    description: str
    window_months: int | None
    subject_id: str
    as_of: date
    tables: tuple[EvidenceTable, ...]
    counts_others: bool
    own_shops: frozenset[str]

    def shown(self) -> Iterator[tuple[EvidenceTable, list[dict[str, str]]]]:
        """Each table with its rows as text, key and batch first, without columns that hold nothing.

        Other people and firms are numbered, the same one alike in all tables; tokens of theirs are
        left out. So are keys numbered, of rows that involve them and of their shops: `order 1`.
        """
        numbers: dict[str, dict[str, int]] = {}
        for table in self.tables:
            rows = [self._shown(table, row, numbers) for row in table.rows]
            filled = [name for name in table.columns if any(row.get(name) for row in rows)]
            first = [table.table.key.name, "_batch_id"]
            names = first + [name for name in filled if name not in (*first, "_landed_at")]
            yield table, [{name: row.get(name, "") for name in names} for row in rows]

    def _shown(
        self, table: EvidenceTable, row: tuple[Any, ...], numbers: dict[str, dict[str, int]]
    ) -> dict[str, str]:
        by_name = {column.name: column for column in table.table.columns}
        cells = dict(zip(table.columns, row, strict=True))
        is_others = cells.get("subject_id", self.subject_id) != self.subject_id
        involves_others = any(
            value not in (None, self.subject_id)
            for name, value in cells.items()
            if _names_somebody(name, by_name.get(name))
        )
        shown = {}

        def stand_in(kind: str, value: object) -> str:
            known = numbers.setdefault(kind, {})
            return f"{kind} {known.setdefault(str(value), len(known) + 1)}"

        for name, value in cells.items():
            column = by_name.get(name)
            if value is None or (is_others and column is not None and column.identifier):
                continue
            if _names_somebody(name, column):
                if value == self.subject_id:
                    shown[name] = "self" if name != "subject_id" else ""
                else:
                    shown[name] = stand_in("other", value)
            elif name == "shop_id" and value in self.own_shops:
                shown[name] = _text(value)
            elif name == "shop_id" or (involves_others and column and name.endswith("_id")):
                shown[name] = stand_in(name.removesuffix("_id").replace("_", " "), value)
            else:
                shown[name] = _text(value)
        return shown


def _names_somebody(name: str, column: Column | None) -> bool:
    return name == "counterparty_id" or (column is not None and column.is_subject)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime(
            "%Y-%m-%d" if value.time() == datetime.min.time() else "%Y-%m-%d %H:%M"
        )
    return str(value)


def evidence(
    connection: duckdb.DuckDBPyConnection, attribute: str, subject: str, kind: str, as_of: date
) -> Evidence:
    """The raw rows that the value of `attribute` of a subject of `kind` as of `as_of` is made from.

    connection: warehouse and raw domains attached. An attribute about other people has here what
    ties the subject to them, not their rows. Raises SesameError for an attribute that the catalogue
    does not have for that kind.
    """
    found = connection.execute(_ATTRIBUTES, {"attribute": attribute}).fetchone()
    if found is None or found[1] != kind:
        raise SesameError(_no_attribute(connection, attribute, kind), exit_code=2)
    _, _, months, description = found
    listed = connection.execute(_TABLES, {"attribute": attribute}).fetchall()
    tables = [
        _rows(connection, contract()[domain][table], columns, reach, (subject, as_of, months))
        for domain, table, columns, reach, _ in listed
        if (domain, table) != REPORTED
    ]
    reported = _reported(connection, attribute, subject, as_of)
    if reported.rows or not tables:
        tables.append(reported)
    counts_others = any(row[-1] for row in listed)
    shops = connection.execute(_SHOPS, {"subject": subject, "as_of": as_of}).fetchall()
    own_shops = frozenset(shop for (shop,) in shops)
    return Evidence(
        attribute, description, months, subject, as_of, tuple(tables), counts_others, own_shops
    )


def _rows(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    subject_columns: list[str],
    reach: str,
    asked: tuple[str, date, int | None],
) -> EvidenceTable:
    subject, as_of, months = asked
    conditions = [
        _OF_SHOP.format(shop=_shop(table)) if column == "shop_id" else _OWN.format(column=column)
        for column in subject_columns
    ]
    return _select(
        connection,
        table,
        whose=" or ".join(conditions),
        reach=_REACHES[reach].format(event_at=table.event_at, settled_at=table.settled_at),
        parameters={"subject": subject, "as_of": as_of, "months": months},
    )


def _shop(table: Table) -> str:
    names_order = any(column.name == "order_id" and not column.is_key for column in table.columns)
    return _SHOP_OF_ORDER if names_order else "raw.shop_id"


def _reported(
    connection: duckdb.DuckDBPyConnection, attribute: str, subject: str, as_of: date
) -> EvidenceTable:
    """What partners report ready-made: it counts where the events give no value."""
    return _select(
        connection,
        contract()[REPORTED[0]][REPORTED[1]],
        whose="raw.subject_id = $subject and raw.attribute_name = $attribute",
        reach="true",
        parameters={"subject": subject, "as_of": as_of, "attribute": attribute},
    )


def _select(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    *,
    whose: str,
    reach: str,
    parameters: dict[str, object],
) -> EvidenceTable:
    sql = _ROWS.format(
        shops=_SHOPS,
        relation=f"{quote(alias(table.domain))}.main.{quote(table.name)}",
        event_at=quote(table.event_at),
        key=quote(table.key.name),
        whose=whose,
        reach=reach,
    )
    # DuckDB refuses a parameter that a statement does not ask for
    named = {name: value for name, value in parameters.items() if re.search(rf"\${name}\b", sql)}
    result = connection.execute(sql, named)
    columns = tuple(column[0] for column in result.description)
    return EvidenceTable(table, columns, tuple(result.fetchall()))


def _no_attribute(connection: duckdb.DuckDBPyConnection, attribute: str, kind: str) -> str:
    names = connection.execute(
        "select attribute_name from warehouse.seeds.attributes where subject_kind = $kind "
        "order by factor, attribute_name",
        {"kind": kind},
    ).fetchall()
    return f"no attribute {attribute!r} of a {kind}; there are: " + ", ".join(
        name for (name,) in names
    )
