"""The gate shuts on what is wrong or cannot be judged, says so in aggregates, and only then."""

import csv
import math
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from sesame import engine, raw, suites, verdict
from sesame.audit import audit
from sesame.contract import domain_tables
from sesame.errors import SesameError
from sesame.home import PROJECT, Home
from sesame.keys import key_ring
from sesame.publish import generations, link, publish

# Stands in the data under audit; found in no message, log or page.
PERSON = "subject:zhang-wei-1980"
SECRET = "31907"  # fits a smallint
DATES = "date '2024-07-01' as as_of_date"
KEY = f"subject_id, {DATES}, 'v0' as score_version"


def shows_secret(text: str) -> bool:
    """As a number of its own: a page's time in microseconds may hold any digits."""
    return re.search(rf"(?<!\w){SECRET}(?!\w)", text) is not None


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def build(home: Home, subjects: int) -> None:
    """Stand-in marts of the real shape, without the constraints that would refuse sabotage."""
    marts: dict[str, list[str]] = {}
    for attribute in seed("attributes"):
        name = f"{attribute['subject_kind']}_{attribute['factor']}"
        marts.setdefault(name, []).append(attribute["attribute_name"])
    factors = "\n".join(
        f"create or replace table factors.{name} as select subject_id, as_of_date, "
        + ", ".join(f"null::decimal(28, 10) as {column}" for column in columns)
        + " from intermediate.int_scored_subjects "
        + f"where subject_kind = '{name.split('_')[0]}';"
        for name, columns in marts.items()
    )
    with engine.connect(home, write=["warehouse"]) as connection:
        connection.execute("use warehouse")
        for schema in ("factors", "scores", "monitoring", "validation", "intermediate", "seeds"):
            connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            f"""
            create or replace table seeds.scales as
            from read_csv('{PROJECT / "seeds" / "scales.csv"}');
            create or replace table intermediate.int_scored_subjects as
            select
                case when range = 0 then '{PERSON}' else 'subject:' || range end as subject_id,
                {DATES},
                if(range % 10 = 0, 'business', 'consumer') as subject_kind
            from range({subjects});
            {factors}
            create or replace table scores.scores as
            select
                {KEY.replace(DATES, "as_of_date")}, subject_kind,
                'established' as profile, 'B' as band, null::varchar as not_scoreable_reason,
                (600 + hash(subject_id) % 100)::smallint as score,
                0.5::decimal(18, 10) as reliability_ratio,
                true as is_official, true as is_champion, true as is_scoreable
            from intermediate.int_scored_subjects;
            create or replace table scores.factor_scores as
            select
                subject_id, as_of_date, score_version, unnest(range(5))::varchar as factor,
                0.2::decimal(18, 10) as weight_ratio, 0.5::decimal(18, 10) as evidence_ratio
            from scores.scores;
            create or replace table scores.contributions as
            select
                subject_id, as_of_date, score_version, 'base' as item,
                null::varchar as value_state, score::decimal(18, 6) as contribution_points
            from scores.scores;
            create or replace table scores.reasons as
            select
                subject_id, as_of_date, score_version, 1::smallint as reason_rank,
                'LATE_CARD' as reason_code, 'late' as sentence_en, '逾期' as sentence_zh
            from scores.scores;
            create or replace table scores.current_scores as from scores.scores;
            create or replace table monitoring.score_outcomes as
            select
                'o1' as outcome_id, 'v0' as score_version, 'd' as definition, true as is_judged
            where false;
            create or replace table seeds.monitoring_rules as
            from read_csv('{PROJECT / "seeds" / "monitoring_rules.csv"}');
            create or replace table intermediate.int_score_versions as
            select 'v0' as score_version, true as is_champion;
            create or replace table seeds.cut_offs as
            from read_csv('{PROJECT / "seeds" / "cut_offs.csv"}');
            create or replace table monitoring.score_performance as
            select
                'd' as definition, 'v0' as score_version, 'all' as segment_type, 'all' as segment,
                1000 as outcome_count, 1000 as scored_count, 100 as default_count,
                0.1 as default_ratio, 0.1 as expected_default_ratio,
                0.7 as auc_ratio, 0.8 as auc_upper_ratio, 0.4 as ks_ratio,
                0.9 as calibration_slope_lower, 1.1 as calibration_slope_upper,
                true as is_champion
            where false;
            create or replace table monitoring.swap_sets as
            select
                'v1' as challenger_version, 'd' as sample_name, 600 as cut_off,
                1 as subject_count
            where false;
            create or replace table monitoring.score_distribution as
            select
                'v0' as score_version, count(*) as scoreable_count, 0 as capped_count,
                true as is_latest
            from scores.scores;
            create or replace table monitoring.score_stability as
            select
                'v0' as score_version, 'official' as population, 'score' as item,
                'stable' as light, date '2024-07-01' as period_date
            where {subjects} > 0
            union all -- over and done with
            select 'v0', 'official', 'score', 'alarm', date '2024-06-01' where {subjects} > 0;
            create or replace table monitoring.factor_drift as
            select
                'v0' as score_version, 'official' as population, 'f' as factor,
                'stable' as light, date '2024-07-01' as period_date
            where {subjects} > 0;
            create or replace table validation.adverse_impact as
            select
                'v0' as score_version, 'official' as population, 0.9 as best_impact_ratio,
                100 as subject_count, 0.3 as best_approval_ratio, false as is_small_group
            where {subjects} > 0
            union all -- too few approvals to compare
            select 'v0', 'official', 0.1, 100, 0.29, false where {subjects} > 0
            union all -- too few members, who applied often
            select 'v0', 'official', 0.1, 100, 0.9, true where {subjects} > 0;
            """
        )
        connection.execute("use memory")
        connection.execute("checkpoint warehouse")


