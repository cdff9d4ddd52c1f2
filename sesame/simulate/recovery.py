"""How much of the simulator's truth its raw files give away.

`ceiling` measures the truth itself: how well the true probability of default ranks the defaults
that happened, which no model of the same people can beat but by chance. `recover` measures the
evidence: how well each factor's latent, and default, can be learnt from that factor's own raw
tables by a plain model (ridge regression on normal scores), and what a model loses that is denied
one factor.

`sql/recovery/<factor>.sql` is one `select` per factor over views named after its raw tables. Only
those views exist when it runs, and they hold only what was known before `as_of`.
"""

import json
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from sesame.contract import Table, contract
from sesame.engine import literal, quote
from sesame.errors import SesameError
from sesame.landing.judge import reporting_lag_days
from sesame.simulate.areas import (
    Area,
    Floats,
    Integers,
    area,
    area_of_counts,
    check_two_of_each,
    difference,
    rank_correlation,
)
from sesame.simulate.learner import FOLDS, Design, cross_fit, design_of, joined, linear, logistic
from sesame.simulate.population import APPRAISAL, END, SimulateReport

SQL = Path(__file__).parent / "sql" / "recovery"

# Consumers looked at by `appraise`: enough for an AUC's error of .005, a few seconds' work.
SAMPLE = 20_000


@dataclass(frozen=True)
class Factor:
    """A factor's latent, and the raw tables that may tell of it."""

    latent: str
    tables: tuple[str, ...]


FACTORS = {
    "credit_history": Factor(
        "reliability",
        (
            "bills",
            "credit_accounts",
            "credit_statements",
            "loan_instalments",
            "deposits",
            "court_judgments",
            "enforcement_cases",
            "tax_arrears",
            "inquiries",
            "applications",
        ),
    ),
    "behaviour_preference": Factor(
        "activity",
        ("orders", "order_items", "refunds_and_disputes", "reviews", "page_views"),
    ),
    "fulfilment_capacity": Factor(
        "income",
        (
            "wallet_transactions",
            "wallet_balances",
            "holdings",
            "standing_orders",
            "social_insurance_months",
            "property_and_vehicles",
        ),
    ),
    "personal_characteristics": Factor(
        "stability",
        (
            "subjects",
            "addresses",
            "phones",
            "verification_events",
            "employment",
            "devices",
            "education",
        ),
    ),
    "interpersonal_relationships": Factor(
        "social_position",
        ("friendships", "interactions", "ratings"),
    ),
}


@dataclass(frozen=True)
class CeilingReport:
    """How well the truth ranks what happened.

    consumers_and_businesses, consumers, businesses: twelve-month probability at `as_of` against
    default within twelve months, of those not in default. applied, accepted: the same at the
    moment of application, for all and for those granted. months: the monthly hazard against
    default in that very month, over all months (their rows and defaults are subject-months).
    """

    as_of: datetime
    consumers_and_businesses: Area
    consumers: Area
    businesses: Area
    applied: Area
    accepted: Area
    months: Area

    def _areas(self) -> dict[str, Area]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Area)}

    def lines(self) -> list[str]:
        """An aligned table, without line ends."""
        return [
            f"Ceiling as of {self.as_of:%Y-%m-%d}: the true probability against what happened.",
            *_aligned(
                ("", "AUC", "standard error", "rows", "defaults"),
                [
                    (
                        name.replace("_", " "),
                        f"{area.auc:.4f}",
                        f"{area.standard_error:.4f}",
                        f"{area.rows:,}",
                        f"{area.defaults:,}",
                    )
                    for name, area in self._areas().items()
                ],
            ),
        ]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        areas = {name: dict(vars(area)) for name, area in self._areas().items()}
        return {"as_of": self.as_of.isoformat(), **areas}


