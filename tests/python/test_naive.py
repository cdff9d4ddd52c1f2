"""The factor marts against a second implementation that has nothing in common with them.

Every attribute, null or not, to the last digit: on a population that went the whole way, and on
raw rows drawn at random, which reach the edges that no plausible population shows.
"""

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from sesame import engine, raw
from sesame.contract import Column, Table, contract
from sesame.errors import SesameError
from sesame.home import DOMAINS, Home
from sesame.naive import GROUPS, AsOf, FromHome, FromParquet, attributes
from sesame.naive.__main__ import main
from sesame.naive.raw import seed

Ran = tuple[Home, subprocess.CompletedProcess[str], float]

# Dates of application to compare beside the official one, evenly spread.
APPLICATION_DATES = 12
# What the simulated population shows of nobody.
NOT_SHOWN: dict[str, str] = dict.fromkeys(
    (
        "credit_record_level",
        "other_instalment_plans_level",
        "property_level",
        "instalment_burden_level",
        "employment_tenure_level",
        "residence_tenure_level",
        "occupation_level",
    ),
    "only partners report it, and those of the simulation do not",
)


# What the marts do not compute for those whom only an application asks for, as no version weighs
# it: docs/decisions/0019.
NOT_OF_APPLICATIONS = {"ties_standing_mean", "firm_owner_standing_mean"}


@dataclass
class Comparison:
    """Values in the marts by attribute; and of those that differ, how many, with one of each."""

    observed: Counter[str] = field(default_factory=Counter)
    different: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, day: date, marts: pl.DataFrame, naive: pl.DataFrame) -> None:
        """Compare what both have of the marts' subjects."""
        both = marts.join(naive, on="subject_id", how="left", suffix=" naive")
        for name in naive.columns[1:]:
            mart, own = (_exact(both[column]) for column in (name, f"{name} naive"))
            self.observed[name] += len(mart) - mart.null_count()
            differs = mart.ne_missing(own)
            if differs.any():
                self.different[name] += differs.sum()
                subject, theirs, ours = (
                    column.filter(differs)[0] for column in (both["subject_id"], mart, own)
                )
                self.examples[name] = f"{subject} as of {day}: {theirs} in the mart, {ours} here"


def _exact(values: pl.Series) -> pl.Series:
    """Numbers as the text of their ten digits."""
    return values if values.dtype == pl.String else values.cast(pl.Decimal(38, 10)).cast(pl.String)


