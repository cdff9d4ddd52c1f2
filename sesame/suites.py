"""The expectations of each boundary: expectations/*.yml, and what follows from the contract,
the catalogue of attributes and the scorecard's seeds.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from sesame import engine
from sesame.contract import Column, Table, contract
from sesame.home import PROJECT

# What a measure was when its boundary last passed: `asset.measure` -> figure.
Baseline = dict[str, float]


@dataclass(frozen=True)
class Check:
    """One expectation: its Great Expectations type and arguments, and why the bound is there.

    warns: a breach is told to whoever runs the audit, and stops nothing.
    """

    type: str
    arguments: dict[str, Any]
    because: str
    warns: bool = False


@dataclass(frozen=True)
class Asset:
    """What a group of checks looks at.

    name: unique in its boundary, fit for an identifier. about: the table named in messages.
    query: one select statement. is_measures: one row of figures about a whole table, of which
    none is about a person.
    """

    name: str
    about: str
    query: str
    is_measures: bool = False
    checks: list[Check] = field(default_factory=list)


def suite(boundary: str, baseline: Baseline) -> list[Asset]:
    """The assets of a boundary (`raw` or `marts`) and their checks."""
    declarations = declared(boundary)
    assets = _raw(declarations) if boundary == "raw" else _marts(declarations)
    assets.append(_row_counts(assets, declarations["row_counts"], baseline))
    for entry in declarations.get("measures", []):
        assets.append(_measures(entry, declarations, baseline))
    return assets


def declared(boundary: str) -> dict[str, Any]:
    """The declarations of a boundary, as they stand in its file."""
    return _yaml(PROJECT / "expectations" / f"{boundary}.yml")


def _raw(declarations: dict[str, Any]) -> list[Asset]:
    assets = []
    for domain, tables in contract().items():
        overdue = freshness(domain)
        figures, checks = [_unaccounted(domain)], [_at_most("unaccounted_rows", 0, _ACCOUNTED)]
        bound = declarations["quarantined"]
        figures.append(_quarantined(domain, bound["at_least_rows"]))
        checks.append(_at_most("quarantined_ratio", bound["max_ratio"], bound["because"]))
        for table in tables.values():
            assets.append(
                Asset(
                    name=f"{domain}__{table.name}",
                    about=f"{domain}.{table.name}",
                    query=f"select * from {_raw_name(table)}",
                    checks=list(_contract_checks(table)),
                )
            )
            figures.append(_overdue(table, overdue[table.name]))
            checks.append(_at_most(f"{table.name}__days_overdue", 0, _FRESH))
            if domain != "consent" and table.name != "subjects":
                for column in table.subjects:
                    figures.append(_unknown(table, column.name))
                    checks.append(_at_most(f"{table.name}__{column.name}__unknown", 0, _KNOWN))
        assets.append(
            Asset(
                name=f"{domain}__landing",
                about=f"{domain} (landing)",
                query="select\n" + ",\n".join(figures),
                is_measures=True,
                checks=checks,
            )
        )
    return assets


_ACCOUNTED = "offered = landed + already there + quarantined + refused, for every batch"
_FRESH = "no longer since the last landing than the contract's error_after"
_KNOWN = "a row about a subject nobody registered was let in at the door"


def freshness(domain: str) -> dict[str, int]:
    """Days after which the contract calls a table of a domain overdue (`error_after`)."""
    path = PROJECT / "models" / "staging" / domain / f"_{domain}__sources.yml"
    tables = _yaml(path)["sources"][0]["tables"]
    return {
        table["name"]: int(table["config"]["freshness"]["error_after"]["count"]) for table in tables
    }


def _raw_name(table: Table) -> str:
    return f"{engine.alias(table.domain)}.main.{engine.quote(table.name)}"


def _contract_checks(table: Table) -> Iterator[Check]:
    because = f"the contract of {table.domain}.{table.name}"
    yield Check("expect_column_values_to_be_unique", {"column": table.key.name}, because)
    for column in table.columns:
        if column.accepted_values:
            yield Check(
                "expect_column_values_to_be_in_set",
                {"column": column.name, "value_set": list(column.accepted_values)},
                because,
            )
        if column.minimum is not None or column.maximum is not None:
            bounds = {
                name: _limit(column, value)
                for name, value in (("min_value", column.minimum), ("max_value", column.maximum))
                if value is not None
            }
            yield Check(
                "expect_column_values_to_be_between", {"column": column.name, **bounds}, because
            )
    if table.settled_at:
        yield Check(
            "expect_column_pair_values_a_to_be_greater_than_b",
            {
                "column_A": "known_at",
                "column_B": table.settled_at,
                "or_equal": True,
                "ignore_row_if": "either_value_is_missing",
            },
            because,
        )


def _unaccounted(domain: str) -> str:
    return (
        "(select coalesce(sum(abs(offered - landed - already_there - quarantined - refused)), 0) "
        f"from {engine.alias(domain)}.main._batches) as unaccounted_rows"
    )


def _quarantined(domain: str, at_least_rows: int) -> str:
    """Largest share of rows quarantined in any table's latest batch; null if all are small."""
    return (
        "(select max(quarantined / offered) from (select * from "
        f"{engine.alias(domain)}.main._batches where offered >= {at_least_rows} "
        "qualify row_number() over (partition by table_name order by landed_at desc) = 1)) "
        "as quarantined_ratio"
    )


