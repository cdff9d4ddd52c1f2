"""Ceiling and recovery: right by brute force, blind to what they must not see, clear in failure."""

import json
import subprocess
import sys
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesame.contract import contract
from sesame.errors import SesameError
from sesame.simulate import Population, SimulateReport, simulate
from sesame.simulate.areas import area, difference, rank_correlation
from sesame.simulate.learner import FOLDS, design_of
from sesame.simulate.population import APPRAISAL
from sesame.simulate.recovery import (
    FACTORS,
    SQL,
    RecoveryReport,
    appraise,
    ceiling,
    measure,
    recover,
)

AS_OF = datetime(2024, 1, 1)
SESAME = Path(sys.executable).parent / "sesame"
TABLES = {name: table for tables in contract().values() for name, table in tables.items()}

# Few distinct scores, so that ties are the rule.
ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), min_size=4, max_size=25
).filter(lambda rows: 2 <= sum(row[2] for row in rows) <= len(rows) - 2)


def _columns(rows: list[tuple[int, int, bool]]) -> tuple[Any, Any, Any]:
    first, second, is_default = zip(*rows, strict=True)
    return np.array(first, float), np.array(second, float), np.array(is_default)


def _wins(scores: Any, is_default: Any) -> Any:
    """(defaults, others): 1 where the default scores higher, 1/2 where equal."""
    gap = scores[is_default][:, None] - scores[~is_default][None, :]
    return (np.sign(gap) + 1) / 2


def _delong_variance(contrast: Any) -> float:
    """Of the mean of `contrast` (defaults, others), from its row and column means."""
    rows, columns = contrast.mean(axis=1), contrast.mean(axis=0)
    return float(np.var(rows, ddof=1) / len(rows) + np.var(columns, ddof=1) / len(columns))


@given(ROWS)
def test_area_and_its_error_are_those_of_all_pairs(rows: list[tuple[int, int, bool]]) -> None:
    scores, _, is_default = _columns(rows)
    wins = _wins(scores, is_default)
    measured = area(scores, is_default)
    assert measured.auc == pytest.approx(wins.mean())
    assert measured.standard_error == pytest.approx(_delong_variance(wins) ** 0.5, abs=1e-12)
    assert (measured.rows, measured.defaults) == (len(rows), is_default.sum())


@given(ROWS)
def test_difference_and_its_error_are_those_of_all_pairs(rows: list[tuple[int, int, bool]]) -> None:
    first, second, is_default = _columns(rows)
    gap = _wins(first, is_default) - _wins(second, is_default)
    measured, error = difference(first, second, is_default)
    assert measured == pytest.approx(gap.mean(), abs=1e-12)
    assert error == pytest.approx(_delong_variance(gap) ** 0.5, abs=1e-12)


def test_paired_variance_is_that_of_the_two_areas_less_twice_their_covariance() -> None:
    # The formula as DeLong et al. (1988) print it, with the covariance written out.
    random = np.random.default_rng(1)
    is_default = random.random(200) < 0.3
    first = random.normal(size=200) + is_default
    second = 0.5 * first + random.normal(size=200)
    wins = [_wins(first, is_default), _wins(second, is_default)]
    variance = sum(
        float(sign * np.cov(one.mean(axis=axis), other.mean(axis=axis))[0, 1] / one.shape[1 - axis])
        for axis, (one, other, sign) in product(
            (0, 1),
            [(wins[0], wins[0], 1), (wins[1], wins[1], 1), (wins[0], wins[1], -2)],
        )
    )
    assert difference(first, second, is_default)[1] == pytest.approx(variance**0.5)


def test_scores_all_equal_are_worth_a_half() -> None:
    assert area(np.zeros(10), np.arange(10) < 3).auc == 0.5


def test_a_score_differs_from_itself_by_nothing() -> None:
    scores, is_default = np.arange(10.0), np.arange(10) % 3 == 0
    assert difference(scores, scores, is_default) == (0.0, 0.0)


@pytest.mark.parametrize("defaults", [0, 1, 9, 10])
def test_fewer_than_two_of_either_are_refused(defaults: int) -> None:
    is_default = np.arange(10) < defaults
    with pytest.raises(SesameError, match=f"{defaults} of 10"):
        area(np.arange(10.0), is_default)
    with pytest.raises(SesameError, match=f"{defaults} of 10"):
        difference(np.arange(10.0), np.arange(10.0), is_default)


