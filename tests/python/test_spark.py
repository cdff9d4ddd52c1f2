"""The second engine: the same models on Spark give the same marts, to the last digit."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sesame import engine
from sesame.build import build
from sesame.contract import contract
from sesame.errors import SesameError
from sesame.export import CURRENT, REGISTERS, export
from sesame.home import Home
from sesame.landing import land
from sesame.simulate import Population, simulate

DBT = Path(sys.executable).parent / "dbt"


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The smallest population, landed."""
    folder = tmp_path_factory.mktemp("population") / "files"
    simulate(Population(scale=0.001, months=13, seed=7), folder, progress=lambda _: None)
    home = Home(tmp_path_factory.mktemp("landed")).make()
    land(home, folder, lambda _: None)
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
    """`dbt build --target spark` on the home's export; what Spark writes lies in home.spark."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.fail(
            "Spark needs Java 17 and there is none: install it (on Debian: apt-get install "
            "openjdk-17-jre-headless) or point JAVA_HOME at it"
        )
    folders = ("--target-path", str(home.spark / "dbt"), "--log-path", str(home.logs))
    built = subprocess.run(
        [DBT, "build", "--target", "spark", "--no-use-colors", *arguments, *folders],
        env={**os.environ, "SESAME_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-8000:] + built.stderr[-2000:]


def differences(
    connection: duckdb.DuckDBPyConnection, home: Home, schema: str, table: str
) -> list[str]:
    """How a mart differs between the engines: its columns, then rows in one but not the other."""
    files = home.spark / "warehouse" / f"{schema}.db" / table / "*.parquet"
    theirs = f"read_parquet({engine.literal(files)})"
    ours = f"warehouse.{schema}.{table}"

    def columns(relation: str) -> list[tuple[Any, ...]]:
        return connection.execute(
            f"select column_name, column_type from (describe from {relation})"
        ).fetchall()

    if columns(ours) != columns(theirs):
        return [f"{schema}.{table}: {set(columns(ours)) ^ set(columns(theirs))}"]
    return [
        f"{schema}.{table}: only on {name}: {row}"
        for name, one, other in (("DuckDB", ours, theirs), ("Spark", theirs, ours))
        for row in connection.execute(
            f"(from {one} except all from {other}) order by all limit 3"
        ).fetchall()
    ]


@pytest.mark.slow
def test_every_mart_is_the_same_on_both_engines(landed: Home, manifest: dict[str, Any]) -> None:
    """Row for row and digit for digit: no mart holds a double, so that nothing is let off."""
    build(landed)
    export(landed, landed.spark / "raw")
    on_spark(landed, "--exclude-resource-type", "test", "unit_test")
    marts = [
        (node["schema"], node["alias"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    ]
    with engine.connect(landed, read=["warehouse"]) as connection:
        empty = [
            (schema, table)
            for schema, table in marts
            if not connection.execute(f"from warehouse.{schema}.{table} limit 1").fetchall()
        ]
        problems = [line for mart in marts for line in differences(connection, landed, *mart)]
    assert not empty, "an empty mart is like any other empty one"
    assert not problems, "\n".join(problems)