@dataclass(frozen=True)
class RecoveryReport:
    """How well a plain model learns the truth from the raw files, out of sample.

    consumers: those registered before `as_of`. at_risk: those of them not in default, of whom
    `defaults` did within twelve months. latents: rank correlation of each factor's latent with
    its prediction. auc_without: per factor, of a model that had all the others. loss: per factor,
    auc_all_factors minus that, and the standard error of the difference.
    """

    as_of: datetime
    consumers: int
    at_risk: int
    defaults: int
    latents: dict[str, float]
    auc_all_factors: float
    auc_without: dict[str, float]
    loss: dict[str, tuple[float, float]]

    def lines(self) -> list[str]:
        """An aligned table, without line ends."""
        return [
            f"Recovery as of {self.as_of:%Y-%m-%d}: {self.consumers:,} consumers; {self.at_risk:,} "
            f"not in default, {self.defaults:,} default within twelve months.",
            f"AUC of all factors {self.auc_all_factors:.4f}",
            *_aligned(
                ("", "latent", "rank correlation", "AUC without", "loss", "standard error"),
                [
                    (
                        factor.replace("_", " "),
                        FACTORS[factor].latent,
                        f"{correlation:.3f}",
                        f"{self.auc_without[factor]:.4f}",
                        f"{self.loss[factor][0]:+.4f}",
                        f"{self.loss[factor][1]:.4f}",
                    )
                    for factor, correlation in self.latents.items()
                ],
            ),
        ]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            **vars(self),
            "as_of": self.as_of.isoformat(),
            "loss": {
                factor: {"difference": difference, "standard_error": standard_error}
                for factor, (difference, standard_error) in self.loss.items()
            },
        }


def ceiling(truth: Path, *, as_of: datetime) -> CeilingReport:
    """Measure the truth in `<truth>/{subjects,months,applications}`; see CeilingReport.

    as_of: first day of a month with twelve months of data after it. Raises SesameError where a
    folder is missing or nothing can be measured.
    """
    with duckdb.connect(":memory:") as connection:
        _open_truth(connection, truth, as_of)

        def at(rows: str) -> Area:
            return _area_of(connection, rows, "default_12m_probability", "is_default_12m")

        month = (
            "(select truth_months.*, truth_subjects.kind from truth_months "
            "inner join truth_subjects on truth_months.subject_id = truth_subjects.subject_id "
            "where truth_months.month_at = getvariable('as_of'))"
        )
        applications = "truth_applications"
        return CeilingReport(
            as_of=as_of,
            consumers_and_businesses=at(month),
            consumers=at(f"{month} where kind = 'consumer'"),
            businesses=at(f"{month} where kind = 'business'"),
            applied=at(applications),
            accepted=at(f"{applications} where is_granted"),
            # Sixty million months of distinct hazards would be sorted for nothing: at a
            # ten-millionth they are few values, and the area is the same to six places.
            months=_area_of(
                connection,
                "(select round(truth_months.default_hazard, 7) as default_hazard, "
                "coalesce(truth_subjects.defaulted_at = truth_months.month_at, false) "
                "as is_default from truth_months inner join truth_subjects "
                "on truth_months.subject_id = truth_subjects.subject_id "
                "where coalesce(truth_subjects.defaulted_at >= truth_months.month_at, true))",
                "default_hazard",
                "is_default",
            ),
        )


def recover(
    files: Path,
    truth: Path,
    *,
    as_of: datetime,
    subjects: int | None = None,
    named: str = "*.parquet",
) -> RecoveryReport:
    """Learn latents and default from raw files, factor by factor; see RecoveryReport.

    files: `<files>/<domain>/<table>/**/<named>` in the raw contract. truth: as for `ceiling`.
    as_of: first day of a month with twelve months of data after it; only what was known before
    counts. subjects: only the first so many consumers by subject_id, of those registered by then;
    their ties may lead to others. Raises SesameError where a table is missing or nothing can be
    measured.
    """
    with duckdb.connect(":memory:") as connection:
        _open_truth(connection, truth, as_of)
        people = _people(connection, subjects)
    designs = {
        factor: design_of(_features(files, named, factor, as_of, people["subject_id"].tolist()))
        for factor in FACTORS
    }
    return measure(
        designs,
        {factor: _floats(people[entry.latent]) for factor, entry in FACTORS.items()},
        _floats(people["is_default_12m"]),
        _floats(people["fold"]).astype(np.int64),
        as_of=as_of,
    )


