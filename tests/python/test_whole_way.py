"""The promises that only the whole way can keep or break: files in, audited scores out.

One small population goes through `sesame run` once per session; the tests look at what came out,
or take a copy of that warehouse and do harm to it.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from sesame import engine
from sesame.audit import audit
from sesame.build import build, dbt
from sesame.contract import contract
from sesame.errors import SesameError
from sesame.home import DOMAINS, Home
from sesame.keys import key_ring
from sesame.publish import publish

SESAME = Path(sys.executable).parent / "sesame"
MARTS = ("factors", "scores", "monitoring")


def sesame(home: Home, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SESAME, *arguments],
        env={**os.environ, "SESAME_HOME": str(home.root), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def scratch(ran: tuple[Home, subprocess.CompletedProcess[str], float], tmp_path: Path) -> Home:
    """A copy of that warehouse to do harm to."""
    shutil.copytree(ran[0].root, tmp_path / "scratch", symlinks=True)
    return Home(tmp_path / "scratch")


@contextmanager
def serving(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """What a BI tool does: the plain client, the key, the link."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"attach '{home.serving}/current.duckdb' as serving (read_only, encryption_key $key)",
            {"key": key_ring(home).key("serving")},
        )
        yield connection


def digests(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    """A digest of every mart's rows, whatever their order in the file."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = $database and schema_name in $schemas union all "
        "select schema_name, view_name from duckdb_views() "
        "where database_name = $database and schema_name in $schemas order by all",
        {"database": database, "schemas": list(MARTS)},
    ).fetchall()
    assert tables
    found = {}
    for schema, table in tables:
        lines = connection.execute(
            f"select t::varchar from {database}.{schema}.{table} as t order by 1"
        ).fetchall()
        text = "\n".join(line for (line,) in lines)
        found[f"{schema}.{table}"] = f"{len(lines)} {hashlib.sha256(text.encode()).hexdigest()}"
    return found


def published(home: Home) -> dict[str, str]:
    with serving(home) as connection:
        return digests(connection, "serving")


def built(home: Home) -> dict[str, str]:
    with engine.connect(home, read=["warehouse"]) as connection:
        return digests(connection, "warehouse")


def raw_rows(home: Home) -> dict[str, int]:
    counts = {}
    for domain, tables in contract().items():
        with engine.connect(home, read=[domain]) as connection:
            for name in tables:
                row = connection.execute(
                    f"select count(*) from raw_{domain}.main.{name}"
                ).fetchone()
                assert row is not None
                counts[f"{domain}.{name}"] = row[0]
    return counts


def test_a_run_prints_what_an_operator_wants_to_know(
    ran: tuple[Home, subprocess.CompletedProcess[str], float],
) -> None:
    text = ran[1].stdout
    for phrase in ("consumer", "business", "not scoreable", "landed", "quarantined", "refused"):
        assert phrase in text
    for step in ("land", "audit raw", "build", "audit marts", "publish"):
        assert f"── {step}" in text


def test_the_books_balance(ran: tuple[Home, subprocess.CompletedProcess[str], float]) -> None:
    home = ran[0]
    counts = raw_rows(home)
    for domain in DOMAINS:
        with engine.connect(home, read=[domain]) as connection:
            for table, offered, landed, there, bad, refused, displaced in connection.execute(
                "select table_name, sum(offered), sum(landed), sum(already_there), "
                f"sum(quarantined), sum(refused), sum(displaced) from raw_{domain}.main._batches "
                "group by table_name"
            ).fetchall():
                assert offered == landed + there + bad + refused
                assert counts[f"{domain}.{table}"] == landed - displaced


def test_contributions_add_up_to_every_published_score(
    ran: tuple[Home, subprocess.CompletedProcess[str], float],
) -> None:
    with serving(ran[0]) as connection:
        scored, wrong, low, high = connection.execute("""
            with sums as (
                select subject_id, as_of_date, score_version, sum(contribution_points) as points
                from serving.scores.contributions
                group by all
            )
            select
                count(*),
                count(*) filter (where sums.points is distinct from scores.score),
                min(scores.score),
                max(scores.score)
            from serving.scores.scores as scores
            left join sums using (subject_id, as_of_date, score_version)
            where scores.score is not null and scores.is_champion
        """).fetchall()[0]
    assert scored > 200
    assert wrong == 0
    assert 350 <= low < high <= 950


def test_no_known_string_is_found_outside_the_inbox(
    ran: tuple[Home, subprocess.CompletedProcess[str], float], population: Path
) -> None:
    wanted = {
        str(value).encode()
        for table, column in (
            ("subjects", "name"),
            ("subjects", "identity_number"),
            ("phones", "phone"),
            ("addresses", "address"),
        )
        for (value,) in duckdb.sql(
            f"select distinct {column} from '{population}/identity/{table}/*/block-*.parquet' "
            f"where length({column}) >= 6 order by 1 limit 50"
        ).fetchall()
    }
    assert len(wanted) > 100
    keys = [value.encode() for value in _keys(ran[0])]
    looked_at = 0
    for path in ran[0].root.rglob("*"):
        if path.is_file() and not path.is_relative_to(ran[0].inbox):
            content = path.read_bytes()
            looked_at += 1
            assert not [value for value in wanted if value in content], path
            if path != ran[0].key_file:
                assert not [key for key in keys if key in content], path
    assert looked_at > 20


def _keys(home: Home) -> list[str]:
    names = (*DOMAINS, "vault", "warehouse", "serving", "token")
    return [key_ring(home).key(name) for name in names]


@pytest.mark.slow
def test_spill_files_are_ciphertext(home: Home, tmp_path: Path) -> None:
    """Memory is limited so that landing spills; what it spills is read while it is there."""
    files = tmp_path / "files"
    for domain in ("consent", "identity"):
        (files / domain).mkdir(parents=True)
    planted = "Planted-Name-Of-Nobody"
    duckdb.sql(f"""
        copy (
            select 'c' || i as consent_event_id, 's' || i as subject_id, 'identity' as domain,
                'grant' as action, timestamp '2020-01-01' as decided_at,
                timestamp '2000-01-01' as covers_from_at, timestamp '2020-01-01' as known_at
            from range(600000) as t(i)
        ) to '{files}/consent/consent_events.parquet'
    """)
    duckdb.sql(f"""
        copy (
            select 's' || i as subject_id, 'consumer' as kind, 'ID-' || md5(i::varchar) as
                identity_number, '{planted} ' || md5((i + 1)::varchar) as name,
                timestamp '2021-01-01' as registered_at
            from range(600000) as t(i)
        ) to '{files}/identity/subjects.parquet'
    """)
    process = subprocess.Popen(
        [SESAME, "land", str(files)],
        env={**os.environ, "SESAME_HOME": str(home.root), "SESAME_MEMORY_LIMIT": "250MB"},
        stdout=subprocess.DEVNULL,
    )
    spilled = 0
    while process.poll() is None:
        for path in home.spill.rglob("*"):
            try:
                content = path.read_bytes() if path.is_file() else b""
            except FileNotFoundError:
                continue  # gone again already
            spilled += len(content)
            assert planted.encode() not in content
        time.sleep(0.05)
    assert process.returncode == 0
    assert spilled > 0, "nothing was spilled: the limit no longer bites"


def test_a_broken_expectation_stops_the_publish(scratch: Home) -> None:
    before = published(scratch)
    with engine.connect(scratch, write=["warehouse"]) as connection:
        # Past the mart's own check constraint, as a broken model would.
        connection.execute("create table warehouse.scores.copy as from warehouse.scores.scores")
        connection.execute("drop table warehouse.scores.scores cascade")
        connection.execute("alter table warehouse.scores.copy rename to scores")
        connection.execute("update warehouse.scores.scores set score = 9999")
    with pytest.raises(SesameError, match="score"):
        audit(scratch, "marts")
    with pytest.raises(SesameError, match="nothing published"):
        publish(scratch)
    assert published(scratch) == before


def test_relationships_switched_off_leave_the_other_factors_as_they_were(scratch: Home) -> None:
    def evidence(factors: str) -> list[tuple[object, ...]]:
        with engine.connect(scratch, read=["warehouse"]) as connection:
            return connection.execute(
                "select subject_id, as_of_date, factor, evidence_ratio, sub_score "
                f"from warehouse.intermediate.int_factor_weights where {factors} order by all"
            ).fetchall()

    def standings() -> list[tuple[object, ...]]:
        with engine.connect(scratch, read=["warehouse"]) as connection:
            return connection.execute(
                "from warehouse.intermediate.int_standings order by all"
            ).fetchall()

    own = "factor <> 'interpersonal_relationships'"
    before, before_standings = evidence(own), standings()
    assert before and before_standings and evidence(f"not ({own})")
    with engine.connect(scratch, write=["warehouse"]) as connection:
        connection.execute(
            f"update warehouse.seeds.factors set is_enabled = false where not ({own})"
        )
        connection.execute("checkpoint warehouse")
    selected = ("--select", "int_standings+", "int_factor_settings+", "int_profile_rules+")
    dbt(scratch, ["run", "--no-use-colors", *selected], lambda _: None)
    assert evidence(own) == before
    assert standings() == before_standings
    assert evidence(f"not ({own})") == []
    with engine.connect(scratch, read=["warehouse"]) as connection:
        assert connection.execute(
            "select count(*) from warehouse.scores.contributions "
            "where factor = 'interpersonal_relationships'"
        ).fetchone() == (0,)


def test_a_failing_step_is_named_and_nothing_is_published(scratch: Home) -> None:
    before = published(scratch)
    with engine.connect(scratch, write=["social"]) as connection:
        connection.execute("alter table raw_social.main.ratings rename column value to stars")
    process = sesame(scratch, "run")
    assert process.returncode == 1
    assert "the raw audit failed" in process.stderr
    assert "Traceback" not in process.stderr
    with pytest.raises(SesameError, match=r"model\.sesame\.stg_social__ratings"):
        build(scratch)
    assert published(scratch) == before


def test_a_reader_sees_no_error_and_no_half_built_table(scratch: Home) -> None:
    """A plain client opens the link and queries in a loop while a run builds and publishes.

    The run has no delivery, so that its scores are those from before, whichever the reader sees.
    """
    expected = published(scratch)
    link = (scratch.serving / "current.duckdb").readlink()
    process = subprocess.Popen(
        [SESAME, "run"],
        env={**os.environ, "SESAME_HOME": str(scratch.root)},
        stdout=subprocess.PIPE,
        text=True,
    )
    reads = 0
    while process.poll() is None:
        assert published(scratch) == expected
        reads += 1
    assert process.returncode == 0
    assert process.stdout is not None
    assert "nothing to land" in process.stdout.read()
    assert reads > 20
    assert published(scratch) == expected
    assert (scratch.serving / "current.duckdb").readlink() != link


def test_rollback_returns_to_the_generation_before(scratch: Home) -> None:
    link = scratch.serving / "current.duckdb"
    first = link.readlink()
    publish(scratch)
    assert link.readlink() != first
    assert sesame(scratch, "rollback").returncode == 0
    assert link.readlink() == first


def test_dbt_build_alone_is_green_after_a_run(
    scratch: Home, dbt: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    process = dbt("build", home=scratch)
    assert process.returncode == 0, process.stdout[-4000:]
    assert "get data" not in process.stdout


def test_dbt_build_on_an_empty_warehouse_says_how_to_get_data(
    empty_build: tuple[Home, str],
) -> None:
    assert "`sesame run --demo`" in empty_build[1]


def test_an_empty_warehouse_passes_its_audits_and_publishes_empty_marts(
    empty_build: tuple[Home, str],
) -> None:
    home = empty_build[0]
    audit(home, "raw")
    assert audit(home, "marts").is_empty
    publish(home)
    with serving(home) as connection:
        assert connection.execute("select count(*) from serving.scores.scores").fetchall() == [(0,)]


@pytest.mark.slow
def test_killed_at_ten_random_moments_the_next_run_finishes_the_job(
    ran: tuple[Home, subprocess.CompletedProcess[str], float],
    population: Path,
    tmp_path: Path,
) -> None:
    undisturbed, _, seconds = ran
    landing = json.loads((undisturbed.reports / "run.json").read_text())["seconds"]["land"]
    home = Home(tmp_path / "killed").make()
    moments = random.Random(20261123)
    killed = 0
    while killed < 10:
        # Every other run finds what the one before left of the delivery, and is shorter without it.
        if killed % 2 == 0:
            shutil.copytree(population, home.inbox / "first", dirs_exist_ok=True)
        longest = seconds if (home.inbox / "first").exists() else seconds - landing
        process = subprocess.Popen(
            [SESAME, "run"],
            env={**os.environ, "SESAME_HOME": str(home.root)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(timeout=moments.uniform(0.5, longest))
        except subprocess.TimeoutExpired:
            # The whole group, dbt and Prefect's server included, as a power cut would.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
        else:
            assert process.returncode == 0
    process_again = sesame(home, "run")
    assert process_again.returncode == 0, process_again.stderr[-4000:]
    assert raw_rows(home) == raw_rows(undisturbed)
    assert published(home) == published(undisturbed)
