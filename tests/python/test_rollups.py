"""Rollups follow by increments: whatever came, in whatever order, they equal a build from nothing.

The undisturbed warehouse is that of `sesame run` over everything at once. Others get the same files
in other ways; at the end every table of theirs must equal its own, in every column and bit.
"""

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from warehouses import MODELS, copy_of, fingerprints, project_copy, rollups, run_dbt, start_dbt

from sesame import engine
from sesame.build import build
from sesame.cli import main
from sesame.contract import domain_tables
from sesame.errors import SesameError
from sesame.home import DOMAINS, Home
from sesame.landing import land
from sesame.simulate import Population, simulate

ROLLUPS = (*MODELS, "--select", "tag:rollup")
ROLLUPS_FROM_NOTHING = (*MODELS, "--select", "+tag:rollup")
SESAME = Path(sys.executable).with_name("sesame")
Ran = tuple[Home, subprocess.CompletedProcess[str], float]


@pytest.fixture(scope="module")
def target(parsed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's files of this module, so that it need not parse the project."""
    return shutil.copytree(parsed, tmp_path_factory.mktemp("target"), dirs_exist_ok=True)


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
    second, third = FIRST_DAY + timedelta(days=1), FIRST_DAY + timedelta(days=2)
    # Two days on their own, the others at once.
    for number, (first, last) in enumerate(
        [(FIRST_DAY, FIRST_DAY), (second, second), (third, LAST_DAY)]
    ):
        land(home, days(tmp_path / f"days-{number}", first, last))
        run_dbt(home, target, *ROLLUPS)
    build(home)  # with the data tests
    after = fingerprints(home)
    names = [f"intermediate.{name}" for name in rollups(home)]
    unchanged = [name for name in names if after[name] == before[name]]
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
    # The later, the more of the five are done; others are under way or not begun.
    for done in (1, 2, 3):
        process = start_dbt(home, target, *ROLLUPS)
        assert process.stdout is not None
        for line in process.stdout:
            done -= "OK created sql incremental model" in line
            if not done:
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


# --- in any order ---------------------------------------------------------------------------------

PARTS = 3  # of each table
BATCHES = 3


@pytest.fixture(scope="module")
def parts(population: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The population's files cut anew: of each table a few, each with rows of every month."""
    folder = tmp_path_factory.mktemp("parts")
    for table in sorted(path for path in population.glob("*/*") if path.is_dir()):
        (folder / table.relative_to(population)).mkdir(parents=True)
        # Spoiled rows are in files of their own, with every value as text.
        for kind in ("block", "spoiled"):
            files = sorted(str(path) for path in table.rglob(f"{kind}-*.parquet"))
            for part in range(PARTS if files else 0):
                file = folder / table.relative_to(population) / f"{kind}-{part}.parquet"
                rows = duckdb.read_parquet(
                    files, file_row_number=True, filename=True, hive_partitioning=False
                )
                rows.filter(f"hash(filename[-40:], file_row_number) % {PARTS} = {part}").project(
                    "* exclude (file_row_number, filename)"
                ).write_parquet(str(file))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("order", range(10))
def test_any_order_of_files_gives_the_same(
    order: int,
    parts: Path,
    undisturbed: dict[str, str],
    ran: Ran,
    target: Path,
    tmp_path: Path,
) -> None:
    """Files in random batches, some twice, builds in between; at the end all are offered again."""
    draw = random.Random(order)
    home = Home(tmp_path / "home").make()
    for path in sorted(parts.rglob("*.parquet")):
        # Without a consent nothing else lands.
        first = path.relative_to(parts).parts[0] == "consent" and draw.random() < 0.9
        drawn = {draw.randrange(BATCHES) for _ in range(draw.choice([1, 1, 2]))}
        for batch in {0} if first else drawn:
            link = tmp_path / f"batch-{batch}" / path.relative_to(parts)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.hardlink_to(path)
    built_after = draw.sample(range(BATCHES), k=draw.choice([1, 1, 2]))
    for batch in range(BATCHES):
        land(home, tmp_path / f"batch-{batch}")
        if batch in built_after:
            run_dbt(home, target, *ROLLUPS_FROM_NOTHING)
    # Rows that came before their consent or their subject were turned away.
    land(home, parts)
    run_dbt(home, target, *MODELS)
    assert fingerprints(home) == undisturbed


# --- what changes days that were built ------------------------------------------------------------

# Tables that a rollup, or what follows from rollups, joins to the events.
DIMENSIONS = {
    "identity/subjects",
    "identity/addresses",
    "payments/credit_accounts",
    "marketplace/shops",
}
# Rollups that join one.
JOINED = {
    "int_marketplace__order_days",
    "int_marketplace__page_view_days",
}


def wrong_files(population: Path, right: Home, folder: Path, *, dimensions: bool) -> Path:
    """The population as it comes before it is corrected.

    A tenth of the rows that are to land say something else of the same key, of another day and
    known later, so that the right row will displace them. Of dimensions: subjects of another
    country, and a third of the others is missing altogether.
    """
    for domain in DOMAINS:
        with engine.connect(right, read=[domain]) as connection:
            for table in domain_tables(domain).values():
                name = f"{domain}/{table.name}"
                is_wrong = domain != "consent" and dimensions == (name in DIMENSIONS)
                key, event_at = table.key.delivered_as, table.event_at
                changed = {
                    event_at: f"{event_at} + interval 3 days",
                    "known_at": "known_at + interval 4 days",
                }
                where = "true"
                if name == "identity/subjects":
                    changed["country"] = "'US'"
                elif is_wrong and dimensions:
                    where = f"hash({key}) % 3 <> 1"
                chosen = (
                    f"{is_wrong} and hash({key}) % 10 = 0 "
                    f"and {key} in (select {table.key.name} from raw_{domain}.main.{table.name})"
                )
                replaced = ", ".join(
                    f"case when {chosen} then {value} else {column} end as {column}"
                    for column, value in changed.items()
                )
                for path in (population / name).rglob("block-*.parquet"):
                    target = folder / path.relative_to(population)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    connection.sql(
                        f"select * replace ({replaced}) "
                        f"from read_parquet('{path}', hive_partitioning = false) where {where}"
                    ).write_parquet(str(target))
    return folder


@pytest.mark.parametrize("dimensions", [False, True], ids=["events", "dimensions"])
def test_corrections_reach_every_day_they_concern(
    dimensions: bool,
    population: Path,
    ran: Ran,
    undisturbed: dict[str, str],
    target: Path,
    tmp_path: Path,
) -> None:
    """A displaced row leaves the rollups it was in; a dimension reaches the days of its events."""
    home = Home(tmp_path / "home").make()
    land(home, wrong_files(population, ran[0], tmp_path / "wrong", dimensions=dimensions))
    run_dbt(home, target, *ROLLUPS_FROM_NOTHING)
    before = fingerprints(home)
    names = [f"intermediate.{name}" for name in rollups(home)]
    wrong = {name.partition(".")[2] for name in names if before[name] != undisturbed[name]}
    assert wrong >= (JOINED if dimensions else set(rollups(home)))
    report = land(home, population)
    assert report.total("displaced") > 100
    run_dbt(home, target, *MODELS)
    assert fingerprints(home) == undisturbed


@pytest.fixture
def scratch(ran: Ran, tmp_path: Path) -> Home:
    """A copy of the undisturbed warehouse to do harm to."""
    return copy_of(ran[0], tmp_path / "scratch")


def published(home: Home) -> dict[str, bytes | str]:
    """Everything that readers may open: each file's digest, each link's target."""
    return {
        path.name: str(path.readlink())
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.serving.iterdir()
    }


def test_a_damaged_rollup_fails_the_build_which_says_how_to_repair_it(
    scratch: Home,
    undisturbed: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = published(scratch)
    change(
        scratch,
        "warehouse",
        "delete from warehouse.intermediate.int_marketplace__order_days "
        "where event_date < '2024-03-01'",
        "insert into warehouse.intermediate.int_marketplace__review_days "
        "from warehouse.intermediate.int_marketplace__review_days limit 5",
    )
    with pytest.raises(SesameError) as raised:
        build(scratch)
    message = str(raised.value)
    for name in ("int_marketplace__order_days", "int_marketplace__review_days"):
        assert f"model.sesame.{name}: does not hold every raw row exactly once" in message
    assert "sesame build --full-refresh" in message
    assert published(scratch) == before
    # What it says, to the letter.
    monkeypatch.setenv("SESAME_HOME", str(scratch.root))
    assert main(["build", "--full-refresh"]) == 0
    assert fingerprints(scratch) == undisturbed
    assert published(scratch) == before


def test_an_edited_seed_or_model_is_a_full_build_of_its_rollups_alone(
    scratch: Home, tmp_path: Path
) -> None:
    """Marks in rollups, which only a full build can remove, tell which of them had one."""
    amounts = (
        "select sum(completed_reference_amount) "
        "from warehouse.intermediate.int_marketplace__order_days"
    )
    [(amount,)] = ask(scratch, "warehouse", amounts)
    marked = {
        "int_marketplace__order_days": "cancelled_count",  # joins currencies
        "int_marketplace__order_category_days": "lines_count",  # its model is edited
        "int_marketplace__review_days": "written_count",  # has to do with neither
    }

    def marks() -> set[str]:
        return {
            name
            for name, column in marked.items()
            if ask(
                scratch,
                "warehouse",
                f"select 1 from warehouse.intermediate.{name} where {column} = -1",
            )
        }

    change(
        scratch,
        "warehouse",
        *(
            f"update warehouse.intermediate.{name} set {column} = -1 where event_date = "
            f"(select min(event_date) from warehouse.intermediate.{name})"
            for name, column in marked.items()
        ),
    )
    project = project_copy(tmp_path / "project")
    run_dbt(scratch, tmp_path / "target", *ROLLUPS_FROM_NOTHING, project=project)
    assert marks() == set(marked), "nothing was edited, and yet there was a full build"

    seed = project / "seeds/currencies.csv"
    lines = seed.read_text().splitlines()
    place = lines[0].split(",").index("reference_units")
    for number, line in enumerate(lines[1:], start=1):
        values = line.split(",")
        values[place] = str(2 * Decimal(values[place]))
        lines[number] = ",".join(values)
    seed.write_text("\n".join(lines) + "\n")
    model = project / "models/intermediate/marketplace/int_marketplace__order_category_days.sql"
    model.write_text(model.read_text() + "-- edited\n")
    run_dbt(scratch, tmp_path / "target", *ROLLUPS_FROM_NOTHING, project=project)
    assert marks() == {"int_marketplace__review_days"}
    [(doubled,)] = ask(scratch, "warehouse", amounts)
    assert doubled == 2 * amount


def test_a_full_disk_stops_a_build_and_the_next_one_finishes(
    scratch: Home, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """A disk with a megabyte left, where mounting one is allowed; else a limit to files."""
    before = published(scratch)
    databases = scratch.databases.rename(tmp_path / "databases")
    size = sum(path.stat().st_size for path in databases.iterdir())
    scratch.databases.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size + 1_000_000}", "tmpfs"]
    mounted = subprocess.run([*mount, scratch.databases], capture_output=True, check=False)
    limit = []
    if mounted.returncode:
        largest = max(path.stat().st_size for path in databases.iterdir())
        limit = ["bash", "-c", f'ulimit -f {largest // 1024 + 100}; exec "$@"', "limited"]
    try:
        shutil.copytree(databases, scratch.databases, dirs_exist_ok=True)
        process = subprocess.run(
            [*limit, SESAME, "build", "--full-refresh"],
            env={**os.environ, "SESAME_HOME": str(scratch.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 1, process.stdout
        assert re.search("No space left on device|File too large", process.stderr), process.stderr
        assert "Traceback" not in process.stderr
        assert published(scratch) == before
        if not mounted.returncode:
            subprocess.run(["mount", "-o", "remount,size=1g", scratch.databases], check=True)
        build(scratch)
        assert fingerprints(scratch) == undisturbed
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", scratch.databases], check=True)


def test_two_builds_give_identical_bytes(
    ran: Ran, undisturbed: dict[str, str], target: Path, tmp_path: Path
) -> None:
    """On two threads each, from the same raw rows: not only equal, but the same to the bit."""
    again = copy_of(ran[0], tmp_path / "again")
    again.database("warehouse").unlink()
    run_dbt(again, target, *MODELS)
    assert fingerprints(again) == undisturbed