def measure(
    designs: dict[str, Design],
    latents: dict[str, Floats],
    is_default: Floats,
    folds: Integers,
    *,
    as_of: datetime,
) -> RecoveryReport:
    """What `recover` reports, from matrices already made; one row per consumer in all of them.

    designs: per factor, with a row per consumer. latents: per factor (consumers,).
    is_default: 1, 0 or nan where unknown. folds: 0 to FOLDS - 1. Raises SesameError where defaults
    are too few, or all.
    """
    known = ~np.isnan(is_default)
    label = is_default[known] == 1

    def predicted(factors: list[str]) -> Floats:
        design = joined([designs[factor].rows(known) for factor in factors])
        return cross_fit(logistic, design, label.astype(np.float64), folds[known])

    check_two_of_each(label, "consumers at risk")
    every = predicted(list(FACTORS))
    without: dict[str, float] = {}
    loss: dict[str, tuple[float, float]] = {}
    for factor in FACTORS:
        denied = predicted([other for other in FACTORS if other != factor])
        without[factor] = area(denied, label).auc
        loss[factor] = difference(every, denied, label)
    return RecoveryReport(
        as_of=as_of,
        consumers=len(is_default),
        at_risk=len(label),
        defaults=int(label.sum()),
        latents={
            factor: rank_correlation(cross_fit(linear, designs[factor], latent, folds), latent)
            for factor, latent in latents.items()
        },
        auc_all_factors=area(every, label).auc,
        auc_without=without,
        loss=loss,
    )


@dataclass(frozen=True)
class Appraisal:
    """What a simulated population is worth as ground truth; stored in `<truth>/appraisal.json`."""

    ceiling: CeilingReport
    recovery: RecoveryReport

    def lines(self) -> list[str]:
        return [*self.ceiling.lines(), *self.recovery.lines()]


def appraise(report: SimulateReport) -> Appraisal:
    """Measure and store the ceiling, and what the raw files give away.

    As of twelve months before the end; the second on the first block's consumers, at most
    SAMPLE of them: all their rows are in that block's files. Raises SesameError where too few
    default to measure anything.
    """
    as_of = END.replace(year=END.year - 1)
    first = report.population.blocks[0]
    appraisal = Appraisal(
        ceiling(report.truth, as_of=as_of),
        recover(
            report.files,
            report.truth,
            as_of=as_of,
            subjects=min(SAMPLE, first.last_consumer),
            named=f"block-{first.number:04d}-*.parquet",
        ),
    )
    stored = {"ceiling": appraisal.ceiling.as_dict(), "recovery": appraisal.recovery.as_dict()}
    (report.truth / APPRAISAL).write_text(json.dumps(stored, indent=2) + "\n")
    return appraisal


# --- reading ------------------------------------------------------------------------------------


def _area_of(connection: duckdb.DuckDBPyConnection, rows: str, score: str, is_default: str) -> Area:
    """Counted by distinct score in SQL, so that only those are sorted and brought over."""
    counted = connection.execute(
        f"select {score} as score, count(*) filter (where not {is_default}) as goods, "
        f"count(*) filter (where {is_default}) as bads "
        f"from (select * from {rows}) where {score} is not null and {is_default} is not null "
        "group by score order by score"
    ).fetchnumpy()
    goods, bads = counted["goods"].astype(np.int64), counted["bads"].astype(np.int64)
    if min(np.sum(goods), np.sum(bads)) < 2:
        raise SesameError(
            f"cannot measure {score}: {np.sum(bads)} of {np.sum(goods) + np.sum(bads)} rows with "
            "a known outcome default; simulate more subjects or months, or give another as_of"
        )
    return area_of_counts(goods, bads)


def _open_truth(connection: duckdb.DuckDBPyConnection, truth: Path, as_of: datetime) -> None:
    _set_clock(connection, as_of)
    for table in ("subjects", "months", "applications"):
        _view(connection, f"truth_{table}", truth / table)
    ((is_known, first, last),) = connection.execute(
        "with judged as (select distinct month_at from truth_months "
        "where is_default_12m is not null) "
        "select coalesce(bool_or(month_at = getvariable('as_of')), false), min(month_at), "
        "max(month_at) from judged"
    ).fetchall()
    if not is_known:
        months = f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first else "but there is none"
        raise SesameError(
            f"as_of is {as_of:%Y-%m-%d %H:%M}; give the first day of a month of which "
            f"{truth / 'months'} knows what the next twelve brought: {months}",
            exit_code=2,
        )


