"""The second engine: the same models on Spark give the same marts, to the last digit."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.run import DEMO
from sesame import engine
from sesame.build import build
from sesame.contract import contract
from sesame.errors import SesameError
from sesame.export import CURRENT, REGISTERS, export
from sesame.home import Home
from sesame.landing import land
from sesame.simulate import simulate

DBT = Path(sys.executable).parent / "dbt"
HISTORY_FROM, NEW_FROM = date(1950, 1, 1), date(2024, 12, 1)


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demo population in two deliveries: all but the last month, and that month.

    With dirt: rows that come late, twice, or in another version than before.
    """
    folder = tmp_path_factory.mktemp("population")
    most = (NEW_FROM - HISTORY_FROM).days
    for name, first, days in (("first", HISTORY_FROM, most), ("second", NEW_FROM, 31)):
        population = replace(DEMO, dirt=0.004, from_day=first, days=days)
        simulate(population, folder / name, progress=lambda _: None)
    return folder / "first", folder / "second"


@pytest.fixture(scope="module")
def landed(deliveries: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A warehouse in which the first delivery has landed."""
    home = Home(tmp_path_factory.mktemp("landed")).make()
    land(home, deliveries[0], lambda _: None)
    return home


# --- export -------------------------------------------------------------------------------------


def test_every_raw_row_is_exported(landed: Home, tmp_path: Path) -> None:
    report = export(landed, tmp_path / "to")
    problems = []
    for domain, tables in contract().items():
        with engine.connect(landed, read=[domain]) as connection:
            for table in (*tables, *REGISTERS):
                raw = f"{engine.quote(engine.alias(domain))}.main.{engine.quote(table)}"
                files = engine.literal(tmp_path / "to" / CURRENT / domain / table / "*.parquet")
                copy = f"read_parquet({files})"
                rows, lost, added = connection.execute(
                    f"select (select count(*) from {raw}), "
                    f"(select count(*) from (from {raw} except all from {copy})), "
                    f"(select count(*) from (from {copy} except all from {raw}))"
                ).fetchall()[0]
                if lost or added or report.rows[f"{domain}.{table}"] != rows:
                    problems.append(f"{domain}.{table}: {rows} rows, {lost} lost, {added} added")
    assert not problems
    assert sum(report.rows.values()) > 0


def test_an_export_is_for_its_owner_alone(landed: Home, tmp_path: Path) -> None:
    export(landed, tmp_path / "to")
    modes = {
        stat.S_IMODE(path.stat().st_mode) & 0o077
        for path in (tmp_path / "to").rglob("*")
        if not path.is_symlink()
    }
    assert modes == {0}


def test_no_identifier_is_exported(landed: Home, tmp_path: Path) -> None:
    """Names, numbers, phones and addresses stay in the vault; sought in every text column."""
    to = export(landed, tmp_path / "to").folder
    with engine.connect(landed, read=["vault"]) as connection:
        values = "(select value from vault.main.identifiers)"
        assert connection.execute(f"select count(*) from {values}").fetchall()[0][0] > 0
        for domain, tables in contract().items():
            for table in tables.values():
                texts = [column.name for column in table.columns if column.data_type == "varchar"]
                found = connection.execute(
                    f"select {', '.join(f'count(*) filter ({name} in {values})' for name in texts)}"
                    f" from read_parquet({engine.literal(to / domain / table.name / '*.parquet')})"
                ).fetchall()[0]
                assert not any(found), (domain, table.name, dict(zip(texts, found, strict=True)))


def test_a_new_export_replaces_the_old_whole(landed: Home, tmp_path: Path) -> None:
    first = export(landed, tmp_path / "to").folder
    (tmp_path / "to" / "building-export-of-a-killed-process").mkdir()
    second = export(landed, tmp_path / "to").folder
    assert (tmp_path / "to" / CURRENT).resolve() == second.resolve() != first
    assert {path.name for path in (tmp_path / "to").iterdir()} == {CURRENT, second.name}


def test_an_export_that_fails_leaves_the_one_before(
    landed: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = export(landed, tmp_path / "to").folder

    def full(path: Path, mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(SesameError, match=r"cannot export to .*: No space left on device"):
        export(landed, tmp_path / "to")
    assert {path.name for path in (tmp_path / "to").iterdir()} == {CURRENT, first.name}


def test_an_empty_warehouse_is_exported_as_empty_tables(home: Home) -> None:
    report = export(home, home.spark / "raw")
    assert set(report.rows.values()) == {0}
    assert all(
        list((report.folder / domain / table).glob("*.parquet"))
        for domain, tables in contract().items()
        for table in (*tables, *REGISTERS)
    )


# --- both engines -------------------------------------------------------------------------------


def on_spark(home: Home, *arguments: str) -> None:
    """`dbt build --target spark` on a new export; what Spark writes lies in home.spark."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.fail(
            "Spark needs Java 17 and there is none: install it (on Debian: apt-get install "
            "openjdk-17-jre-headless) or point JAVA_HOME at it"
        )
    export(home, home.spark / "raw")
    tests = ("--exclude-resource-type", "test", "unit_test")
    folders = ("--target-path", str(home.spark / "dbt"), "--log-path", str(home.logs))
    built = subprocess.run(
        [DBT, "build", "--target", "spark", "--no-use-colors", *tests, *arguments, *folders],
        env={**os.environ, "SESAME_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-8000:] + built.stderr[-2000:]


def spark_files(home: Home, schema: str, table: str) -> Path:
    return home.spark / "warehouse" / f"{schema}.db" / table


def differences(home: Home, models: Iterable[dict[str, Any]]) -> list[str]:
    """Models that differ between the engines, or are empty, each with a few rows that do."""
    problems = []
    with engine.connect(home, read=["warehouse"]) as connection:
        challengers = connection.execute(
            "from warehouse.intermediate.int_score_versions where not is_champion"
        ).fetchall()
        for model in models:
            schema, table = model["schema"], model["alias"]
            files = engine.literal(spark_files(home, schema, table) / "**" / "*.parquet")
            ours = f"(from warehouse.{schema}.{table})"
            names = [
                engine.quote(name) for name, *_ in connection.execute(f"describe {ours}").fetchall()
            ]
            theirs = (
                f"(select {', '.join(names)} from read_parquet({files}, hive_partitioning = false))"
            )
            if table == "swap_sets" and not challengers:
                continue
            if not connection.execute(f"{ours} limit 1").fetchall():
                problems.append(f"{schema}.{table}: an empty one is like any other")
            for where, one, other in (("DuckDB", ours, theirs), ("Spark", theirs, ours)):
                rows = connection.execute(f"{one} except all {other} order by all limit 3")
                problems += [f"{schema}.{table}: only {where} has {row}" for row in rows.fetchall()]
    return problems


def months_of(home: Home, rollup: str) -> dict[str, set[str]]:
    """Names of the files of each of a rollup's partitions on Spark; each write gives new ones."""
    return {
        folder.name: {path.name for path in folder.glob("*.parquet")}
        for folder in spark_files(home, "intermediate", rollup).glob("event_month=*")
    }


@dataclass(frozen=True)
class Both:
    """A warehouse built from two deliveries: on DuckDB at once, on Spark by an increment.

    before, after: the files of one rollup on Spark before and after the second delivery.
    """

    home: Home
    before: dict[str, set[str]]
    after: dict[str, set[str]]


@pytest.fixture(scope="module")
def both(deliveries: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Both:
    home = Home(tmp_path_factory.mktemp("both")).make()
    land(home, deliveries[0], lambda _: None)
    on_spark(home, "--select", "+tag:rollup")
    before = months_of(home, "int_marketplace__page_view_days")
    land(home, deliveries[1], lambda _: None)
    on_spark(home)
    build(home)
    return Both(home, before, months_of(home, "int_marketplace__page_view_days"))


@pytest.mark.slow
def test_every_mart_is_the_same_on_both_engines(both: Both, manifest: dict[str, Any]) -> None:
    """Row for row and digit for digit: no mart holds a double, so that nothing is let off."""
    marts = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    ]
    doubles = [
        f"{mart['name']}.{name}"
        for mart in marts
        for name, column in mart["columns"].items()
        if column["data_type"] in ("double", "float")
    ]
    assert not doubles
    found = differences(both.home, marts)
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_an_increment_on_spark_gives_what_a_full_build_gives(
    both: Both, manifest: dict[str, Any]
) -> None:
    """The second delivery overwrote the months that it changed, and no other."""
    rollups = [node for node in manifest["nodes"].values() if "rollup" in node["config"]["tags"]]
    found = differences(both.home, rollups)
    assert not found, "\n".join(found)
    early, late = "event_month=2024-02-01", "event_month=2024-12-01"
    assert both.after[early] == both.before[early]
    assert both.after[late] != both.before.get(late)
