"""The training panel as arrays: what was known of whom as of when, and what came of it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from sesame import engine, versions
from sesame.errors import SesameError
from sesame.home import DOMAINS, Home

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

# Values are decimals of ten places. As whole ticks they compare with a bin's edge exactly as SQL's
# decimals do; beyond the reach of 64 bits (900 million) they are cut, and no edge may lie there.
TICKS = 10**10
REACH = 900_000_000

OBSERVED, MISSING, ABSENT, NOT_CONSENTED = range(4)
STATES = ("observed", "missing", "structurally_absent", "not_consented")


@dataclass(frozen=True)
class Attribute:
    """A row of the catalogue, as far as training reads it."""

    name: str
    subject_kind: str
    factor: str
    is_category: bool
    direction: str
    banned_in: frozenset[str]


@dataclass(frozen=True)
class Column:
    """Values (n,) of one attribute: ticks, or words of a category, where its state is observed."""

    states: npt.NDArray[np.int8]
    ticks: Integers | None = None
    words: Texts | None = None

    def rows(self, chosen: npt.NDArray[np.generic]) -> "Column":
        return Column(
            self.states[chosen],
            None if self.ticks is None else self.ticks[chosen],
            None if self.words is None else self.words[chosen],
        )


@dataclass(frozen=True)
class Panel:
    """n pairs of a subject and a date of one kind of subject, in the order of their keys.

    is_default (n,) is what came of it; part (n,) is `train`, `selection` or `test`. Both are empty
    words and False where a panel has no labels.
    """

    subject_kind: str
    subjects: Texts
    dates: Texts
    countries: Texts
    columns: Mapping[str, Column]
    is_default: Booleans
    parts: Texts

    def __len__(self) -> int:
        return len(self.subjects)

    def rows(self, chosen: npt.NDArray[np.generic]) -> "Panel":
        """The chosen pairs, by a mask or by positions."""
        return replace(
            self,
            subjects=self.subjects[chosen],
            dates=self.dates[chosen],
            countries=self.countries[chosen],
            columns={name: column.rows(chosen) for name, column in self.columns.items()},
            is_default=self.is_default[chosen],
            parts=self.parts[chosen],
        )

    def part(self, name: str) -> "Panel":
        return self.rows(self.parts == name)

    def folds(self, count: int) -> Integers:
        """A fold (n,) for each pair; all pairs of a subject are in the same, on every machine."""
        numbers = {subject: _hash(subject) % count for subject in set(self.subjects)}
        return np.array([numbers[subject] for subject in self.subjects], dtype=np.int64)

    def checksum(self) -> str:
        """`sha256:` of keys, countries, values, states and labels."""
        digest = hashlib.sha256()
        for texts in (self.subjects, self.dates, self.countries, self.parts):
            digest.update("\x1f".join(map(str, texts)).encode())
        digest.update(self.is_default.tobytes())
        for name in sorted(self.columns):
            column = self.columns[name]
            digest.update(name.encode() + column.states.tobytes())
            if column.ticks is not None:
                digest.update(column.ticks.tobytes())
            if column.words is not None:
                digest.update("\x1f".join(map(str, column.words)).encode())
        return f"sha256:{digest.hexdigest()}"


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def catalogue(seeds: Path = versions.SEEDS) -> dict[str, Attribute]:
    """Every attribute of the catalogue by name."""
    return {
        row["attribute_name"]: Attribute(
            name=row["attribute_name"],
            subject_kind=row["subject_kind"],
            factor=row["factor"],
            is_category=row["value_type"] == "category",
            direction=row["direction"],
            banned_in=frozenset(row["banned_in"].split()),
        )
        for row in versions.rows("attributes", seeds)
    }


# The pairs to read: those with an outcome, or all that are scored.
_LABELLED = """
select subject_id, as_of_date, subject_kind, is_default, part, outcome_id
from warehouse.training.training_panel
where part is not null
"""
_SCORED = """
select subject_id, as_of_date, subject_kind, false as is_default, '' as part, '' as outcome_id
from warehouse.intermediate.int_scored_subjects
"""

# Why a value is not there is asked once for all, and only of the pairs wanted.
_VALUES = """
create or replace temporary table held as
select
    pairs.position,
    values.attribute_name,
    list_position($states, values.value_state) - 1 as state,
    coalesce(
        cast(greatest(least(values.value, {reach}), -{reach}) * {ticks} as bigint), 0
    ) as ticks,
    values.category
from pairs
inner join warehouse.intermediate.int_attribute_values as values
    on pairs.subject_id = values.subject_id and pairs.as_of_date = values.as_of_date
