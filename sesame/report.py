"""What a run did, as figures: for the terminal, the Prefect artifact and reports/run.json."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from sesame import engine
from sesame.build import BuildReport
from sesame.home import DOMAINS, Home
from sesame.landing import LandReport
from sesame.publish import PublishReport

_SCORES = """
select
    subject_kind,
    count(*) as subjects,
    count(score) as scored,
    count(*) - count(score) as not_scoreable,
    quantile_disc(score, [0.05, 0.25, 0.5, 0.75, 0.95]) as quantiles
from warehouse.scores.scores
where is_official and is_champion
group by subject_kind
order by subject_kind
"""

_PERFORMANCE = """
select *
from warehouse.monitoring.score_performance
order by all
"""


@dataclass(frozen=True)
class RunReport:
    """Figures of one run.

    scores: a row per subject kind. landed: counts of rows, by fate. seconds: wall clock per step.
    build: of dbt. performance: a row per outcome definition, empty without outcomes.
    """

    as_of: str | None
    scores: list[dict[str, Any]]
    landed: dict[str, int]
    refused_files: int
    performance: list[dict[str, Any]]
    generation: str
    seconds: dict[str, float]
    build: dict[str, Any]

    def rows(self) -> list[dict[str, Any]]:
        """As a table of name and value."""
        rows: list[dict[str, Any]] = [{"figure": "as of", "value": self.as_of or "no data"}]
        for row in self.scores:
            rows.append({"figure": f"{row['subject_kind']}: subjects", "value": row["subjects"]})
            rows.append({"figure": f"{row['subject_kind']}: scored", "value": row["scored"]})
        rows += [{"figure": f"rows {name}", "value": value} for name, value in self.landed.items()]
        rows += [
            {"figure": f"seconds: {step}", "value": round(value, 1)}
            for step, value in self.seconds.items()
        ]
        return rows

    def lines(self, home: Home) -> list[str]:
        """As a person reads it."""
        lines = ["", f"Scores as of {self.as_of or 'no date: there is no data yet'}"]
        lines.append(
            f"  {'':<10}{'subjects':>10}{'scored':>10}{'not scoreable':>15}"
            "   score at 5 / 25 / 50 / 75 / 95 %"
        )
        for row in self.scores:
            quantiles = " / ".join(str(value) for value in row["quantiles"] or ["–"])
            lines.append(
                f"  {row['subject_kind']:<10}{row['subjects']:>10,}{row['scored']:>10,}"
                f"{row['not_scoreable']:>15,}   {quantiles}"
            )
        lines.append(
            "Rows  " + ", ".join(f"{count:,} {name}" for name, count in self.landed.items())
        )
        if self.refused_files:
            lines.append(f"Files refused whole: {self.refused_files} (sesame status lists them)")
        for row in self.performance:
            lines.append("Performance  " + ", ".join(f"{k} {_text(v)}" for k, v in row.items()))
        steps = ", ".join(f"{step} {value:.1f}" for step, value in self.seconds.items())
        lines.append(f"Seconds  {steps}; in all {sum(self.seconds.values()):.1f}")
        lines += [
            f"Published {self.generation}",
            "Where to look next:",
            f"  {home.serving}/current.duckdb  the published scores (docs/serving.md)",
            f"  {home.reports}/data_docs/index.html  what the audit checked",
            "  sesame status  what was landed, quarantined and refused, and why",
        ]
        return lines


def _text(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _query(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def run_report(
    home: Home,
    landed: list[LandReport],
    built: BuildReport,
    published: PublishReport,
    seconds: dict[str, float],
) -> RunReport:
    """Gather the figures from the warehouse and keep them in reports/run.json."""
    counts = ("offered", "landed", "already_there", "quarantined", "refused", "displaced")
    with engine.connect(home, read=["warehouse"]) as connection:
        as_of = _query(
            connection,
            "select max(as_of_date)::varchar as as_of "
            "from warehouse.scores.scores where is_official",
        )[0]["as_of"]
        report = RunReport(
            as_of=as_of,
            scores=_query(connection, _SCORES),
            landed={
                name.replace("_", " "): sum(batch.total(name) for batch in landed)
                for name in counts
            },
            refused_files=sum(len(batch.refused_files) for batch in landed),
            performance=_query(connection, _PERFORMANCE),
            generation=published.generation,
            seconds=seconds,
            build=asdict(built),
        )
    text = json.dumps(asdict(report), indent=1, default=str)
    (home.reports / "run.json").write_text(text)
    return report


def status(home: Home) -> list[str]:
    """What each landed table holds, and why rows and files were turned away."""
    lines = []
    for domain in DOMAINS:
        if not home.database(domain).exists():
            continue
        with engine.connect(home, read=[domain]) as connection:
            db = engine.quote(engine.alias(domain)) + ".main"
            for name, landed, displaced in connection.execute(
                f"select table_name, sum(landed), sum(displaced) from {db}._batches "
                "group by table_name order by table_name"
            ).fetchall():
                lines.append(f"{domain}.{name}: {landed - displaced:,} rows")
            for name, column, reason, count in connection.execute(
                f"select table_name, column_name, reason, count(*) from {db}._quarantine "
                "group by all order by all"
            ).fetchall():
                lines.append(f"  quarantined {count:,} of {name}: {column} {reason}".rstrip())
            for name, reason, count in connection.execute(
                f"select table_name, reason, sum(refused) from {db}._refusals "
                "group by all order by all"
            ).fetchall():
                lines.append(f"  refused {count:,} offered rows of {name}: {reason}")
            for name, reason in connection.execute(
                f"select distinct file_name, reason from {db}._refused_files order by all"
            ).fetchall():
                lines.append(f"  file refused: {name}: {reason}")
    return lines or ["nothing has been landed yet; see: sesame land --help"]