def _set_clock(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    connection.execute("set timezone = 'UTC'")
    # A view takes no parameters.
    connection.execute("set variable as_of = ?::timestamp", [as_of])


def _people(connection: duckdb.DuckDBPyConnection, subjects: int | None) -> dict[str, Any]:
    """Columns (consumers,) of those registered before as_of: subject_id, latents, label, fold."""
    if subjects is not None and subjects < 1:
        raise SesameError(f"subjects is {subjects}; give at least 1", exit_code=2)
    latents = ", ".join(
        f"truth_subjects.{quote(factor.latent)}::double as {quote(factor.latent)}"
        for factor in FACTORS.values()
    )
    return connection.execute(
        f"select truth_subjects.subject_id, {latents}, "
        "truth_months.is_default_12m::integer::double as is_default_12m, "
        f"(hash('fold', truth_subjects.subject_id) % {FOLDS})::double as fold "
        "from truth_subjects left join truth_months "
        "on truth_subjects.subject_id = truth_months.subject_id "
        "and truth_months.month_at = getvariable('as_of') "
        "where truth_subjects.kind = 'consumer' "
        "and truth_subjects.registered_at < getvariable('as_of') "
        "order by truth_subjects.subject_id"
        + ("" if subjects is None else f" limit {int(subjects)}")
    ).fetchnumpy()


def _features(files: Path, named: str, factor: str, as_of: datetime, cohort: list[str]) -> Floats:
    """The factor's features, (consumers, features) in the cohort's order; nan where null.

    On a connection of its own: no query can read the truth, or what another factor may.
    """
    tables = {name: table for domain in contract().values() for name, table in domain.items()}
    body = (SQL / f"{factor}.sql").read_text()
    with (
        tempfile.TemporaryDirectory(prefix="sesame-recovery-") as spill,
        duckdb.connect(":memory:") as connection,
    ):
        connection.execute(f"set temp_directory = {literal(spill)}")
        _set_clock(connection, as_of)
        connection.execute(
            "create table cohort as select unnest(?::varchar[]) as subject_id", [cohort]
        )
        for name in FACTORS[factor].tables:
            table = tables[name]
            folder = files / table.domain / name
            _view(connection, name, folder, named, _known(table))
        rows = connection.execute(
            f"with features as (\n{body}\n)\n"
            "select columns(* exclude (subject_id))::double from features order by subject_id"
        ).fetchnumpy()
    return np.column_stack([_floats(column) for column in rows.values()])


def _known(table: Table) -> str:
    """Condition: known and past before as_of, and about the cohort where one subject is named."""
    event_at = quote(table.event_at)
    usual = f"{event_at} + to_days({reporting_lag_days(table)})"
    conditions = [
        f"coalesce(known_at, {usual}) < getvariable('as_of')",
        f"{event_at} < getvariable('as_of')",
    ]
    # A tie names two, and a tie's own ties are evidence too.
    if len(table.subjects) == 1:
        conditions.append(
            f"{quote(table.subjects[0].delivered_as)} in (select subject_id from cohort)"
        )
    return " and ".join(conditions)


def _view(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    folder: Path,
    named: str = "*.parquet",
    condition: str = "true",
) -> None:
    pattern = literal(folder / "**" / named)
    try:
        connection.execute(
            f"create view {quote(name)} as "
            f"select * from read_parquet({pattern}, hive_partitioning = false) where {condition}"
        )
    except duckdb.IOException:
        raise SesameError(
            f"no Parquet file in {folder}; give folders that `sesame simulate` wrote", exit_code=2
        ) from None


def _floats(column: Any) -> Floats:
    """A fetched column (n,), nan where null."""
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)


def _aligned(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Lines with columns of equal width: words to the left, numbers to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if rows[0][position][-1:].isalpha() else cell.rjust(width)
            for position, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]