def test_rank_correlation_shares_ties() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
    first, second = np.array([1.0, 2, 2, 3]), np.array([10.0, 20, 30, 40])
    assert rank_correlation(first, second) == pytest.approx(0.9**0.5)
    assert rank_correlation(first, np.exp(first)) == pytest.approx(1)
    assert rank_correlation(first, -first) == pytest.approx(-1)
    assert rank_correlation(np.ones(4), second) == 0


def test_design_knows_missing_from_middling() -> None:
    design = design_of(np.array([[1.0, 5], [2, 5], [np.nan, 5], [4, 5], [1e9, 5]]))
    # Score, square and presence of the first; nothing of the second, which is the same for all.
    assert design.groups.tolist() == [0, 1, 2]
    assert np.allclose(design.columns.mean(axis=0), 0)
    assert np.allclose(design.columns.std(axis=0), 1)
    assert np.argmin(design.columns[:, 2]) == 2
    assert design.columns[2, 0] == pytest.approx(0)


# --- the model on made-up features ---------------------------------------------------------------

PEOPLE = 5000


def _made_up(
    seed: int = 1, *, shuffled_latents: bool = False, shuffled_labels: bool = False
) -> RecoveryReport:
    """Each latent seen through ten noisy features, a fifth of them missing; default follows three.

    behaviour_preference and interpersonal_relationships play no part in default.
    """
    random = np.random.default_rng(seed)
    latents = {factor: random.normal(size=PEOPLE) for factor in FACTORS}
    designs = {}
    for factor, latent in latents.items():
        features = latent[:, None] + 2 * random.normal(size=(PEOPLE, 10))
        features[random.random((PEOPLE, 10)) < 0.2] = np.nan
        designs[factor] = design_of(features)
    weights = {"credit_history": 1.0, "fulfilment_capacity": 0.6, "personal_characteristics": 0.6}
    chances = 1 / (1 + np.exp(2.2 + sum(weight * latents[f] for f, weight in weights.items())))
    is_default = (random.random(PEOPLE) < chances).astype(float)
    if shuffled_latents:
        latents = {factor: random.permutation(latent) for factor, latent in latents.items()}
    if shuffled_labels:
        is_default = random.permutation(is_default)
    is_default[random.random(PEOPLE) < 0.1] = np.nan
    return measure(designs, latents, is_default, np.arange(PEOPLE) % FOLDS, as_of=AS_OF)


def test_what_was_planted_is_found() -> None:
    report = _made_up()
    # Ten looks with noise of variance 4, two missing: correlation sqrt(1 / (1 + 4 / 8)) = .82.
    assert all(0.75 < correlation < 0.85 for correlation in report.latents.values())
    assert report.auc_all_factors > 0.68
    for factor in ("credit_history", "fulfilment_capacity", "personal_characteristics"):
        lost, error = report.loss[factor]
        assert lost > 2 * error, factor
    for factor in ("behaviour_preference", "interpersonal_relationships"):
        lost, error = report.loss[factor]
        assert abs(lost) < 0.005, factor
    for factor, (lost, _) in report.loss.items():
        assert lost == pytest.approx(report.auc_all_factors - report.auc_without[factor])


def test_nothing_is_found_in_shuffled_latents() -> None:
    # A latent that leaked past the folds would be found all the same. Three standard deviations.
    report = _made_up(shuffled_latents=True)
    assert all(abs(correlation) < 3 / PEOPLE**0.5 for correlation in report.latents.values())


def test_nothing_is_found_in_shuffled_labels() -> None:
    # Pooled by rank within fold: levels of the folds' models would give less than a half.
    report = _made_up(shuffled_labels=True)
    for measured in (report.auc_all_factors, *report.auc_without.values()):
        assert measured == pytest.approx(0.5, abs=0.05)


def test_the_same_twice() -> None:
    assert _made_up() == _made_up()


def test_report_prints_aligned_and_goes_to_json() -> None:
    report = _made_up()
    lines = report.lines()
    assert len({len(line) for line in lines[2:]}) == 1
    assert len(lines) == 3 + len(FACTORS)
    read = json.loads(json.dumps(report.as_dict()))
    assert read["as_of"] == "2024-01-01T00:00:00"
    assert read["loss"]["credit_history"]["difference"] == report.loss["credit_history"][0]


# --- the truth and the files ---------------------------------------------------------------------


