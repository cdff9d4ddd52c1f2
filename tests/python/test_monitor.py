"""The page of how the score is doing: true to the marts, silent about persons and small groups."""

import csv
import math
import re
import shutil
import stat
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.stats import binomtest

from sesame import engine, report
from sesame.errors import SesameError
from sesame.home import PROJECT, Home
from sesame.keys import key_ring
from sesame.monitor import PAGE, monitor
from sesame.monitor_sections import exact_interval
from sesame.publish import link
from sesame.svg import Chart, percent, ticks

Ran = tuple[Home, "subprocess.CompletedProcess[str]", float]
EXACT = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5_000}
VOID = {"meta", "path", "rect", "polyline"}


class Cells(HTMLParser):
    """The rows of all tables, and whether every element is closed in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID or (tag == "rect"):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def rows_of(page: Path) -> list[list[str]]:
    cells = Cells()
    cells.feed(page.read_text())
    assert not cells.open
    return cells.rows


def query(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with engine.connect(home, read=["warehouse"]) as connection:
        return connection.execute(sql).fetchall()


def change(home: Home, *statements: str) -> None:
    with engine.connect(home, write=["warehouse"]) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def spoilt(ran: Ran, home: Home) -> Home:
    """A copy of the warehouse that ran, for one test to change."""
    shutil.copytree(ran[0].root, home.root, dirs_exist_ok=True, symlinks=True)
    return home


def test_a_run_leaves_one_page_that_needs_nothing_else(ran: Ran) -> None:
    page = ran[0].reports / PAGE
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert str(page) in ran[1].stdout
    text = page.read_text()
    assert not re.search(r"https?://|<script|<link|<img|@import|url\(", text)
    assert rows_of(page)


def test_the_same_marts_make_the_same_page(ran: Ran) -> None:
    first = monitor(ran[0])
    text = first.path.read_text()
    assert monitor(ran[0]).path.read_text() == text
    assert first.versions[0] in text


def test_no_person_is_on_the_page(ran: Ran) -> None:
    text = monitor(ran[0]).path.read_text()
    words = set(re.findall(r"[\w:.-]+", text))
    for sql in (
        "select distinct subject_id from warehouse.scores.scores",
        "select distinct outcome_id from warehouse.monitoring.score_outcomes",
    ):
        names = {name for (name,) in query(ran[0], sql)}
        assert names
        assert not names & words


def test_the_pages_figures_are_those_of_the_marts(ran: Ran) -> None:
    shown = rows_of(monitor(ran[0]).path)
    distribution = query(
        ran[0],
        "select score_version, subject_kind, profile, if(is_official, 'official', 'application'), "
        "row_count, scoreable_count, capped_ratio, clipped_ratio, mean_score "
        "from warehouse.monitoring.score_distribution "
        "where scoreable_count >= 10 and (is_latest or not is_official)",
    )
    assert distribution
    for *names, rows, scored, capped, clipped, mean in distribution:
        shares = [percent(float(capped)), percent(float(clipped))]
        assert [*names, f"{rows:,}", f"{scored:,}", *shares, f"{mean:.0f}"] in shown
    impact = query(
        ran[0],
        "select population, replace(characteristic, '_', ' '), any_value(member_count), "
        "list(coalesce(printf('%.2f', best_impact_ratio::double), '–') order by cut_off) "
        "from warehouse.validation.adverse_impact "
        "inner join warehouse.intermediate.int_score_versions using (score_version) "
        "where not is_small_group and is_champion "
        "group by population, characteristic, group_name, score_version",
    )
    assert impact
    flat = [[*row[:2], *row[3:]] for row in shown if len(row) > 3]
    for population, characteristic, members, ratios in impact:
        assert [population, characteristic, f"{members:,}", *ratios] in flat


def test_of_fewer_than_ten_nothing_is_shown(spoilt: Home) -> None:
    def shown(count: int) -> list[list[str]]:
        change(
            spoilt,
            f"update warehouse.validation.adverse_impact set member_count = {count}, "
            "is_small_group = true, best_impact_ratio = 0.4321 "
            "where group_name = 'female'",
            f"update warehouse.monitoring.score_distribution set row_count = {count}, "
            f"scoreable_count = {count}, mean_score = 777",
        )
        return rows_of(monitor(spoilt).path)

    few, ten = shown(9), shown(10)
    for rows, expected in ((few, False), (ten, True)):
        female = [row for row in rows if len(row) > 3 and row[2].startswith("female")]
        assert female and all("small" in row[2] for row in female[:1])
        assert any("0.43" in row for row in female) is expected
        assert any("777" in row for row in rows) is expected
    assert any("few" in row for row in few)


def test_swap_sets_and_outcomes_of_a_challenger_are_shown(spoilt: Home) -> None:
    """Planted, for a small population has one version and hardly an outcome."""
    planted = (
        "'d' as definition, (select score_version from warehouse.intermediate.int_score_versions "
        "where is_champion) as score_version, true as is_champion"
    )
    change(
        spoilt,
        "insert into warehouse.monitoring.swap_sets values "
        "('v9', 'official', 650, 1200, null, null, true, true), "
        "('v9', 'official', 650, 34, null, null, false, true), "
        "('v9', 'official', 650, 9, null, null, true, false)",
        f"insert into warehouse.monitoring.score_performance by name select {planted}, "
        "'all' as segment_type, 'all' as segment, 20 as outcome_count, 20 as scored_count, "
        "3 as default_count, 0 as censored_count, 0 as immature_count, 0.7 as auc_ratio, "
        "0.55 as auc_lower_ratio, 0.85 as auc_upper_ratio",
        f"insert into warehouse.monitoring.score_calibration by name select {planted}, "
        "'A' as band, 650 as lower_bound, 700 as upper_bound, "
        "20 as outcome_count, 3 as default_count, 2 as censored_count, 1 as immature_count, "
        "9 as expected_default_count, 0.15 as default_ratio, 0 as default_lower_ratio, "
        "1 as default_upper_ratio, 0.45 as expected_default_ratio",
    )
    rows = rows_of(monitor(spoilt).path)
    assert any("0.700 (0.550 … 0.850)" in row for row in rows)
    assert ["v9", "official", "650", "1,200", "few", "34", "0"] in rows
    exact = "3.2 % to 38 %"  # R: binom.test(3, 20): 0.03207 to 0.37893
    shown = ["A", "20", "2", "1", "9.0", "3", "45 %", "15 %", exact, "outside"]
    assert any(row[1:] == shown for row in rows)


def test_a_month_that_has_only_begun_hides_no_alarm(spoilt: Home) -> None:
    change(
        spoilt,
        "delete from warehouse.monitoring.score_stability where population = 'applications'",
        "insert into warehouse.monitoring.score_stability by name select score_version, "
        "'applications' as population, 'score' as item, light, 300 as subject_count, "
        "300 as reference_count, 5 as bin_count, 0.7 as stability_index, 0.02 as chance_index, "
        "period_date from warehouse.intermediate.int_score_versions, (values "
        "('stable', date '2031-01-01'), ('alarm', date '2031-02-01'), "
        "('too few', date '2031-03-01')) as lights (light, period_date)",
    )
    shown = [row[2:4] for row in rows_of(monitor(spoilt).path) if row[1:2] == ["applications"]]
    assert ["2031-02-01", "alarm"] in shown
    assert not [period for period, _ in shown if period in ("2031-01-01", "2031-03-01")]


def test_segments_of_one_name_are_told_apart_and_the_level_is_shown(spoilt: Home) -> None:
    segments = [("all", "all"), ("profile", "consumer thin"), ("thickness", "thin")]
    change(
        spoilt,
        *(
            "insert into warehouse.monitoring.score_performance by name select 'd' as definition, "
            f"score_version, is_champion, '{kind}' as segment_type, '{segment}' as segment, "
            "20 as outcome_count, 20 as scored_count, 3 as default_count, 0 as censored_count, "
            "0 as immature_count, 0.7 as auc_ratio, 0.55 as auc_lower_ratio, "
            "0.85 as auc_upper_ratio, -0.5 as calibration_level, "
            "-0.9 as calibration_level_lower, -0.1 as calibration_level_upper "
            "from warehouse.intermediate.int_score_versions where is_champion"
            for kind, segment in segments
        ),
    )
    page = monitor(spoilt).path
    assert ">profile: consumer thin<" in page.read_text()
    assert ">thickness: thin<" in page.read_text()
    assert any("-0.500 (-0.900 … -0.100)" in row for row in rows_of(page))


def test_what_a_run_tells_of_an_area_without_an_interval() -> None:
    """One default alone, or two below all others, have an area and no variance."""
    counts = {"scored_count": 9, "outcome_count": 9, "default_count": 2, "censored_count": 0}
    row = {"definition": "d", "score_version": "v9", "auc_ratio": 1, "gini_ratio": 1, "ks_ratio": 1}
    bounds: dict[str, float | None] = {"auc_lower_ratio": None, "auc_upper_ratio": None}
    assert "AUC 1.000, Gini" in report._performance_text(row | counts | bounds)
    bounds = {"auc_lower_ratio": 0.5, "auc_upper_ratio": 0.9}
    assert "AUC 1.000 (0.500–0.900), Gini" in report._performance_text(row | counts | bounds)


def test_readers_get_nothing_by_gender_or_age(ran: Ran) -> None:
    with engine.connect(ran[0]) as connection:
        connection.execute(
            f"attach '{link(ran[0])}' as serving (read_only, encryption_key $key)",
            {"key": key_ring(ran[0]).key("serving")},
        )
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'monitoring' "
            "and database_name = 'serving'"
        ).fetchall()
        assert ("expected_performance",) in tables
        schemas = "select distinct schema_name from duckdb_tables() where database_name = 'serving'"
        assert ("validation",) not in connection.execute(schemas).fetchall()
        for table in ("score_performance", "expected_performance"):
            types = connection.execute(
                f"select distinct segment_type from serving.monitoring.{table}"
            ).fetchall()
            assert types and not {("gender",), ("age_band",)} & set(types)
    assert query(ran[0], "select 1 from warehouse.validation.adverse_impact limit 1")


def test_an_empty_warehouse_makes_a_page_that_says_so(empty_build: tuple[Home, str]) -> None:
    text = monitor(empty_build[0]).path.read_text()
    assert "No outcome is known yet." in text
    assert "Nobody has been scored yet." in text


def test_without_marts_the_error_names_the_remedy(home: Home) -> None:
    with pytest.raises(SesameError, match="sesame run"):
        monitor(home)
    change(home, "create table warehouse.main.other (a integer)")
    with pytest.raises(SesameError, match="sesame build"):
        monitor(home)


@pytest.mark.parametrize(("count", "total"), [(0, 7), (3, 20), (20, 20), (1, 1), (17, 649)])
def test_exact_intervals_are_clopper_and_pearsons(count: int, total: int) -> None:
    expected = binomtest(count, total).proportion_ci(0.95, "exact")
    assert exact_interval(count, total, 0.95) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("high", [0.003, 0.7, 1, 9.99, 12_345])
def test_ticks_are_few_and_round(high: float) -> None:
    found = ticks(0, high)
    assert 3 <= len(found) <= 8
    assert found[0] == 0 and found[-1] <= high
    assert all(float(f"{tick:.1g}") == tick or float(f"{tick:.2g}") == tick for tick in found)


def test_a_chart_of_equal_values_is_drawn_and_texts_are_escaped() -> None:
    chart = Chart((1, 1), (2, 2), x_title="<x>", y_title="y & z")
    chart.point(1, 2, "#000", y_interval=(2, 2), title="a<b")
    drawn = chart.render()
    assert "<x>" not in drawn and "a<b" not in drawn
    assert "nan" not in drawn


def test_a_card_that_takes_points_from_the_old_is_found(dbt: Any, empty_build: Any) -> None:
    """No card holds an age, so that the test of it finds nothing; here one is planted."""
    sql = (
        dbt.target / "compiled/sesame/tests/singular/ages_over_62_lose_no_points.sql"
    ).read_text()
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as warehouse; create schema warehouse.seeds")
        for seed in ("attributes", "bins"):
            path = PROJECT / "seeds" / f"{seed}.csv"
            connection.execute(
                f"create table warehouse.seeds.{seed} as "
                f"from read_csv('{path}', all_varchar = true)"
            )
        connection.execute("alter table warehouse.seeds.bins alter upper_bound type double")
        connection.execute("alter table warehouse.seeds.bins alter points type double")
        assert connection.execute(sql).fetchall() == []
        with (PROJECT / "seeds" / "attributes.csv").open(newline="") as file:
            first = next(csv.DictReader(file))["attribute_name"]
        connection.execute(
            "insert into warehouse.seeds.attributes by name "
            f"select 'person_age_years' as attribute_name from warehouse.seeds.attributes "
            f"where attribute_name = '{first}'"
        )
        plant = (
            "insert into warehouse.seeds.bins by name select 'v9' as score_version, "
            "'person_age_years' as attribute_name, 'observed' as value_state, $label as bin_label, "
            "$upper::double as upper_bound, $points as points"
        )
        for label, upper, points in (("under 62", 62, 0.5), ("62 and over", None, 0.5)):
            connection.execute(plant, {"label": label, "upper": upper, "points": points})
        assert connection.execute(sql).fetchall() == []
        connection.execute(
            "update warehouse.seeds.bins set points = 0.4 where bin_label = '62 and over' "
            "and attribute_name = 'person_age_years'"
        )
        assert len(connection.execute(sql).fetchall()) == 1


def test_calibrations_are_what_an_optimiser_finds(dbt: Any, empty_build: Any) -> None:
    """Slopes from -1 to 3, rates of default from a third down to a few in a thousand."""
    random = np.random.default_rng(5)
    rows: list[tuple[str, int, float, int, int]] = []
    for segment in range(60):
        slope, intercept = random.uniform(-1, 3), random.uniform(-1, 3)
        scores = random.choice(np.arange(500, 760, 4), 30, replace=False)
        for score in sorted(int(score) for score in scores):
            odds = math.log(20) + math.log(2) * (score - 650) / 50
            cases = int(random.integers(1, 60))
            goods = int(random.binomial(cases, 1 / (1 + math.exp(-intercept - slope * odds))))
            rows.append((str(segment), score, odds, cases - goods, goods))
    folder = dbt.target / "compiled/sesame/models/marts/monitoring/validation"
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as warehouse; create schema warehouse.seeds")
        for seed in ("monitoring_rules", "confidence_levels"):
            path = PROJECT / "seeds" / f"{seed}.csv"
            connection.execute(f"create table warehouse.seeds.{seed} as from read_csv('{path}')")
        connection.execute(
            "create schema warehouse.validation; create table warehouse.validation.outcome_counts ("
            "segment varchar, score smallint, log_odds double, default_count bigint, "
            "good_count bigint, definition varchar default 'd', score_version varchar default 'v', "
            "segment_type varchar default 't')"
        )
        connection.executemany(
            "insert into warehouse.validation.outcome_counts (segment, score, log_odds, "
            "default_count, good_count) values (?, ?, ?, ?, ?)",
            rows,
        )
        fitted = connection.execute((folder / "outcome_calibrations.sql").read_text()).fetchall()
        levels = connection.execute((folder / "outcome_levels.sql").read_text()).fetchall()
    found = {row[3]: [float(figure) for figure in row[4:]] for row in fitted}
    level_of = {row[3]: [float(figure) for figure in row[4:]] for row in levels}
    assert len(found) > 50 and set(found) <= set(level_of)
    for segment, figures in found.items():
        odds, bad, good = (
            np.array([row[part] for row in rows if row[0] == segment]) for part in (2, 3, 4)
        )

        def loss(at: Any, odds: Any = odds, bad: Any = bad, good: Any = good) -> float:
            log_odds = at[0] + at[1] * odds
            lost = good * np.logaddexp(0, -log_odds) + bad * np.logaddexp(0, log_odds)
            return float(lost.sum())

        intercept, slope = minimize(loss, (0, 1), method="Nelder-Mead", options=EXACT).x
        chance = 1 / (1 + np.exp(-intercept - slope * odds))
        weight = (bad + good) * chance * (1 - chance)
        moments = [[(weight * odds ** (i + j)).sum() for i in (0, 1)] for j in (0, 1)]
        errors = 1.959963984540 * np.sqrt(np.diag(np.linalg.inv(moments)))
        expected = [slope, slope - errors[1], slope + errors[1]]
        expected += [intercept, intercept - errors[0], intercept + errors[0]]
        assert figures == pytest.approx(expected, abs=2e-5)

        def left(level: float, odds: Any = odds, bad: Any = bad, good: Any = good) -> float:
            return float((good - (bad + good) / (1 + np.exp(-level - odds))).sum())

        level = brentq(left, -20, 20, xtol=1e-12)
        chance = 1 / (1 + np.exp(-level - odds))
        error = 1.959963984540 / math.sqrt(((bad + good) * chance * (1 - chance)).sum())
        assert level_of[segment] == pytest.approx([level, level - error, level + error], abs=2e-5)
