"""How the score is doing: the monitoring marts as one page, for a person to read.

reports/monitoring.html, self-contained. Counts and rates only: of a group with fewer members than
`fewest_shown_count` (seed monitoring_rules) no figure is printed, not even how many there are.
What a total less the other groups gives away is not hidden: the page is for the operator.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sesame import engine
from sesame.errors import SesameError
from sesame.home import Home
from sesame.monitor_page import Marts, Row, page
from sesame.monitor_sections import SECTIONS

PAGE = "monitoring.html"


@dataclass(frozen=True)
class MonitorReport:
    """path: the page. versions: of the scorecard, champion first. definitions: of default."""

    path: Path
    versions: tuple[str, ...]
    definitions: tuple[str, ...]


def monitor(home: Home) -> MonitorReport:
    """Write the page from the marts as they are built, audited or not.

    Raises SesameError where there are no monitoring marts.
    """
    if not home.database("warehouse").exists():
        raise SesameError(
            f"nothing to monitor: {home.database('warehouse')} does not exist; land and build "
            "first: sesame run"
        )
    try:
        with engine.connect(home, read=["warehouse"]) as connection:
            marts = _read(connection)
    except duckdb.CatalogException:
        raise SesameError(
            f"nothing to monitor: {home.database('warehouse')} has no monitoring marts, or older "
            "ones; build them: sesame build"
        ) from None
    text = page(marts, SECTIONS)
    path = home.reports / PAGE
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
    return MonitorReport(path, tuple(marts.versions), tuple(marts.definitions()))


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _read(connection: duckdb.DuckDBPyConnection) -> Marts:
    def rows(sql: str) -> list[Row]:
        return _rows(connection, sql)

    def table(name: str, where: str = "true") -> list[Row]:
        return rows(f"select * from warehouse.{name} where {where} order by all")

    versions = rows(
        "select score_version, is_champion from warehouse.intermediate.int_score_versions "
        "order by is_champion desc, score_version"
    )
    champions = [row["score_version"] for row in versions if row["is_champion"]]
    rules = table("seeds.monitoring_rules")[0] | table("seeds.confidence_levels")[0]
    return Marts(
        as_of=rows(
            "select max(as_of_date) as as_of from warehouse.scores.scores where is_official"
        )[0]["as_of"],
        champion=champions[0] if champions else None,
        versions=[row["score_version"] for row in versions],
        rules=rules,
        performance=table("monitoring.score_performance"),
        calibration=rows(
            "select * from warehouse.monitoring.score_calibration "
            "order by definition, score_version, lower_bound"
        ),
        curve=table("validation.outcome_counts", "segment_type = 'all'"),
        distribution=table("monitoring.score_distribution"),
        histogram=table("validation.stability_bins", "item = 'score'"),
        stability=rows(
            "select * from warehouse.monitoring.score_stability "
            "order by score_version, population, item, period_date"
        ),
        drift=table("monitoring.factor_drift"),
        cut_offs=table("monitoring.cut_off_rates"),
        swaps=table("monitoring.swap_sets"),
        expected=table("monitoring.expected_performance"),
        impact=table("validation.adverse_impact"),
        groups=table("validation.group_performance"),
        scales={row["score_version"]: row for row in table("seeds.scales")},
    )
