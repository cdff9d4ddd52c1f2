"""Rollups follow by increments: whatever came, in whatever order, they equal a build from nothing.

The undisturbed warehouse is that of `sesame run` over everything at once. Others get the same files
in other ways; at the end every table of theirs must equal its own, in every column and bit.
"""

import os
import random
import shutil
import signal
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from warehouses import MODELS, copy_of, fingerprints, rollups, run_dbt, start_dbt

from sesame import engine
from sesame.build import build
from sesame.errors import SesameError
from sesame.home import PROJECT, Home
from sesame.landing import land
from sesame.simulate import Population, simulate

ROLLUPS = (*MODELS, "--select", "tag:rollup")
ROLLUPS_FROM_NOTHING = (*MODELS, "--select", "+tag:rollup")
Ran = tuple[Home, subprocess.CompletedProcess[str], float]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's files of this module, so that it parses the project once."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture(scope="module")
def undisturbed(ran: Ran) -> dict[str, str]:
    """Fingerprints of every table of the warehouse that got everything at once."""
    return fingerprints(ran[0])


def ask(home: Home, database: str, sql: str) -> list[tuple[object, ...]]:
    with engine.connect(home, read=[database]) as connection:
        return connection.execute(sql).fetchall()


def change(home: Home, database: str, *statements: str) -> None:
    with engine.connect(home, write=[database]) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"checkpoint {engine.alias(database)}")


# --- the days, one by one -------------------------------------------------------------------------

FIRST_DAY = date(2024, 12, 5)  # of the days that come one by one: statements and bills are among it
LAST_DAY = date(2024, 12, 31)


def days(folder: Path, first: date, last: date) -> Path:
    """What the population's providers deliver from one day to another."""
    population = Population(
        scale=0.001, months=13, seed=7, dirt=0.004, from_day=first, days=(last - first).days + 1
    )
    simulate(population, folder, progress=lambda _: None)
    for path in folder.rglob("drifted-*.parquet"):
        path.unlink()
    return folder


@pytest.fixture(scope="module")
def history(target: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A warehouse whose rollups hold all but the last days."""
    folder = tmp_path_factory.mktemp("history")
    home = Home(folder / "home").make()
    land(home, days(folder / "files", date(1950, 1, 1), FIRST_DAY - timedelta(days=1)))
    run_dbt(home, target, *ROLLUPS_FROM_NOTHING)
    return home


@pytest.mark.slow
def test_days_one_by_one_give_what_a_build_from_nothing_gives(
    history: Home, undisturbed: dict[str, str], target: Path, tmp_path: Path
) -> None:
    home = copy_of(history, tmp_path / "home")
    before = fingerprints(home)
    day = timedelta(days=1)
    # The first two days on their own, the others at once: a month's end by then.
    for number, (first, last) in enumerate(
        [
            (FIRST_DAY, FIRST_DAY),
            (FIRST_DAY + day, FIRST_DAY + day),
            (FIRST_DAY + 2 * day, LAST_DAY),
        ]
    ):
        land(home, days(tmp_path / f"days-{number}", first, last))
        run_dbt(home, target, *ROLLUPS)
    build(home)  # with the data tests
    after = fingerprints(home)
    unchanged = [
        name
        for name in rollups(home)
        if after[f"intermediate.{name}"] == before[f"intermediate.{name}"]
    ]
    assert not unchanged, "these rollups got nothing, so that the days prove nothing of them"
    assert after == undisturbed


@pytest.mark.slow
def test_killed_amid_increments_the_next_build_gives_the_same(
    history: Home, undisturbed: dict[str, str], target: Path, tmp_path: Path
) -> None:
    home = copy_of(history, tmp_path / "home")
    land(home, days(tmp_path / "days", FIRST_DAY, LAST_DAY))
    moments = random.Random(20261125)
    states = "select rollup, built_until from warehouse.intermediate._rollup_states order by 1"
    seen = [ask(home, "warehouse", states)]
    for _ in range(6):
        process = start_dbt(home, target, *ROLLUPS)
        assert process.stdout is not None
        # Some rollups are done, others under way or not begun.
        wanted = moments.randrange(1, 14)
        for line in process.stdout:
            wanted -= "START sql incremental model" in line
            if not wanted:
                break
        try:
            process.wait(timeout=moments.uniform(0, 0.2))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()
        seen.append(ask(home, "warehouse", states))
    assert len({str(states) for states in seen}) > 2, "the kills never fell amid the increments"
    build(home)
    assert fingerprints(home) == undisturbed