"""


def labelled(home: Home) -> dict[str, Panel]:
    """The training panel of a built warehouse, per kind of subject.

    Raises SesameError where there is no outcome to learn from.
    """
    panels = _read(home, _LABELLED)
    if not panels:
        raise SesameError(
            "the training panel is empty: no outcome of partners.outcomes has a subject that "
            "was known as of its date and a window that is over; land outcomes and build first"
        )
    return panels


def definitions(home: Home) -> list[str]:
    """The definitions of default of the outcomes that can be learnt from."""
    with engine.connect(home, read=["warehouse"]) as connection:
        rows = connection.execute(
            "select distinct definition from warehouse.training.training_panel "
            "where part is not null order by all"
        ).fetchall()
    return [name for (name,) in rows]


def left_out(home: Home) -> dict[str, int]:
    """Outcomes that play no part in training, by reason."""
    with engine.connect(home, read=["warehouse"]) as connection:
        rows = connection.execute(
            "select left_out_reason, count(*) from warehouse.training.training_panel "
            "where left_out_reason is not null group by all order by all"
        ).fetchall()
    return dict(rows)


def scored(home: Home, where: str = "true") -> dict[str, Panel]:
    """All pairs that the last build scored (and `where` says, in SQL), without labels."""
    return _read(home, f"{_SCORED} where {where}")


def _read(home: Home, pairs: str) -> dict[str, Panel]:
    attributes = catalogue()
    panels = {}
    with engine.connect(home, read=["warehouse", *DOMAINS]) as connection:
        connection.execute(f"create temporary table wanted as {pairs}")
        kinds = connection.execute(
            "select distinct subject_kind from wanted order by all"
        ).fetchall()
        for (kind,) in kinds:
            names = [item.name for item in attributes.values() if item.subject_kind == kind]
            panels[kind] = _panel(connection, kind, {name: attributes[name] for name in names})
    return panels


def _panel(
    connection: duckdb.DuckDBPyConnection, kind: str, attributes: Mapping[str, Attribute]
) -> Panel:
    connection.execute(
        """
        create or replace temporary table pairs as
        select
            *,
            row_number() over (order by subject_id, as_of_date, outcome_id) - 1 as position
        from wanted
        where subject_kind = $kind
        """,
        {"kind": kind},
    )
    keys = connection.execute(
        """
        select pairs.subject_id, cast(pairs.as_of_date as varchar), pairs.is_default, pairs.part,
            measured.country
        from pairs
        inner join warehouse.intermediate.int_scored_subjects as measured
            on pairs.subject_id = measured.subject_id and pairs.as_of_date = measured.as_of_date
        order by pairs.position
        """
    ).fetchall()
    subjects, dates, defaults, parts, countries = zip(*keys, strict=True)
    connection.execute(_VALUES.format(reach=REACH, ticks=TICKS), {"states": list(STATES)})
    columns = {}
    for name, attribute in attributes.items():
        found = connection.execute(
            "select position, state, ticks, category from held where attribute_name = $name",
            {"name": name},
        ).fetchnumpy()
        columns[name] = _column(attribute, len(keys), found)
    return Panel(
        subject_kind=kind,
        subjects=np.array(subjects, dtype=object),
        dates=np.array(dates, dtype=object),
        countries=np.array([country or "" for country in countries], dtype=object),
        columns=columns,
        is_default=np.array(defaults, dtype=bool),
        parts=np.array(parts, dtype=object),
    )


def _column(
    attribute: Attribute, count: int, found: Mapping[str, npt.NDArray[np.generic]]
) -> Column:
    """A pair without a row of this attribute has none of it."""
    positions = np.asarray(found["position"], dtype=np.int64)
    states = np.full(count, ABSENT, dtype=np.int8)
    states[positions] = np.asarray(found["state"])
    if attribute.is_category:
        words = np.full(count, "", dtype=object)
        words[positions] = [word or "" for word in np.ma.filled(found["category"], "")]
        return Column(states, words=words)
    ticks = np.zeros(count, dtype=np.int64)
    ticks[positions] = np.asarray(found["ticks"])
    return Column(states, ticks=ticks)


def banned(banned_in: frozenset[str], countries: Texts) -> Booleans:
    """Whether an attribute is banned for subjects (n,): where the country is not known, by any."""
    return (
        np.isin(countries.astype(str), [*banned_in, ""])
        if banned_in
        else np.zeros(len(countries), dtype=bool)
    )


def permitted(panel: Panel, excluded: Iterable[str] = ()) -> list[Attribute]:
    """Attributes that may be on a card for these subjects, in the order of the catalogue.

    One that a jurisdiction bans is on no card that is fitted to its subjects. Those whose
    country is not known get no points of it, whatever the card says.
    """
    left_out = set(excluded)
    countries = set(panel.countries)
    return [
        attribute
        for attribute in catalogue().values()
        if attribute.name in panel.columns
        and attribute.name not in left_out
        and not attribute.banned_in & countries
    ]