def change(home: Home, database: str, statement: str) -> None:
    with engine.connect(home, write=[database]) as connection:
        connection.execute(statement)


def pages(home: Home) -> str:
    """All text of the Data Docs."""
    folder = home.reports / "data_docs"
    return "\n".join(path.read_text() for path in folder.rglob("*.html"))


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit that calls home fails here."""

    def refuse(*_: object) -> None:
        raise AssertionError("the audit tried to use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A warehouse of 1,200 subjects that passed both audits and is published."""
    home = Home(tmp_path_factory.mktemp("audited")).make()
    raw.ensure_all(home)
    build(home, 1_200)
    audit(home, "raw")
    assert not audit(home, "marts").is_empty
    publish(home)
    return home


@pytest.fixture
def audited(template: Home, home: Home) -> Home:
    """The same for one test to spoil: a copy, for which the verdicts hold as well."""
    shutil.copytree(template.root, home.root, dirs_exist_ok=True, symlinks=True)
    return home


def published_scores(home: Home) -> list[tuple[int, int]]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"attach '{link(home)}' as serving (read_only, encryption_key $key)",
            {"key": key_ring(home).key("serving")},
        )
        return connection.execute(
            "select count(*), max(score) from serving.scores.scores"
        ).fetchall()


def test_sabotaged_scores_are_not_published_and_the_old_ones_stay(
    audited: Home, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = published_scores(audited)
    change(
        audited,
        "warehouse",
        f"update warehouse.scores.scores set score = if(subject_id = '{PERSON}', {SECRET}, 9999)",
    )
    with pytest.raises(SesameError) as failed:
        audit(audited, "marts")
    message = str(failed.value)
    assert "scores.scores, column score: expect_column_values_to_be_between" in message
    assert "min_value 350, max_value 950): 1200 of 1200 rows differ" in message
    assert "contributions, column scores_not_explained" in message
    assert "found 1200" in message
    with pytest.raises(SesameError, match=r"marts audit of .* failed"):
        publish(audited)
    assert len(generations(audited)) == 1
    assert published_scores(audited) == before
    output = capfd.readouterr()
    for text in (message, pages(audited), output.out, output.err, caplog.text):
        assert PERSON not in text
        assert not shows_secret(text)


def test_an_expectation_that_errs_has_failed(audited: Home) -> None:
    """Missing column, missing table, and a value that cannot be compared."""
    change(audited, "warehouse", "alter table warehouse.scores.reasons drop column sentence_zh")
    change(audited, "warehouse", "drop table warehouse.scores.factor_scores")
    change(
        audited,
        "warehouse",
        f"create or replace table warehouse.scores.scores as select * replace ('{PERSON}' as "
        "reliability_ratio) from warehouse.scores.scores",
    )
    with pytest.raises(SesameError) as failed:
        audit(audited, "marts")
    message = str(failed.value)
    assert "scores.reasons, column sentence_zh: expect_column_values_to_not_be_null: erred" in (
        message
    )
    assert "scores.factor_scores (scores__factor_scores): cannot be queried" in message
    assert "scores.scores, column reliability_ratio" in message
    assert PERSON not in message
    assert PERSON not in pages(audited)


def test_what_a_person_must_judge_warns_and_stops_nothing(audited: Home) -> None:
    assert audit(audited, "marts").warnings == ()
    change(audited, "warehouse", "update warehouse.monitoring.score_stability set light = 'alarm'")
    change(
        audited,
        "warehouse",
        "update warehouse.validation.adverse_impact set best_impact_ratio = .7 "
        "where best_impact_ratio = .9",
    )
    report = audit(audited, "marts")
    assert len(report.warnings) == 2
    assert any("column score_alarms" in warning for warning in report.warnings)
    assert any(
        "column best_impact_ratio" in warning and "found 0.7" in warning
        for warning in report.warnings
    )
    publish(audited)
    # What could not be looked at has not been judged harmless.
    change(
        audited,
        "warehouse",
        "alter table warehouse.validation.adverse_impact drop best_impact_ratio",
    )
    with pytest.raises(SesameError, match=r"monitoring__fairness.*cannot be queried"):
        audit(audited, "marts")


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse in memory with the seeds of monitoring, for measures alone."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as warehouse")
        for schema in ("scores", "monitoring", "validation", "intermediate", "seeds"):
            connection.execute(f"create schema warehouse.{schema}")
        for name in ("monitoring_rules", "scales", "cut_offs"):
            path = PROJECT / "seeds" / f"{name}.csv"
            connection.execute(f"create table warehouse.seeds.{name} as from read_csv('{path}')")
        connection.execute(
            "create table warehouse.intermediate.int_score_versions as "
            "select 'v0' as score_version, true as is_champion "
            "union all select 'v1', false"
        )
        yield connection