def _write(connection: duckdb.DuckDBPyConnection, select: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    connection.execute(f"copy ({select}) to '{folder / 'block-0000.parquet'}' (format parquet)")


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Sixty consumers and sixty businesses; the riskier of each default in March 2024."""
    folder = tmp_path / "truth"
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            """
            create table people as
            select
                if(range < 60, 'c', 'b') || lpad(range::varchar, 3, '0') as subject_id,
                if(range < 60, 'consumer', 'business') as kind,
                range % 60 as n,
                (range * 7 % 11)::double as reliability,
                (range * 5 % 13)::double as income,
                0.5 as income_volatility,
                (range * 3 % 7)::double as activity,
                (range * 11 % 17)::double as stability,
                (range * 13 % 19)::double as social_position,
                true as has_credit,
                timestamp '2023-01-01' + to_days((range % 60)::integer) as registered_at,
                if(range % 60 >= 48, timestamp '2024-03-01', null) as defaulted_at
            from range(120)
            """
        )
        _write(connection, "select * exclude (n) from people", folder / "subjects")
        _write(
            connection,
            """
            select
                people.subject_id,
                months.month_at,
                people.n / 1000.0::double as default_hazard,
                people.n / 100.0::double as default_12m_probability,
                case
                    when months.month_at > timestamp '2024-01-01' then null
                    when people.defaulted_at < months.month_at then null
                    else coalesce(
                        people.defaulted_at < months.month_at + interval 12 month, false
                    )
                end as is_default_12m
            from people
            cross join (
                select unnest(generate_series(
                    timestamp '2023-06-01', timestamp '2024-12-01', interval 1 month
                )) as month_at
            ) as months
            """,
            folder / "months",
        )
        _write(
            connection,
            """
            select
                'a' || subject_id as application_id,
                subject_id,
                timestamp '2023-12-01' as applied_at,
                n % 2 = 0 as is_granted,
                n / 100.0::double as default_12m_probability,
                defaulted_at is not null as is_default_12m
            from people
            """,
            folder / "applications",
        )
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Every table that a factor reads, empty but for consumers' bills of any time."""
    folder = tmp_path / "files"
    with duckdb.connect(":memory:") as connection:
        for factor in FACTORS.values():
            for name in factor.tables:
                table = TABLES[name]
                columns = ", ".join(
                    f"null::{column.data_type} as {column.delivered_as}" for column in table.columns
                )
                _write(
                    connection,
                    f"select {columns} where false",
                    folder / table.domain / name / "month=2024-01",
                )
        _write(
            connection,
            """
            select
                'b' || range as bill_id,
                'c' || lpad((range % 60)::varchar, 3, '0') as subject_id,
                'phone' as kind,
                'CNY' as currency,
                10::decimal(18, 2) as due_amount,
                10::decimal(18, 2) as paid_amount,
                timestamp '2023-06-01' + to_days((range // 60)::integer * 20) as issued_at,
                issued_at + interval 14 day as due_at,
                due_at + to_days((range % 7)::integer - 3) as paid_at,
                paid_at + interval 1 day as known_at
            from range(1200)
            """,
            folder / "payments" / "bills" / "month=before-2024-01",
        )
    return folder


def test_ceiling_counts_and_ranks(truth: Path) -> None:
    report = ceiling(truth, as_of=AS_OF)
    assert report.consumers == report.businesses == area(np.arange(60.0), np.arange(60) >= 48)
    assert report.consumers.auc == 1
    assert (report.consumers_and_businesses.rows, report.consumers_and_businesses.defaults) == (
        120,
        24,
    )
    assert (report.applied.rows, report.accepted.rows, report.accepted.defaults) == (120, 60, 12)
    # Ten months in which all are at risk, nine of those who never default.
    assert (report.months.rows, report.months.defaults) == (10 * 120 + 9 * 96, 24)
    lines = report.lines()
    assert len({len(line) for line in lines[1:]}) == 1
    assert json.loads(json.dumps(report.as_dict()))["accepted"]["rows"] == 60


@pytest.mark.parametrize(
    "as_of",
    [datetime(2024, 2, 1), datetime(2024, 1, 2), datetime(2024, 1, 1, 12), datetime(2020, 1, 1)],
)
def test_as_of_outside_is_refused_and_says_what_would_do(
    as_of: datetime, truth: Path, files: Path
) -> None:
    with pytest.raises(SesameError, match="from 2023-06-01 to 2024-01-01"):
        ceiling(truth, as_of=as_of)
    with pytest.raises(SesameError, match="from 2023-06-01 to 2024-01-01"):
        recover(files, truth, as_of=as_of)


def _undo_defaults(truth: Path) -> None:
    path = truth / "months" / "block-0000.parquet"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"create table months as from '{path}'")
        connection.execute("update months set is_default_12m = false where is_default_12m")
        connection.execute(f"copy months to '{path}' (format parquet)")


