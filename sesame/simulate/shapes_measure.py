"""Reads the simulated and the real side of each comparison, and how far apart the two are.

What is compared stands in shapes.yml, each query in sql/shapes/; this module only runs them. Needs
numpy and scipy.
"""

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import yaml
from numpy.typing import NDArray
from scipy import stats

from sesame.adapt import adapt
from sesame.engine import literal, quote
from sesame.errors import SesameError
from sesame.home import PROJECT

PLAN = Path(__file__).parent / "shapes.yml"
SQL = Path(__file__).parent / "sql" / "shapes"
SIMULATED = "simulated"  # the schema of this side; the others are named after their data sets

Values = NDArray[np.float64]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Comparison:
    """One distribution on both sides; shapes.yml says what each field is.

    The query (by default that of `name`) returns `value`, or `category` and `row_count`.
    """

    name: str
    title: str
    unit: str
    data_set: str
    distance: Literal["measured", "shape", "categories"]
    differs: str
    query: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    axis: Literal["log", "linear", "tail"] = "linear"
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statistic:
    """One number on both sides, from a query that returns one row with `value`."""

    title: str
    data_set: str
    query: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """shapes.yml. data_sets: title by adapter; views: files of each side, in order."""

    tables: tuple[tuple[str, str], ...]
    data_sets: Mapping[str, str]
    views: Mapping[str, tuple[str, ...]]
    comparisons: tuple[Comparison, ...]
    statistics: tuple[Statistic, ...]


@dataclass(frozen=True)
class Compared:
    """A comparison's samples and distances.

    simulated, real: sorted values (n,) or, where there are categories, counts in their order.
    distance: Kolmogorov-Smirnov on the values as measured, or total variation of the categories.
    shape_distance: Kolmogorov-Smirnov after each side is divided by its own median; None for
    categories and where a median is not above zero.
    """

    comparison: Comparison
    simulated: Values
    real: Values
    distance: float
    shape_distance: float | None

    @property
    def is_read_in_shape(self) -> bool:
        """Whether the distance to read is that in shape."""
        return self.comparison.distance == "shape" and self.shape_distance is not None

    @property
    def counting(self) -> float:
        """The distance that is to be read: in shape for money, else as measured."""
        shape = self.shape_distance
        return self.distance if shape is None or not self.is_read_in_shape else shape


@cache
def plan() -> Plan:
    """What is compared. Raises SesameError for an entry of shapes.yml that is not understood."""
    content: dict[str, Any] = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    data_sets: dict[str, dict[str, Any]] = content["data_sets"]
    return Plan(
        tables=tuple(
            (domain, table) for domain, table in (n.split(".") for n in content["tables"])
        ),
        data_sets={name: entry["title"] for name, entry in data_sets.items()},
        views={
            SIMULATED: tuple(content["simulated_views"]),
            **{name: tuple(entry["views"]) for name, entry in data_sets.items()},
        },
        comparisons=tuple(_comparison(entry, set(data_sets)) for entry in content["comparisons"]),
        statistics=tuple(
            Statistic(**_checked(entry, Statistic, set(data_sets)))
            for entry in content["statistics"]
        ),
    )


def _comparison(entry: dict[str, Any], data_sets: set[str]) -> Comparison:
    entry = {"query": entry.get("name"), **_checked(entry, Comparison, data_sets)}
    if entry["distance"] not in ("measured", "shape", "categories"):
        raise _misunderstood(entry, f"distance {entry['distance']}")
    if entry.get("axis", "linear") not in ("log", "linear", "tail"):
        raise _misunderstood(entry, f"axis {entry['axis']}")
    if (entry["distance"] == "categories") != ("categories" in entry):
        raise _misunderstood(
            entry, "categories belong to the distance of that name, and only to it"
        )
    return Comparison(**{**entry, "categories": tuple(entry.get("categories", ()))})


def _checked(entry: dict[str, Any], kind: type, data_sets: set[str]) -> dict[str, Any]:
    known = {one.name for one in fields(kind)}
    if unknown := set(entry) - known:
        raise _misunderstood(entry, f"unknown {', '.join(sorted(unknown))}")
    required = known - {"query", "variables", "axis", "categories"}
    if missing := required - set(entry):
        raise _misunderstood(entry, f"{', '.join(sorted(missing))} missing")
    if entry["data_set"] not in data_sets:
        raise _misunderstood(entry, f"data set {entry['data_set']} is not in the list above")
    return entry


def _misunderstood(entry: dict[str, Any], what: str) -> SesameError:
    return SesameError(f"{PLAN.name}, {entry.get('name') or entry.get('title')}: {what}")


# --- distances ----------------------------------------------------------------------------------


def ks_distance(left: Values, right: Values) -> float:
    """Kolmogorov-Smirnov: the largest gap between the two samples' cumulative shares, 0 to 1."""
    # asymp only spares the p-value's exact computation; the statistic is the same.
    return float(stats.ks_2samp(left, right, method="asymp").statistic)


def shape_distance(left: Values, right: Values) -> float | None:
    """ks_distance after dividing each sample by its own median; None if one is not above zero."""
    medians = float(np.median(left)), float(np.median(right))
    if min(medians) <= 0:
        return None
    return ks_distance(left / medians[0], right / medians[1])


def total_variation(left: Values, right: Values) -> float:
    """Half the sum of differences of shares, 0 to 1. left, right: counts of the same categories."""
    return float(np.abs(left / left.sum() - right / right.sum()).sum() / 2)


