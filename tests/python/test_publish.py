"""Readers see a whole, audited generation at any moment; a rollback goes back and only back."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from sesame import engine, verdict
from sesame.errors import SesameError
from sesame.home import DOMAINS, Home
from sesame.keys import key_ring
from sesame.publish import KEPT, generations, link, publish, rollback

SUBJECTS = 2_000


def build(home: Home, score: int = 600) -> None:
    """Stand-in marts: every subject has the same score."""
    with engine.connect(home, write=["warehouse"]) as connection:
        connection.execute("use warehouse")
        for schema in ("factors", "scores", "monitoring", "staging", "intermediate"):
            connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            """
            create or replace table scores.scores (
                subject_id varchar not null,
                as_of_date date not null,
                score_version varchar not null,
                is_official boolean not null,
                score smallint check (score between 350 and 950),
                primary key (subject_id, as_of_date, score_version)
            );
            comment on table scores.scores is 'One row per subject, date and scorecard''s version.';
            comment on column scores.scores.score is 'From 350 to 950.';
            create or replace table factors.consumer_credit_history as
            select subject_id, as_of_date from values
                ('subject:0', date '2024-07-01'),
                ('measured for the standing of another only', date '2024-07-01'),
                ('subject:0', date '2024-06-01')
            as measured (subject_id, as_of_date);
            create or replace table intermediate.int_score_versions as
            from values ('v0', true), ('v1', false) as versions (score_version, is_champion);
            create or replace view scores.factor_scores as
            select subject_id, as_of_date, score_version, 'credit_history' as factor
            from scores.scores;
            create or replace table monitoring.score_outcomes as
            from values ('o', 'v0', 'subject:0'), ('o', 'v1', 'subject:0')
            as outcomes (outcome_id, score_version, subject_id);
            create or replace table monitoring.score_performance as
            from values ('v0', 0.7), ('v1', 0.8) as performance (score_version, auc_ratio);
            create or replace view scores.current_scores as
            from scores.scores where is_official and score_version = 'v0';
            create or replace table scores.scores__dbt_tmp as select 1 as left_by_a_killed_build;
            create or replace table staging.stg_orders as select 'raw' as never_published;
            """
        )
        connection.execute(
            "insert into scores.scores "
            "select 'subject:' || range, date '2024-07-01', version, true, ? "
            "from range(?), unnest(['v0', 'v1']) as versions (version)",
            [score, SUBJECTS],
        )
        connection.execute("use memory")
        connection.execute("checkpoint warehouse")


def audited(home: Home, *, passed: bool = True) -> str:
    """Record a verdict as an audit of the present state would; returns its id."""
    now = {name: verdict.fingerprint(home, name) for name in (*DOMAINS, "warehouse")}
    audit_id = f"audit-{time.monotonic_ns()}"
    for boundary in ("raw", "marts"):
        verdict.write(
            home,
            verdict.Verdict(audit_id, boundary, "2024-07-01 00:00:00", passed, now, {}),
            "warehouse",
        )
    return audit_id


def published(home: Home, score: int) -> str:
    build(home, score)
    audited(home)
    return publish(home).generation


def read(home: Home, query: str, path: Path | None = None) -> list[tuple[object, ...]]:
    """What a BI tool gets: a plain client, the serving key, no help from this project."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"attach '{path or link(home)}' as serving (read_only, encryption_key $key)",
            {"key": key_ring(home).key("serving")},
        )
        connection.execute("use serving")
        return connection.execute(query).fetchall()


def test_a_generation_holds_the_marts_and_nothing_else(home: Home) -> None:
    build(home)
    audit_id = audited(home)
    report = publish(home)
    assert report.rows == {
        "factors.consumer_credit_history": 1,
        "monitoring.score_outcomes": 1,
        "monitoring.score_performance": 2,
        "scores.current_scores": SUBJECTS,
        "scores.factor_scores": SUBJECTS,
        "scores.scores": SUBJECTS,
    }
    assert read(home, "select schema_name, table_name from duckdb_tables() order by all") == [
        ("factors", "consumer_credit_history"),
        ("main", "serving_info"),
        ("monitoring", "score_outcomes"),
        ("monitoring", "score_performance"),
        ("scores", "current_scores"),
        ("scores", "factor_scores"),
        ("scores", "scores"),
    ]
    assert read(home, "select count(*), min(score), max(score) from scores.scores") == [
        (SUBJECTS, 600, 600)
    ]
    info = "select generation, as_of_date::varchar, score_versions, audit_id from serving_info"
    assert read(home, info) == [(report.generation, "2024-07-01", ["v0"], audit_id)]


