"""What a run did, as figures: for the terminal, the Prefect artifact and reports/run.json."""

import json
from dataclasses import asdict, dataclass
from decimal import Decimal
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
where segment_type = 'all'
order by definition, score_version
"""

# What may become of an offered row: offered is the sum of the four after it. Displaced rows were
# landed by an earlier batch and replaced by a conflicting one, so they are no part of offered.
_FATES = ("offered", "landed", "already_there", "quarantined", "refused", "displaced")


@dataclass(frozen=True)
class RunReport:
    """Figures of one run.

    scores: a row per subject kind. landed: counts of rows, by fate; tables: the same for each batch
    and raw table. seconds: wall clock per step. build: of dbt. performance: a row per outcome
    definition and score version, empty without outcomes; its areas are null unless there are both
    defaults and others.
    """

    as_of: str | None
    scores: list[dict[str, Any]]
    landed: dict[str, int]
    tables: list[dict[str, Any]]
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
        counts = self.landed
        lines.append(
            f"Rows  {counts['offered']:,} offered = {counts['landed']:,} landed"
            f" + {counts['already there']:,} already there + {counts['quarantined']:,} quarantined"
            f" + {counts['refused']:,} refused; {counts['displaced']:,} displaced"
        )
        if self.refused_files:
            lines.append(f"Files refused whole: {self.refused_files} (sesame status lists them)")
        lines += [f"Performance  {_performance_text(row)}" for row in self.performance]
        steps = ", ".join(f"{step} {value:.1f}" for step, value in self.seconds.items())
        lines.append(f"Seconds  {steps}; in all {sum(self.seconds.values()):.1f}")
        lines += [
            f"Published {self.generation}",
            "Where to look next:",
            f"  {home.serving}/current.duckdb  the published scores (docs/serving.md)",
            f"  {home.reports}/data_docs/index.html  what the audit checked",
            f"  {home.reports}/monitoring.html  how the score is doing",
            f"  {home.reports}/run.json  these figures, and the rows of each table",
            f"  {_status_command(home)}  what was landed, quarantined and refused, and why",
        ]
        return lines


def _status_command(home: Home) -> str:
    """A data set's warehouse is not the current one, so the command has to say which."""
    return "sesame status" if home == Home.current() else f"SESAME_HOME={home.root} sesame status"


def _performance_text(row: dict[str, Any]) -> str:
    """One line: how well a version told defaults from others, and on how many outcomes."""
    if row["auc_ratio"] is None:
        measured = "not measurable, for want of scored defaults or of others"
    else:
        # a perfect ranking, or one default alone, has no interval
        interval = (
            ""
            if row["auc_lower_ratio"] is None
            else f" ({row['auc_lower_ratio']:.3f}–{row['auc_upper_ratio']:.3f})"
        )
        measured = (
            f"AUC {row['auc_ratio']:.3f}{interval},"
            f" Gini {row['gini_ratio']:.3f}, KS {row['ks_ratio']:.3f}"
        )
    return (
        f"{row['definition']}, {row['score_version']}: {measured};"
        f" {row['scored_count']:,} of {row['outcome_count']:,} outcomes scored,"
        f" {row['default_count']:,} defaults, {row['censored_count']:,} censored"
    )


def _plain(value: object) -> float | str:
    """What JSON does not know: decimals as numbers, dates as text."""
    return float(value) if isinstance(value, Decimal) else str(value)


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
                for name in _FATES
            },
            tables=[asdict(table) for batch in landed for table in batch.tables],
            refused_files=sum(len(batch.refused_files) for batch in landed),
            performance=_query(connection, _PERFORMANCE),
            generation=published.generation,
            seconds=seconds,
            build=asdict(built),
        )
    text = json.dumps(asdict(report), indent=1, default=_plain)
    (home.reports / "run.json").write_text(text)
    return report


def status(home: Home) -> list[str]:
    """What became of every row ever offered, per table, and why rows and files were turned away."""
    header = f"{'table':<44}" + "".join(f"{fate.replace('_', ' '):>14}" for fate in _FATES)
    lines: list[str] = []
    for domain in DOMAINS:
        if not home.database(domain).exists():
            continue
        with engine.connect(home, read=[domain]) as connection:
            db = engine.quote(engine.alias(domain)) + ".main"
            sums = ", ".join(f"sum({fate})" for fate in _FATES)
            for name, *counts in connection.execute(
                f"select table_name, {sums} from {db}._batches "
                "group by table_name order by table_name"
            ).fetchall():
                lines.append(
                    f"{domain + '.' + name:<44}" + "".join(f"{count:>14,}" for count in counts)
                )
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
    return [header, *lines] if lines else ["nothing has been landed yet; see: sesame land --help"]