def _overdue(table: Table, days: int) -> str:
    """Days beyond the allowed ones since a table was last landed; null if it is no live feed.

    Rows that were known long before they were landed are history, loaded once: nothing more is
    due, this year or next. What was landed fresh is a feed, and stays one when it dies.
    """
    return (
        f"(select case when max(_landed_at) <= max(known_at) + interval {days} day then "
        "greatest(0, date_diff('day', max(_landed_at), current_timestamp::timestamp) "
        f"- {days}) end from {_raw_name(table)}) as {table.name}__days_overdue"
    )


def _unknown(table: Table, column: str) -> str:
    return (
        f"(select count(*) from {_raw_name(table)} as offered anti join "
        f"raw_identity.main.subjects as known on offered.{engine.quote(column)} "
        f"= known.subject_id where offered.{engine.quote(column)} is not null) "
        f"as {table.name}__{column}__unknown"
    )


def _marts(declarations: dict[str, Any]) -> list[Asset]:
    assets = list(_factor_marts(declarations["beyond_their_unit"]))
    for table, checks in declarations["tables"].items():
        assets.append(
            Asset(
                name=table.replace(".", "__"),
                about=table,
                query=f"select * from warehouse.{table}",
                checks=[*map(_declared_check, checks), *_scorecard_checks(table)],
            )
        )
    return assets


def _declared_check(entry: dict[str, Any]) -> Check:
    arguments = {key: value for key, value in entry.items() if key not in ("type", "because")}
    return Check(entry["type"], arguments, entry["because"])


def _factor_marts(beyond: dict[str, Any]) -> Iterator[Asset]:
    marts: dict[tuple[str, str], list[dict[str, str]]] = {}
    for attribute in _seed("attributes"):
        key = (attribute["subject_kind"], attribute["factor"])
        marts.setdefault(key, []).append(attribute)
    completeness, complete = [], []
    for (kind, factor), attributes in marts.items():
        name = f"{kind}_{factor}"
        checks = [
            Check(
                "expect_compound_columns_to_be_unique",
                {"column_list": ["subject_id", "as_of_date"]},
                "one row per subject and date",
            )
        ]
        for attribute in attributes:
            if attribute["attribute_name"] not in beyond["attributes"] and (
                bounds := _range(attribute)
            ):
                checks.append(
                    Check(
                        "expect_column_values_to_be_between",
                        {"column": attribute["attribute_name"], **bounds},
                        f"unit {attribute['unit']}, window {attribute['window_months'] or 'none'} "
                        "in the catalogue",
                    )
                )
        yield Asset(
            name=f"factors__{name}",
            about=f"factors.{name}",
            query=f"select * from warehouse.factors.{name}",
            checks=checks,
        )
        completeness.append(
            "(select count(*) from (select subject_id, as_of_date from "
            f"warehouse.intermediate.int_scored_subjects where subject_kind = '{kind}') "
            f"full outer join warehouse.factors.{name} as mart using (subject_id, as_of_date) "
            f"where mart.subject_id is null) as {name}__missing"
        )
        complete.append(
            _at_most(f"{name}__missing", 0, "every scored subject stands in all five marts")
        )
    yield Asset(
        name="factors__completeness",
        about="factors",
        query="select\n" + ",\n".join(completeness),
        is_measures=True,
        checks=complete,
    )