def test_a_generation_keeps_keys_checks_and_descriptions(home: Home) -> None:
    published(home, 600)
    constraints = read(
        home,
        "select constraint_type from duckdb_constraints() where table_name = 'scores' "
        "and constraint_type != 'NOT NULL' order by all",
    )
    assert constraints == [("CHECK",), ("PRIMARY KEY",)]
    assert read(home, "select comment from duckdb_tables() where table_name = 'scores'") == [
        ("One row per subject, date and scorecard's version.",)
    ]
    comments = "select comment from duckdb_columns() where column_name = 'score' and comment != ''"
    assert ("From 350 to 950.",) in read(home, comments)


def test_readers_see_nothing_of_those_who_are_measured_and_not_scored(home: Home) -> None:
    published(home, 600)
    assert read(
        home, "select subject_id, as_of_date::varchar from factors.consumer_credit_history"
    ) == [("subject:0", "2024-07-01")]


def test_readers_see_no_challenger_of_a_person_and_both_in_the_figures(home: Home) -> None:
    published(home, 600)
    for table in ("scores.scores", "scores.factor_scores", "monitoring.score_outcomes"):
        assert read(home, f"select distinct score_version from {table}") == [("v0",)], table
    assert read(home, "select score_version from monitoring.score_performance order by all") == [
        ("v0",),
        ("v1",),
    ]
    assert read(home, "select score_versions from serving_info") == [(["v0"],)]


def test_a_generation_is_ciphertext_without_a_log_beside_it(home: Home) -> None:
    name = published(home, 600)
    assert sorted(path.name for path in home.serving.iterdir()) == ["current.duckdb", name]
    assert b"subject:1" not in (home.serving / name).read_bytes()
    with pytest.raises(duckdb.Error), duckdb.connect(str(link(home)), read_only=True):
        pass


def _written_since(home: Home) -> None:
    audited(home)
    with engine.connect(home, write=["warehouse"]) as connection:
        connection.execute("update warehouse.scores.scores set score = 800 where score = 700")


def _log_left(home: Home) -> None:
    audited(home)
    home.database("warehouse").with_name("warehouse.duckdb.wal").write_bytes(b"")


def _raw_written_between(home: Home) -> None:
    audited(home)
    before = verdict.fingerprint(home, "warehouse")
    with engine.connect(home, write=["payments"]) as connection:
        connection.execute("create table raw_payments.main.later (row_number bigint)")
    now = {name: verdict.fingerprint(home, name) for name in (*DOMAINS, "warehouse")}
    assert now["warehouse"] == before
    marts = verdict.Verdict("later", "marts", "2024-07-01 00:00:00", True, now, {})
    verdict.write(home, marts, "warehouse")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(lambda home: None, "has not been audited", id="no audit"),
        pytest.param(lambda home: audited(home, passed=False), "audit of .* failed", id="failed"),
        pytest.param(_written_since, "written after its audit", id="written since"),
        pytest.param(_log_left, "written after its audit", id="killed writer's log"),
        pytest.param(_raw_written_between, "written between", id="raw data changed"),
    ],
)
def test_nothing_unaudited_is_published(
    home: Home, spoil: Callable[[Home], object], message: str
) -> None:
    first = published(home, 600)
    for file in home.databases.glob("*.json"):
        file.unlink()
    build(home, 700)
    spoil(home)
    with pytest.raises(SesameError, match=f"nothing published.*{message}"):
        publish(home)
    assert [generation.name for generation in generations(home)] == [first]
    assert read(home, "select distinct score from scores.scores") == [(600,)]


def test_reading_and_rewriting_nothing_keep_a_verdict_in_force(home: Home) -> None:
    build(home)
    audited(home)
    with engine.connect(home, read=["warehouse"]) as connection:
        connection.execute("select count(*) from warehouse.scores.scores").fetchall()
    with engine.connect(home, write=["warehouse"]) as connection:
        connection.execute("checkpoint warehouse")
    publish(home)