def breaches(marts: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """The measures of an asset of the marts outside their bounds."""
    [asset] = [asset for asset in suites.suite("marts", {}) if asset.name == name]
    result = marts.execute(asset.query)
    figures = dict(zip([name for name, *_ in result.description], result.fetchone(), strict=True))
    found = []
    for check in asset.checks:
        least = check.arguments.get("min_value", -math.inf)
        most = check.arguments.get("max_value", math.inf)
        figure = figures[check.arguments["column"]]
        if figure is not None and not least <= figure <= most:
            found.append(check.arguments["column"])
    return found


@pytest.mark.parametrize(
    ("case", "warning"),
    [
        ({"scored": 10_000, "promised": 800, "defaults": 0}, "observed_to_expected_least"),
        ({"scored": 10_000, "promised": 49.9, "defaults": 0}, None),
        ({"scored": 10_000, "promised": 50, "defaults": 24}, "observed_to_expected_least"),
        ({"scored": 10_000, "promised": 50, "defaults": 25}, None),
        ({"scored": 10_000, "promised": 24, "defaults": 49}, None),
        ({"scored": 10_000, "promised": 24, "defaults": 50}, "observed_to_expected"),
        ({"scored": 10_000, "promised": 25, "defaults": 50}, None),
        # everybody defaulted
        ({"scored": 1_000, "promised": 90, "defaults": 1_000}, "observed_to_expected"),
        ({"slope": 1.36}, "slope_lower"),
        ({"slope": 1.34}, None),
        ({"slope": 0.69}, "slope_upper"),
        ({"slope": 0.71}, None),
        ({"slope": 0.69, "defaults": 49}, None),
        ({"slope": 0.69, "defaults": 951, "promised": 951}, None),
        ({"auc": 0.44}, "auc_upper"),
        ({"auc": 0.46}, None),
        ({"auc": 0.44, "defaults": 49}, None),
    ],
    ids=str,
)
def test_a_calibration_that_is_surely_off_warns(
    marts: duckdb.DuckDBPyConnection, case: dict[str, float], warning: str | None
) -> None:
    """The bounds of seeds/monitoring_rules.csv and expectations/marts.yml, on either side."""
    sound = {"scored": 1_000, "promised": 50, "defaults": 50, "slope": 1, "auc": 0.7}
    marts.execute(
        "create table warehouse.monitoring.score_performance as select true as is_champion, "
        "'all' as segment_type, $scored as scored_count, $defaults as default_count, "
        "$defaults / $scored as default_ratio, $promised / $scored as expected_default_ratio, "
        "$slope - 0.1 as calibration_slope_lower, $slope + 0.1 as calibration_slope_upper, "
        "$auc + 0.05 as auc_upper_ratio",
        sound | case,
    )
    assert breaches(marts, "monitoring__calibration") == ([warning] if warning else [])


@pytest.mark.parametrize(
    ("segment_type", "asset"),
    [
        ("all", "monitoring__calibration"),
        ("subject_kind", "monitoring__segment_calibration"),
        ("profile", "monitoring__segment_calibration"),
        ("thickness", "monitoring__segment_calibration"),
        ("vintage", None),
    ],
)
def test_a_segment_that_is_off_warns_apart(
    marts: duckdb.DuckDBPyConnection, segment_type: str, asset: str | None
) -> None:
    marts.execute(
        "create table warehouse.monitoring.score_performance as select true as is_champion, "
        f"'{segment_type}' as segment_type, 1000 as scored_count, 101 as default_count, "
        "0.101 as default_ratio, 0.05 as expected_default_ratio, 0.9 as calibration_slope_lower, "
        "1.1 as calibration_slope_upper, 0.7 as auc_upper_ratio"
    )
    for name in ("monitoring__calibration", "monitoring__segment_calibration"):
        assert breaches(marts, name) == ["observed_to_expected"] * (name == asset)


@pytest.mark.parametrize(("capped", "is_too_many"), [(100, False), (101, True)])
def test_a_cap_that_sets_one_score_in_ten_warns(
    marts: duckdb.DuckDBPyConnection, capped: int, is_too_many: bool
) -> None:
    marts.execute(
        "create table warehouse.monitoring.score_distribution as "
        "select 'v0' as score_version, 600 as scoreable_count, 0 as capped_count, "
        f"true as is_latest union all select 'v0', 400, {capped}, true "
        # neither asked about: another version's, and earlier dates
        "union all select 'v1', 9000, 9000, true union all select 'v0', 9000, 9000, false"
    )
    assert breaches(marts, "monitoring__overrides") == ["capped_ratio"] * is_too_many


def test_of_official_dates_the_latest_alone_is_judged(marts: duckdb.DuckDBPyConnection) -> None:
    """Eleven sound months before it made one in which everybody is clipped look sound."""
    marts.execute(
        "create table warehouse.scores.scores as select 'v0' as score_version, "
        "true as is_champion, true as is_official, "
        "date '2024-01-01' + month::integer as as_of_date, "
        "(if(month = 30 and subject < 51, 950, 700))::smallint as score, true as is_scoreable "
        "from range(31) as months (month), range(1000) as subjects (subject)"
    )
    assert breaches(marts, "scores__distribution") == ["clipped_ratio"]


@pytest.mark.parametrize(
    ("lights", "found"),
    [
        # the month that has only begun has too few, the one before it is what is known
        ("alarm too-few", True),
        ("alarm stable too-few", False),
        ("stable alarm", True),
        ("alarm stable", False),
        ("reference", False),
        ("reference too-few", False),
    ],
)
@pytest.mark.parametrize(
    ("item", "measure"),
    [("score", "score_alarms"), ("att", "attribute_alarms"), ("f", "factors_to_watch")],
)
def test_the_last_period_that_has_a_light_is_judged(
    marts: duckdb.DuckDBPyConnection, lights: str, found: bool, item: str, measure: str
) -> None:
    for table, column in (("score_stability", "item"), ("factor_drift", "factor")):
        marts.execute(
            f"create table warehouse.monitoring.{table} (score_version varchar, "
            f"population varchar, {column} varchar, light varchar, period_date date)"
        )
    table, alarm = ("factor_drift", "watch") if item == "f" else ("score_stability", "alarm")
    for month, light in enumerate(lights.split(), 1):
        light = {"too-few": "too few", "alarm": alarm}.get(light, light)
        for version in ("v0", "v1") if light != alarm else ("v0",):
            marts.execute(
                f"insert into warehouse.monitoring.{table} values (?, 'applications', ?, ?, ?)",
                [version, item, light, f"2024-{month:02}-01"],
            )
    # another item's last light is another month's
    marts.execute(
        "insert into warehouse.monitoring.score_stability values "
        "('v0', 'applications', 'other', 'stable', '2024-12-01')"
    )
    assert breaches(marts, "monitoring__stability") == [measure] * found


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        ("select 1", []),
        ("delete from {swaps} where is_approved and sample_name = 'd'", ["swap_sets_off_sample"]),
        # at every cut-off alike
        ("delete from {swaps} where not is_approved and cut_off > 0", ["swap_sets_off_sample"]),
        ("delete from {swaps} where cut_off = 600", ["swap_sets_off_sample"]),
        ("delete from {swaps}", ["swap_sets_off_sample"]),
        ("update {swaps} set subject_count = subject_count + 1", ["swap_sets_off_sample"]),
    ],
)
def test_a_swap_set_that_lost_subjects_is_found(
    marts: duckdb.DuckDBPyConnection, spoil: str, found: list[str]
) -> None:
    """Of five at the latest official date, and of three outcomes of which one is not over."""
    marts.execute(
        """
        create table warehouse.scores.scores as
        select
            version as score_version, version = 'v0' as is_champion, is_official,
            as_of_date::date as as_of_date
        from (values ('v0'), ('v1')) as versions (version), range(5), (
            values ('2024-06-01', true), ('2024-07-01', true), ('2024-07-02', false)
        ) as dates (as_of_date, is_official);
        create table warehouse.monitoring.score_outcomes as
        select version as score_version, 'd' as definition, outcome < 2 as is_judged
        from (values ('v0'), ('v1')) as versions (version), range(3) as outcomes (outcome);
        create table warehouse.monitoring.score_performance as
        select
            version as score_version, 'd' as definition, 'all' as segment_type, 2 as outcome_count
        from (values ('v0'), ('v1')) as versions (version);
        create table warehouse.monitoring.swap_sets as
        select 'v1' as challenger_version, sample_name, cut_off, subject_count, is_approved
        from warehouse.seeds.cut_offs, (
            values ('official', 4, true), ('official', 1, false), ('d', 1, true), ('d', 1, false)
        ) as fields (sample_name, subject_count, is_approved)
        """
    )
    marts.execute(spoil.format(swaps="warehouse.monitoring.swap_sets"))
    assert breaches(marts, "monitoring__sums") == found