def compare(home: Home, dates: int, days_off: int = 0) -> Comparison:
    """Both kinds of subject at the last date of the marts and at some of the earlier ones.

    days_off: how many days before each date the naive implementation looks.
    """
    comparison = Comparison()
    with engine.connect(home, read=[*DOMAINS, "warehouse"]) as connection:
        marts = {kind: _marts(connection, kind) for kind in GROUPS}
        days = pl.concat([frame["as_of_date"] for frame in marts.values()]).unique().sort()
        *earlier, official = days
        for day in [*earlier[:: max(1, len(earlier) // dates)], official]:
            at = AsOf(FromHome(connection), day - timedelta(days=days_off))
            for kind, naive in attributes(at).items():
                wanted = marts[kind].filter(pl.col("as_of_date") == day)
                assert set(wanted.columns) == {*naive.columns, "as_of_date"}
                if day == official and not days_off:
                    assert set(wanted["subject_id"]) == set(naive["subject_id"])
                left_out = NOT_OF_APPLICATIONS if day != official else set()
                comparison.add(day, wanted, naive.drop(left_out, strict=False))
    return comparison


def _marts(connection: duckdb.DuckDBPyConnection, kind: str) -> pl.DataFrame:
    """The five factor marts of a kind of subject side by side."""
    keys = ["subject_id", "as_of_date"]
    frames = [
        pl.DataFrame(connection.sql(f"from warehouse.factors.{name}"))
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'warehouse' "
            "and schema_name = 'factors' and starts_with(table_name, $kind) order by 1",
            {"kind": kind},
        ).fetchall()
    ]
    return reduce(lambda left, right: left.join(right, on=keys, validate="1:1"), frames)


@pytest.fixture(scope="module")
def compared(ran: Ran) -> Comparison:
    return compare(ran[0], APPLICATION_DATES)


def test_every_attribute_agrees_with_the_marts(compared: Comparison) -> None:
    assert not compared.different, compared.examples


def test_every_attribute_is_seen_by_the_comparison(compared: Comparison) -> None:
    unseen = {name for name, values in compared.observed.items() if not values}
    assert unseen == set(NOT_SHOWN), "two implementations agree on nothing without a value"


def test_the_comparison_sees_a_difference(ran: Ran) -> None:
    """Looked at a month earlier almost every attribute must differ of somebody."""
    shifted = compare(ran[0], dates=1, days_off=31)
    assert len(shifted.different) > len(shifted.observed) * 3 / 4


def test_the_naive_catalogue_is_the_catalogue(empty_build: tuple[Home, str]) -> None:
    with engine.connect(empty_build[0], read=DOMAINS) as connection:
        at = AsOf(FromHome(connection), date(2024, 7, 1))
        found = [name for frame in attributes(at).values() for name in frame.columns[1:]]
    assert sorted(found) == sorted(seed("attributes")["attribute_name"])


@pytest.mark.parametrize("kind", GROUPS)
def test_a_missing_attribute_is_named(
    kind: str, empty_build: tuple[Home, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"consumer": "bill_on_time_ratio_12m", "business": "firm_bill_on_time_ratio_12m"}
    monkeypatch.setitem(GROUPS, kind, GROUPS[kind][1:])
    with engine.connect(empty_build[0], read=DOMAINS) as connection:
        at = AsOf(FromHome(connection), date(2024, 7, 1))
        with pytest.raises(SesameError, match=names[kind]):
            attributes(at)


def export(home: Home, folder: Path) -> None:
    """The raw tables as `<domain>/<table>/*.parquet`."""
    for domain, tables in contract().items():
        with engine.connect(home, read=[domain]) as connection:
            for name in tables:
                (folder / domain / name).mkdir(parents=True)
                file = engine.literal(folder / domain / name / "0.parquet")
                connection.execute(f"copy raw_{domain}.main.{name} to {file}")


def test_parquet_gives_the_same(ran: Ran, tmp_path: Path) -> None:
    export(ran[0], tmp_path)
    with engine.connect(ran[0], read=DOMAINS) as connection:
        ours, theirs = (
            attributes(AsOf(source, date(2024, 7, 1)))
            for source in (FromHome(connection), FromParquet(tmp_path))
        )
    for kind in GROUPS:
        assert ours[kind].sort("subject_id").equals(theirs[kind].sort("subject_id"))


def test_the_command_tells_seconds_and_memory(
    ran: Ran,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SESAME_HOME", str(ran[0].root))
    monkeypatch.setattr("sys.argv", ["naive", "--as-of", "2024-07-01"])
    assert main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [*GROUPS, "wall", "peak memory"]
    monkeypatch.setattr("sys.argv", ["naive", "--as-of", "2024-07-01", "--parquet", str(tmp_path)])
    assert main() == 1
    assert "holds no Parquet file of the table identity.subjects" in capsys.readouterr().err


# --- rows at random -----------------------------------------------------------------------------

# The last of them has a day that most months lack; one is the end of February, one of a leap year.
DAYS = (date(2024, 3, 31), date(2023, 2, 28), date(2024, 2, 29), date(2024, 7, 1))
ROWS = 900
PEOPLE, FIRMS, SHOPS = 40, 40, 30
POOLS: dict[str, list[Any]] = {
    "country": ["CN", "US", "CZ", "FR", None],
    "category_id": ["a", "b", "c"],
    "shop_id": [f"shop {number}" for number in range(SHOPS)],
    "order_id": [f"order {number}" for number in range(ROWS)],
    "account_id": [f"account {number}" for number in range(ROWS // 2)],
    "address_token": ["north", "south", "west"],
    "delivery_address_token": ["north", "south", "east"],
    # one without a rate, seldom, for it takes the value from what it touches
    "currency": [*["CNY"] * 20, *["USD"] * 5, *["JPY"] * 5, "XTS"],
}
SIZES = {
    "subjects": PEOPLE + FIRMS,
    "shops": SHOPS,
    "credit_accounts": ROWS // 2,
    "reported_attributes": 4 * ROWS,  # enough for some of each attribute
    "credit_statements": 4 * ROWS,  # enough for a card with some in either half of six months
}
KEYS = {"orders": "order", "shops": "shop", "credit_accounts": "account"}
TYPES: dict[str, Any] = {
    "varchar": pl.String(),
    "boolean": pl.Boolean(),
    "smallint": pl.Int16(),
    "integer": pl.Int32(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
}


def polars_type(data_type: str) -> pl.DataType:
    if data_type.startswith("decimal"):
        precision, scale = data_type.removeprefix("decimal(").rstrip(")").split(",")
        return pl.Decimal(int(precision), int(scale))
    found: pl.DataType = TYPES[data_type]
    return found


class Draw:
    """Rows that the contract allows, many of them within a day of some window's edge."""

    def __init__(self, day: date, number: int) -> None:
        self._day = day
        self._random = random.Random(number)
        self._starts = AsOf(FromParquet(Path()), day)
        self._subjects = [f"c{n}" for n in range(PEOPLE)] + [f"b{n}" for n in range(FIRMS)]
        self._names = list(seed("attributes")["attribute_name"])

    def rows(self, table: Table) -> pl.DataFrame:
        schema = {column.name: polars_type(column.data_type) for column in table.columns}
        size = SIZES.get(table.name, ROWS)
        rows = [self._row(table, number) for number in range(size)]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _row(self, table: Table, number: int) -> dict[str, Any]:
        event = self._moment()
        row = {column.name: self._value(table, column, number, event) for column in table.columns}
        row[table.event_at] = event
        if table.name == "subjects":
            row["kind"] = "consumer" if row["subject_id"].startswith("c") else "business"
            row["registered_at"] = event = event - timedelta(days=800)
        if table.name in ("shops", "business_owners"):
            row["subject_id"] = f"b{self._random.randrange(FIRMS // 2)}"
        if table.name in ("friendships", "interactions"):  # few, so that they meet
            for end in ("from_subject_id", "to_subject_id"):
                row[end] = f"c{self._random.randrange(PEOPLE // 3)}"
        settled = row.get(table.settled_at or "") or event
        lags = (timedelta(0), timedelta(hours=5), timedelta(days=1), timedelta(days=300))
        row["known_at"] = max(event, settled) + self._random.choice(lags)
        return row

    def _moment(self) -> datetime:
        months = self._random.choice((0, 1, 2, 3, 6, 7, 11, 12, 13, 24, 60, 84))
        near = self._starts.start(months) + timedelta(days=self._random.randint(-1, 1))
        far = self._day - timedelta(days=self._random.randint(-20, 900))
        day = self._random.choice((near, far))
        minutes = self._random.choice((0, 0, 300, 360, 1439, self._random.randrange(1440)))
        return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)

    def _value(self, table: Table, column: Column, number: int, event: datetime) -> Any:
        pick = self._random.choice
        if table.name == "subjects" and column.is_key:
            return self._subjects[number]
        if column.is_key:
            return f"{KEYS.get(table.name, table.name)} {number}"
        if not column.is_required and self._random.random() < 0.25:
            return None
        if column.name in POOLS:
            return pick(POOLS[column.name])
        if column.name == "attribute_name":
            return pick(self._names)
        if column.accepted_values:
            return pick(column.accepted_values)
        if column.name.endswith("subject_id") or column.name == "counterparty_id":
            return pick(self._subjects)
        if column.data_type == "timestamp":
            return event + timedelta(days=pick((0, 1, 30, 200)), hours=pick((0, 7)))
        if column.data_type == "date":
            return date(1990, 1, 1)
        if column.data_type == "boolean":
            return pick((True, True, False))
        if column.data_type == "varchar":
            return pick(("one", "two", "credit"))
        return self._number(column)

    def _number(self, column: Column) -> int | Decimal:
        kind = polars_type(column.data_type)
        scale = kind.scale if isinstance(kind, pl.Decimal) else 0
        low = -(10**4) if column.minimum is None else int(Decimal(column.minimum))
        high = 10**4 if column.maximum is None else int(Decimal(column.maximum))
        unit = 10**scale
        drawn = self._random.choice(
            (0, unit, self._random.randint(low * unit, high * unit), self._random.randint(0, 70))
        )
        drawn = min(max(drawn, low * unit), high * unit)
        return Decimal(drawn).scaleb(-scale) if scale else drawn


@pytest.fixture(params=range(len(DAYS)))
def drawn(request: pytest.FixtureRequest, home: Home, dbt: Any, tmp_path: Path) -> Iterator[Home]:
    """A warehouse built as of one of the days over rows at random."""
    day = DAYS[request.param]
    draw = Draw(day, request.param)
    raw.ensure_all(home)
    for domain, tables in contract().items():
        with engine.connect(home, write=[domain]) as connection:
            for name, table in tables.items():
                rows = draw.rows(table)
                rows.write_parquet(tmp_path / "rows.parquet")
                columns = ", ".join(map(engine.quote, rows.columns))
                connection.execute(
                    f"insert into raw_{domain}.main.{name} ({columns}, _batch_id, _landed_at) "
                    f"select {columns}, 'batch', timestamp '2024-01-01' "
                    f"from read_parquet({engine.literal(tmp_path / 'rows.parquet')})"
                )
    built = dbt(
        "build",
        "--select",
        "+path:models/marts/factors",
        "--exclude-resource-types",
        "test",
        "unit_test",
        "--vars",
        f"{{as_of: '{day}'}}",
        home=home,
    )
    assert built.returncode == 0, built.stdout[-4000:]
    yield home


@pytest.mark.slow
def test_rows_at_random_agree(drawn: Home) -> None:
    comparison = compare(drawn, APPLICATION_DATES)
    assert not comparison.different, comparison.examples
    assert [name for name, values in comparison.observed.items() if not values] == []