def _range(attribute: dict[str, str]) -> dict[str, float]:
    """Bounds that follow from an attribute's unit; empty for amounts, points and categories."""
    if attribute["unit"] == "ratio":
        return {"min_value": 0, "max_value": 1}
    if attribute["unit"] == "months" and attribute["window_months"]:
        return {"min_value": 0, "max_value": int(attribute["window_months"])}
    if attribute["unit"] in ("count", "days", "months"):
        return {"min_value": 0}
    return {}


def _row_counts(assets: list[Asset], bound: dict[str, Any], baseline: Baseline) -> Asset:
    tables = [asset for asset in assets if not asset.is_measures]
    figures = [f"(select count(*) from ({asset.query})) as {asset.name}" for asset in tables]
    checks = [
        _at_least(asset.name, bound["keeps"] * before, bound["because"])
        for asset in tables
        if (before := baseline.get(f"row_counts.{asset.name}")) is not None
    ]
    return Asset("row_counts", "row counts", "select\n" + ",\n".join(figures), True, checks)


def _measures(entry: dict[str, Any], declarations: dict[str, Any], baseline: Baseline) -> Asset:
    checks = []
    for bound in entry["bounds"]:
        measure, because, warns = bound["measure"], bound["because"], bound.get("warns", False)
        limits = {
            f"{side}_value": bound[side] for side in ("min", "max") if bound.get(side) is not None
        }
        if limits:
            checks.append(_between(measure, limits, because, warns))
        before = baseline.get(f"{entry['name']}.{measure}")
        if "moves" in bound and before is not None:
            around = {
                "min_value": before - bound["moves"],
                "max_value": before + bound["moves"],
            }
            checks.append(_between(measure, around, because, warns))
    query = entry["query"].replace("$enough_subjects", str(declarations["enough_subjects"]))
    return Asset(entry["name"], entry["about"], query, True, checks)


def _between(measure: str, limits: dict[str, float], because: str, warns: bool = False) -> Check:
    arguments = {"column": measure, **limits}
    return Check("expect_column_values_to_be_between", arguments, because, warns)


def _at_most(measure: str, limit: float, because: str) -> Check:
    return _between(measure, {"max_value": limit}, because)


def _at_least(measure: str, limit: float, because: str) -> Check:
    return _between(measure, {"min_value": limit}, because)


def _limit(column: Column, text: str) -> float | datetime:
    """A bound of the contract, which may be a date."""
    if column.data_type in ("date", "timestamp"):
        return datetime.fromisoformat(text)
    return float(text) if "." in text else int(text)


def _yaml(path: Path) -> dict[str, Any]:
    # The C loader: Python's own takes most of a second for the contract.
    contents: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    return contents


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _scorecard_checks(table: str) -> Iterator[Check]:
    """What the scorecard's seeds say: range, band and profile of a score, number of reasons."""
    scales = _seed("scales")
    between = "expect_column_values_to_be_between"
    if table == "scores.scores":
        bounds = {
            "min_value": min(int(scale["minimum_score"]) for scale in scales),
            "max_value": max(int(scale["maximum_score"]) for scale in scales),
        }
        yield Check(between, {"column": "score", **bounds}, "the scale in seeds/scales.csv")
        for column, seed in (("band", "bands"), ("profile", "profiles")):
            names = sorted({row[column] for row in _seed(seed)})
            yield Check(
                "expect_column_values_to_be_in_set",
                {"column": column, "value_set": names},
                f"the names in seeds/{seed}.csv",
            )
    if table == "scores.reasons":
        most = max(int(scale["maximum_reasons"]) for scale in scales)
        yield Check(
            between,
            {"column": "reason_rank", "min_value": 1, "max_value": most},
            "maximum_reasons in seeds/scales.csv",
        )