# --- both sides' data ---------------------------------------------------------------------------


def real_folder() -> Path:
    """The folder with one folder per real data set: SESAME_REAL_DATA or ../shared/data."""
    return Path(os.environ.get("SESAME_REAL_DATA") or PROJECT.parent / "shared" / "data")


@contextmanager
def adapted(source: Path) -> Iterator[dict[str, Path]]:
    """The real data sets in `source` mapped onto the raw contract, by name, for a while.

    Raises SesameError if one is not there or is not what its adapter expects.
    """
    with tempfile.TemporaryDirectory(prefix="sesame-shapes-") as folder:
        for name in plan().data_sets:
            _log.info("adapting %s", name)
            adapt(name, source / name, Path(folder) / name)
        yield {name: Path(folder) / name for name in plan().data_sets}


def measure(
    files: Path, real: Mapping[str, Path]
) -> tuple[list[Compared], list[tuple[Statistic, float, float]]]:
    """All comparisons, and all statistics as (statistic, simulated, real).

    files: a simulated population, <domain>/<table>/month=*/block-*.parquet; what dirt spoiled lies
    beside these and is not read. real: by data set a folder of <domain>/<table>.parquet. Raises
    SesameError for a table that lacks on the simulated side, for a query that does not run and for
    a side without a value. The values of all comparisons are in memory at once, 8 bytes each.
    """
    if missing := [
        f"{domain}/{table}"
        for domain, table in plan().tables
        if not _parquet_files(files, domain, table)
    ]:
        raise SesameError(
            f"{files} has no {', '.join(missing)}: give the folder of a simulated population",
            exit_code=2,
        )
    with duckdb.connect(":memory:") as connection:
        connection.execute("set enable_progress_bar = false")
        for side, folder in {SIMULATED: files, **{n: real[n] for n in plan().data_sets}}.items():
            _make_side(connection, side, folder)
        compared = [_compare(connection, comparison) for comparison in plan().comparisons]
        numbers = [
            (
                statistic,
                _number(connection, SIMULATED, statistic),
                _number(connection, statistic.data_set, statistic),
            )
            for statistic in plan().statistics
        ]
    return compared, numbers


def _parquet_files(folder: Path, domain: str, table: str) -> list[Path]:
    single = folder / domain / f"{table}.parquet"
    if single.exists():
        return [single]
    return sorted((folder / domain / table).glob("month=*/block-*.parquet"))


def _make_side(connection: duckdb.DuckDBPyConnection, side: str, folder: Path) -> None:
    """A schema of its own per side, so that one query text reads either."""
    connection.execute(f"create schema {quote(side)}")
    connection.execute(f"use {quote(side)}")
    for domain, table in plan().tables:
        if paths := _parquet_files(folder, domain, table):
            names = ", ".join(literal(path) for path in paths)
            # The month in a path is that of delivery and no column of the contract.
            connection.execute(
                f"create view {quote(f'{domain}_{table}')} as "
                f"select * from read_parquet([{names}], hive_partitioning = false)"
            )
    for view in plan().views[side]:
        _run(connection, side, f"views/{view}", {})


def _run(
    connection: duckdb.DuckDBPyConnection, side: str, query: str, variables: Mapping[str, str]
) -> duckdb.DuckDBPyConnection:
    """Run sql/shapes/<query>.sql on a side, with these variables. Raises SesameError."""
    path = SQL / f"{query}.sql"
    try:
        connection.execute(f"use {quote(side)}")
        for name, value in variables.items():
            connection.execute(f"set variable {quote(name)} = {literal(value)}")
        return connection.execute(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SesameError(f"{PLAN.name} names {query}, but {path} is not there") from None
    except duckdb.Error as error:
        raise SesameError(f"{path} does not run on the side of {side}: {error}") from None


def _compare(connection: duckdb.DuckDBPyConnection, comparison: Comparison) -> Compared:
    simulated = _sample(connection, SIMULATED, comparison)
    real = _sample(connection, comparison.data_set, comparison)
    if comparison.categories:
        return Compared(comparison, simulated, real, total_variation(simulated, real), None)
    return Compared(
        comparison,
        simulated,
        real,
        ks_distance(simulated, real),
        shape_distance(simulated, real),
    )


def _sample(connection: duckdb.DuckDBPyConnection, side: str, comparison: Comparison) -> Values:
    """Sorted values, or counts in the categories' order; other categories are not counted."""
    found = _run(connection, side, comparison.query, comparison.variables).fetchnumpy()
    if comparison.categories:
        counts = dict(zip(found["category"], found["row_count"], strict=True))
        sample = np.array([counts.get(name, 0) for name in comparison.categories], dtype=np.float64)
        is_empty = sample.sum() == 0
    else:
        # Sorted: row order depends on threads, and so would the last digit of whatever is summed.
        # Nulls are masked.
        values = np.ma.compressed(found["value"])
        sample = np.sort(np.asarray(values, dtype=np.float64))
        is_empty = sample.size == 0
    if is_empty:
        raise SesameError(f"{comparison.title}: no value on the side of {side}")
    return sample


def _number(connection: duckdb.DuckDBPyConnection, side: str, statistic: Statistic) -> float:
    """nan where there is nothing to compute it from."""
    row = _run(connection, side, statistic.query, statistic.variables).fetchone()
    return float("nan") if row is None or row[0] is None else float(row[0])