def test_monitoring_figures_that_do_not_add_up_stop_the_publish(audited: Home) -> None:
    change(
        audited,
        "warehouse",
        "insert into warehouse.monitoring.score_outcomes by name "
        "select 'o1' as outcome_id, 'v0' as score_version, 'd' as definition, true as is_judged "
        "union all select 'not over', 'v0', 'd', false",
    )
    with pytest.raises(SesameError, match=r"column segments_off_outcomes.*found 1"):
        audit(audited, "marts")
    change(
        audited,
        "warehouse",
        "insert into warehouse.monitoring.score_performance by name select 'd' as definition, "
        "'v0' as score_version, 'all' as segment_type, 'all' as segment, 1 as outcome_count",
    )
    audit(audited, "marts")


def test_a_fifth_of_a_mart_gone_since_the_last_audit_stops_it(audited: Home) -> None:
    build(audited, 900)
    with pytest.raises(SesameError, match=r"row counts, column scores__scores.*found 900"):
        audit(audited, "marts")
    # A failed audit is nothing to compare with: the second look at the same loss fails, too.
    with pytest.raises(SesameError, match=r"row counts, column scores__scores.*found 900"):
        audit(audited, "marts")
    verdict.file(audited, "marts", "warehouse").unlink()  # the remedy that the message names
    assert "scores__distribution.score_median" in audit(audited, "marts").not_applicable