def test_the_last_three_are_kept_and_an_open_reader_reads_on(home: Home) -> None:
    first = published(home, 401)
    reader = duckdb.connect(":memory:")
    reader.execute(
        f"attach '{link(home)}' as serving (read_only, encryption_key $key)",
        {"key": key_ring(home).key("serving")},
    )
    later = [published(home, score) for score in (402, 403, 404)]
    assert KEPT == 3
    assert [generation.name for generation in generations(home)] == later[::-1]
    assert not (home.serving / first).exists()
    assert reader.execute("select distinct score from serving.scores.scores").fetchall() == [(401,)]
    reader.close()


def test_rollback_goes_further_each_time_and_stops_at_the_oldest(home: Home) -> None:
    names = [published(home, score) for score in (401, 402, 403)]
    for score, name in ((402, names[1]), (401, names[0])):
        assert rollback(home) == name
        assert read(home, "select distinct score from scores.scores") == [(score,)]
    with pytest.raises(SesameError, match="nothing to roll back to"):
        rollback(home)
    assert read(home, "select distinct score from scores.scores") == [(401,)]


def test_what_was_rolled_back_never_returns(home: Home) -> None:
    first, bad = published(home, 401), published(home, 402)
    assert rollback(home) == first
    assert [generation.is_withdrawn for generation in generations(home)] == [True, False]
    third = published(home, 403)
    assert [generation.name for generation in generations(home)] == [third, first]
    assert not (home.serving / bad).exists()
    assert rollback(home) == first


def test_a_generation_is_never_named_before_an_older_one(home: Home) -> None:
    published(home, 401)
    ahead = home.serving / "generation-29990101T000000000000Z.duckdb"
    generations(home)[0].path.rename(ahead)  # made while the clock was wrong
    link(home).unlink()
    link(home).symlink_to(ahead.name)
    second = published(home, 402)
    assert second > ahead.name
    assert rollback(home) == ahead.name


@pytest.mark.parametrize("moment", ["_sync", "_flip", "_retire"])
def test_a_crash_leaves_the_old_generation_and_the_next_publish_cleans_up(
    home: Home, moment: str
) -> None:
    """Killed outright, so that no `except` or `finally` of ours gets to run."""
    first = published(home, 401)
    build(home, 402)
    audited(home)
    script = (
        "import os, sesame.publish as publish\n"
        "from sesame.home import Home\n"
        f"publish.{moment} = lambda *_: os.kill(os.getpid(), 9)\n"
        "publish.publish(Home.current())\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    assert killed.returncode == -9
    # Between flip and clean-up the new one is already in force.
    score = 402 if moment == "_retire" else 401
    assert read(home, "select distinct score from scores.scores") == [(score,)]
    published(home, 403)
    assert read(home, "select distinct score from scores.scores") == [(403,)]
    assert not list(home.serving.glob("building-*"))
    if moment != "_retire":
        assert rollback(home) == first


READER = """
import sys, time, duckdb
path, key = sys.argv[1], sys.stdin.readline().strip()
opened, seen, deadline = 0, set(), time.monotonic() + 60
print("reading", flush=True)
while "9" not in {str(score)[-1] for score in seen} and time.monotonic() < deadline:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{path}' as s (read_only, encryption_key $key)", {"key": key})
        [(count, low, high)] = connection.execute(
            "select count(*), min(score), max(score) from s.scores.scores"
        ).fetchall()
        [(info,)] = connection.execute("select count(*) from s.serving_info").fetchall()
    assert (count, low, info) == (SUBJECTS, high, 1), (count, low, high, info)
    opened += 1
    seen.add(low)
print(opened, len(seen))
"""


def test_a_bi_reader_sees_no_error_and_no_half_built_table(home: Home) -> None:
    published(home, 400)
    with subprocess.Popen(
        [sys.executable, "-c", READER.replace("SUBJECTS", str(SUBJECTS)), str(link(home))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdin.write(key_ring(home).key("serving") + "\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "reading\n"
        for score in range(401, 410):  # the last score ends the reader
            published(home, score)
        opened, seen = map(int, reader.stdout.readline().split())
    assert reader.returncode == 0
    assert opened >= 10, "too few reads to mean anything"
    assert seen >= 2, "no publish happened while it read"
