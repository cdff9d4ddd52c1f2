"""What tests of whole warehouses share: copies of them, and fingerprints of what they hold."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sesame import engine
from sesame.engine import literal, quote
from sesame.home import DOMAINS, PROJECT, Home

DBT = Path(sys.executable).with_name("dbt")

MARTS = ("factors", "scores", "training", "monitoring")
# Rollups, and all that stands between them and the marts.
EVERYTHING = ("intermediate", *MARTS)
# The models and what they are built from, without the data tests.
MODELS = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


PARSED = "dbt/partial_parse.msgpack"


def copy_of(home: Home, target: Path) -> Home:
    """Databases, keys and published generations of a warehouse, to do harm to.

    And how dbt had parsed the project, so that `sesame build` of it starts sooner.
    """
    copy = Home(target).make()
    shutil.copytree(home.databases, copy.databases, dirs_exist_ok=True)
    shutil.copytree(home.serving, copy.serving, symlinks=True, dirs_exist_ok=True)
    shutil.copy(home.key_file, copy.key_file)
    if (home.root / PARSED).exists():
        (copy.root / PARSED).parent.mkdir()
        shutil.copy(home.root / PARSED, copy.root / PARSED)
    return copy


def project_copy(target: Path) -> Path:
    """The project's files that dbt reads, to be edited."""
    shutil.copytree(PROJECT / "sesame", target / "sesame")
    for name in ("models", "seeds", "macros", "tests/generic"):
        shutil.copytree(PROJECT / name, target / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, target / name)
    return target


def start_dbt(
    home: Home, target: Path, *arguments: str, project: Path = PROJECT
) -> subprocess.Popen[str]:
    """Start dbt in a process group of its own; `target` holds its files."""
    return subprocess.Popen(
        [DBT, *arguments, "--target-path", target, "--log-path", target],
        cwd=project,
        env={**os.environ, "SESAME_HOME": str(home.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run_dbt(home: Home, target: Path, *arguments: str, project: Path = PROJECT) -> None:
    """Run dbt, which must succeed."""
    process = start_dbt(home, target, *arguments, project=project)
    printed, _ = process.communicate()
    assert process.returncode == 0, printed[-6000:]


def fingerprints(
    home: Home, schemas: Sequence[str] = EVERYTHING, database: str = "warehouse"
) -> dict[str, str]:
    """Rows and digest of every table and view of these schemas: names, types, values to the bit.

    Taken of a Parquet file of the sorted rows, so that their order in the database, which two
    threads decide, is no part of it.
    """
    found = {}
    with (
        TemporaryDirectory() as folder,
        engine.connect(home, read=[*DOMAINS, database]) as connection,
    ):
        connection.execute("set preserve_insertion_order = true")
        connection.execute("set threads = 1")
        tables = connection.execute(
            """
            select table_schema, table_name from information_schema.tables
            where
                table_catalog = $database
                and list_contains($schemas, table_schema)
                -- notes of how far the rollups have come, and what a killed build left
                and table_name <> '_rollup_states' and not contains(table_name, '__dbt_')
            order by all
            """,
            {"database": database, "schemas": list(schemas)},
        ).fetchall()
        for schema, table in tables:
            path = Path(folder) / "table.parquet"
            written = connection.execute(
                f"copy (from {quote(database)}.{quote(schema)}.{quote(table)} order by all) "
                f"to {literal(path)} (format parquet)"
            ).fetchone()
            assert written is not None
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[f"{schema}.{table}"] = f"{written[0]} {digest}"
    assert found
    return found


def rollups(home: Home) -> list[str]:
    """Names of the rollups that the warehouse holds."""
    with engine.connect(home, read=["warehouse"]) as connection:
        found = connection.execute(
            "select rollup from warehouse.intermediate._rollup_states order by 1"
        ).fetchall()
    return [name for (name,) in found]