def test_a_month_without_default_is_refused(truth: Path, files: Path) -> None:
    # Of the first 47 consumers nobody ever does.
    with pytest.raises(SesameError, match="0 of 47"):
        recover(files, truth, as_of=AS_OF, subjects=47)
    _undo_defaults(truth)
    with pytest.raises(SesameError, match="0 of 120 rows"):
        ceiling(truth, as_of=AS_OF)


def test_absent_folder_is_named(truth: Path, files: Path, tmp_path: Path) -> None:
    with pytest.raises(SesameError, match=r"no Parquet file in .*nowhere"):
        ceiling(tmp_path / "nowhere", as_of=AS_OF)
    with pytest.raises(SesameError, match=r"no Parquet file in .*nowhere"):
        recover(tmp_path / "nowhere", truth, as_of=AS_OF)
    with pytest.raises(SesameError, match="give at least 1"):
        recover(files, truth, as_of=AS_OF, subjects=0)


def test_deleting_what_was_not_yet_known_changes_nothing(truth: Path, files: Path) -> None:
    before = recover(files, truth, as_of=AS_OF)
    assert (before.consumers, before.at_risk, before.defaults) == (60, 60, 12)
    path = files / "payments" / "bills" / "month=before-2024-01" / "block-0000.parquet"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"create table bills as from '{path}'")
        (deleted,) = connection.execute(
            f"delete from bills where known_at >= timestamp '{AS_OF}'"
        ).fetchone() or (0,)
        assert deleted > 100
        connection.execute(f"copy bills to '{path}' (format parquet)")
    assert recover(files, truth, as_of=AS_OF) == before


def test_one_query_per_factor_and_one_factor_per_table() -> None:
    assert {path.stem for path in SQL.iterdir()} == set(FACTORS)
    tables = [name for factor in FACTORS.values() for name in factor.tables]
    assert len(tables) == len(set(tables))
    assert set(tables) <= set(TABLES)


# --- a simulated population ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> SimulateReport:
    """Fifty thousand consumers: the least factor's share of an AUC is some three errors then."""
    folder = tmp_path_factory.mktemp("population") / "files"
    return simulate(Population(scale=0.05), folder, progress=lambda _: None)


@pytest.mark.slow
def test_a_model_denied_a_factor_does_worse(population: SimulateReport) -> None:
    as_of = datetime(2024, 1, 1)
    report = recover(population.files, population.truth, as_of=as_of)
    for factor, (lost, error) in report.loss.items():
        assert lost > 2 * error, f"{factor}: {lost:.4f} lost, standard error {error:.4f}"
    for factor, correlation in report.latents.items():
        assert correlation > 0.5, factor
    best = ceiling(population.truth, as_of=as_of)
    assert 0.75 < best.consumers.auc < 0.9
    assert report.auc_all_factors < best.consumers.auc


def test_the_command_prints_and_stores_what_the_truth_is_worth(tmp_path: Path) -> None:
    files = tmp_path / "files"
    process = subprocess.run(
        [SESAME, "simulate", "--scale", "0.002", "--months", "18", "--to", str(files)],
        capture_output=True,
        text=True,
        check=True,
    )
    stored = json.loads((tmp_path / "files_truth" / APPRAISAL).read_text())
    for name in ("consumers_and_businesses", "applied", "accepted"):
        assert f"{stored['ceiling'][name]['auc']:.4f}" in process.stdout
    for factor, correlation in stored["recovery"]["latents"].items():
        assert factor.replace("_", " ") in process.stdout
        assert f"{correlation:.3f}" in process.stdout
    # Asked for again, the same figures.
    report = simulate(
        Population(scale=0.002, months=18), tmp_path / "again", progress=lambda _: None
    )
    appraise(report)
    again = json.loads((tmp_path / "again_truth" / APPRAISAL).read_text())
    assert again == stored


def test_a_population_too_small_to_be_measured_is_made_all_the_same(tmp_path: Path) -> None:
    """Of the shortest time, one month of applications is judged, and none of twelve defaults."""
    files = tmp_path / "files"
    process = subprocess.run(
        [SESAME, "simulate", "--scale", "0.001", "--months", "13", "--to", str(files)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "not appraised: cannot measure" in process.stdout
    assert files.is_dir()
    assert not (tmp_path / "files_truth" / APPRAISAL).exists()