def test_an_empty_warehouse_passes_and_says_that_it_is_empty(home: Home) -> None:
    raw.ensure_all(home)
    build(home, 0)
    assert audit(home, "raw").is_empty
    assert audit(home, "marts").is_empty
    publish(home)
    assert published_scores(home) == [(0, None)]


def test_raw_rows_that_no_door_should_have_let_in_stop_the_build(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    raw.ensure_all(home)
    change(
        home,
        "social",
        f"""
        insert into raw_social.main.ratings by name
        select
            'rating:' || range as rating_id, '{PERSON}' as from_subject_id,
            '{PERSON}' as to_subject_id, if(range = 0, {SECRET}, 5) as value,
            timestamp '2020-01-01' as rated_at, timestamp '2020-01-01' as known_at,
            'b1' as _batch_id, timestamp '2024-01-01' as _landed_at
        from range(3);
        insert into raw_social.main._batches
        values ('b1', 'ratings', 1000, 3, 0, 900, 0, 0, timestamp '2024-01-01')
        """,
    )
    with pytest.raises(SesameError) as failed:
        audit(home, "raw")
    message = str(failed.value)
    assert "social.ratings, column value" in message
    assert "1 of 3 rows differ" in message
    assert "column ratings__from_subject_id__unknown" in message
    assert "column quarantined_ratio" in message
    assert "found 0.9" in message
    assert "column unaccounted_rows" in message
    assert "found 97." in message
    assert "days_overdue" not in message, "history loaded once is not a feed that died"
    for text in (message, pages(home), *capfd.readouterr()):
        assert PERSON not in text
        assert not shows_secret(text)


@pytest.mark.parametrize(
    ("known", "landed", "overdue"),
    [
        pytest.param("2015-01-01", "2024-01-01", None, id="history, loaded once"),
        pytest.param("now", "now", 0, id="a feed, on time"),
        pytest.param("2024-01-01", "2024-01-02", "many", id="a feed that died"),
    ],
)
def test_freshness_is_asked_of_feeds_and_not_of_history(
    known: str, landed: str, overdue: int | str | None
) -> None:
    table = domain_tables("social")["ratings"]
    days = suites.freshness("social")["ratings"]
    with duckdb.connect(":memory:") as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("attach ':memory:' as raw_social")
        connection.execute(
            "create table raw_social.main.ratings as select "
            f"'{known}'::timestamp as known_at, '{landed}'::timestamp as _landed_at"
            if known != "now"
            else "create table raw_social.main.ratings as select "
            "current_timestamp::timestamp as known_at, current_timestamp::timestamp as _landed_at"
        )
        [(found,)] = connection.execute(f"select {suites._overdue(table, days)}").fetchall()
    assert found > 0 if overdue == "many" else found == overdue


def test_every_bound_says_since_when_and_why() -> None:
    for boundary in ("raw", "marts"):
        for asset in suites.suite(boundary, {}):
            for check in asset.checks:
                assert len(check.because) > 10, (asset.name, check)


def test_what_the_expectations_name_exists() -> None:
    """A misspelt attribute would quietly not be excepted (or be, forever)."""
    catalogue = {attribute["attribute_name"] for attribute in seed("attributes")}
    declared = suites.declared("marts")["beyond_their_unit"]["attributes"]
    assert set(declared) <= catalogue


@pytest.fixture
def two_cursors() -> Iterator[tuple[object, object]]:
    from sesame import gx

    with duckdb.connect(":memory:") as connection, gx.validating(connection):
        first, second = (gx.Dialect().connect().cursor() for _ in range(2))
        yield first, second


def test_a_cursor_keeps_its_result_while_another_runs(two_cursors: tuple[object, object]) -> None:
    """The stock dialect loses it, and every expectation errs with an IndexError."""
    first, second = two_cursors
    first.execute("select 1")  # type: ignore[attr-defined]
    second.execute("select 2")  # type: ignore[attr-defined]
    assert first.fetchall() == [(1,)]  # type: ignore[attr-defined]


def test_an_audit_needs_databases(home: Home) -> None:
    with pytest.raises(SesameError, match="nothing to audit"):
        audit(home, "raw")
    assert not list(Path(home.reports).rglob("*.html"))
