"""`python -m sesame.bench_marts SCALE …`: what the marts cost, and what the other ways would.

For each scale a population is landed up to a day in the middle of a month; the marts are built
from nothing; a day and the thirty days after it are delivered, and the rollups follow by
increments; an older day is replayed; every rollup is compared with a full rebuild. Beside them, on
the same rows: reading every raw column that a model names, once (the floor); the same attributes by
the naive implementation in Polars, for everyone; a slice of them by featuretools; the floor in
unencrypted copies of the raw databases. Every step is a process of its own. Nothing here passes or
fails, but for the comparison.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from sesame import engine, raw
from sesame.contract import contract
from sesame.engine import literal, quote
from sesame.home import DOMAINS, PROJECT, Home
from sesame.lock import locked

BEFORE_ALL = date(1900, 1, 1)
DAY = date(2024, 11, 16)
REPLAYED = date(2024, 6, 1)
POLARS_DAY = date(2024, 11, 1)
MONTH_DAYS = 30

Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock and of all cores, peak resident MiB of the largest process."""

    wall: float
    cpu: float
    peak: float


def measured(arguments: list[str], home: Home) -> Cost:
    """Run a command to its end; raises CalledProcessError with its output if it fails."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            arguments,
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "SESAME_HOME": str(home.root)},
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        if code := os.waitstatus_to_exitcode(status):
            output.seek(0)
            raise subprocess.CalledProcessError(code, arguments, output.read()[-4000:])
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def output(arguments: list[str], home: Home) -> str:
    """What a command prints last; raises CalledProcessError with its errors if it fails."""
    environment = {**os.environ, "SESAME_HOME": str(home.root)}
    printed = subprocess.run(
        arguments, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    return printed.splitlines()[-1]


def apart(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call it in a process of its own: a command's peak starts from that of its caller."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def dbt(home: Home, *arguments: str) -> tuple[Cost, dict[str, float]]:
    """`dbt ARGUMENTS`: the whole process, and the seconds of each node (two run at a time).

    The key `nodes` holds the wall clock from the first node to the last: the rest of the process
    is dbt's start and the parsing of the project.
    """
    target = home.root / "dbt"
    paths = ("--target-path", str(target), "--log-path", str(home.logs))
    program = str(Path(sys.executable).with_name("dbt"))
    cost = measured([program, *arguments, *paths], home)
    results = json.loads((target / "run_results.json").read_text())
    nodes = {
        entry["unique_id"].split(".")[2]: float(entry["execution_time"])
        for entry in results["results"]
    }
    return cost, {**nodes, "nodes": float(results["elapsed_time"])}


def sesame(home: Home, *arguments: str) -> Cost:
    return measured([str(Path(sys.executable).with_name("sesame")), *arguments], home)


def deliver(home: Home, scale: float, first: date, days: int) -> Cost:
    """Simulate what is delivered on these days and land it; the landing's cost."""
    files = home.root / "files"
    span = ("--from-day", first.isoformat(), "--days", str(days))
    sesame(home, "simulate", "--scale", str(scale), *span, "--to", str(files))
    cost = sesame(home, "land", str(files))
    for folder in (files, files.with_name("files_truth")):
        shutil.rmtree(folder, ignore_errors=True)
    return cost


def raw_rows(home: Home) -> int:
    with locked(home, "bench"):
        raw.ensure_all(home)
    with engine.connect(home, read=DOMAINS) as connection:
        return sum(
            _one(connection, f"select count(*) from raw_{domain}.main.{quote(table)}")
            for domain, tables in contract().items()
            for table in tables
        )


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0] or 0)


def bytes_of(home: Home, databases: Iterable[str]) -> int:
    return sum(home.database(name).stat().st_size for name in databases)


def floor(connection: duckdb.DuckDBPyConnection) -> float:
    """Seconds to read every raw column that staging names, once, and hash its values."""
    started = time.monotonic()
    for domain, tables in contract().items():
        for table in tables.values():
            names = ", ".join(quote(column.name) for column in table.columns)
            _one(
                connection,
                f"select bit_xor(hash({names})) % 2 from raw_{domain}.main.{quote(table.name)}",
            )
    return time.monotonic() - started


def rollup_names(home: Home) -> list[str]:
    manifest = json.loads((home.root / "dbt" / "manifest.json").read_text())
    return sorted(
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and "rollup" in node["config"]["tags"]
    )


def rollup_digests(home: Home) -> dict[str, tuple[int, ...]]:
    """Rows, and sum and exclusive or of the hashes of whole rows, of each rollup."""
    digests = {}
    with engine.connect(home, read=["warehouse"]) as connection:
        for name in rollup_names(home):
            row = connection.execute(
                "select count(*), sum(hash(_rows)::hugeint), bit_xor(hash(_rows)) "
                f"from warehouse.intermediate.{quote(name)} as _rows"
            ).fetchone()
            assert row is not None
            digests[name] = tuple(row)
    return digests


def floors(home: Home) -> tuple[float, float]:
    """The floor in the encrypted raw databases, and in plain copies of them."""
    copies = home.root / "plain"
    copies.mkdir()
    with engine.connect(home, read=DOMAINS) as connection:
        for domain in DOMAINS:
            connection.execute(f"attach {literal(copies / domain)} as plain_{domain}")
            connection.execute(f"copy from database raw_{domain} to plain_{domain}")
            connection.execute(f"checkpoint plain_{domain}")
    with engine.connect(home, read=DOMAINS) as connection:
        encrypted = floor(connection)
    with engine.connect(home) as connection:
        for domain in DOMAINS:
            connection.execute(f"attach {literal(copies / domain)} as raw_{domain} (read_only)")
        plain = floor(connection)
    shutil.rmtree(copies)
    return encrypted, plain


def increment(home: Home) -> tuple[Cost, dict[str, float]]:
    """The rollups, with their data tests, after a delivery."""
    return dbt(home, "build", "--select", "tag:rollup", "--exclude-resource-type", "unit_test")


def measure(home: Home, scale: float) -> None:
    """Everything at one scale, printed as it comes, seconds beside the full build's nodes."""
    if not raw_rows(home):
        landing = deliver(home, scale, BEFORE_ALL, (DAY - BEFORE_ALL).days)
        say(f"landed in {landing.wall:,.0f} s, peak {landing.peak:,.0f} MiB")
    say(f"scale {scale:g}: {raw_rows(home):,} raw rows, {bytes_of(home, DOMAINS) / 1e6:,.0f} MB")
    full, nodes = dbt(home, "build", "--exclude-resource-type", "unit_test")
    whole = nodes.pop("nodes")
    _, unit_tests = dbt(home, "test", "--select", "test_type:unit")
    rollups = sum(nodes[name] for name in rollup_names(home)) / sum(nodes.values())
    say(
        f"full build: nodes {whole:.1f} s, process {full.wall:.1f} s, {full.cpu:.0f} s of cores, "
        f"peak {full.peak:,.0f} MiB, {bytes_of(home, ['warehouse']) / 1e6:,.0f} MB"
    )
    say(f"start and parsing {full.wall - whole:.1f} s, unit tests {unit_tests['nodes']:.1f} s")
    say(f"rollups' share of the nodes' seconds: {rollups:.0%}")
    for name, seconds in sorted(nodes.items(), key=lambda item: -item[1])[:8]:
        say(f"  {name:<60}{seconds:8.1f} s {seconds / sum(nodes.values()):5.1%}")

    def compared(what: str, seconds: float) -> None:
        say(f"{what:<62}{seconds:8.1f} s {seconds / whole:6.1%} of the full build")

    encrypted, plain = apart(floors, home)
    compared("floor: every raw column read once", encrypted)
    compared(f"the same, unencrypted (encrypted: {encrypted / plain:.2f} times as long)", plain)
    factors = ("--select", "+path:models/marts/factors", "--full-refresh")
    _, nodes = dbt(home, "run", *factors, "--vars", json.dumps({"as_of": POLARS_DAY.isoformat()}))
    compared("the factor marts alone, from the raw rows, applications too", nodes["nodes"])
    polars = measured(
        [sys.executable, "-m", "sesame.naive", "--as-of", POLARS_DAY.isoformat()], home
    )
    compared(f"Polars, the attributes alone, peak {polars.peak:,.0f} MiB", polars.wall)
    say(output([sys.executable, "-m", "sesame.bench_features", POLARS_DAY.isoformat()], home))
    _, nodes = dbt(
        home,
        *("build", "--select", "int_as_of_dates+", "--exclude-resource-type", "unit_test"),
        *("--vars", json.dumps({"as_of": REPLAYED.isoformat()})),
    )
    compared(f"replay of {REPLAYED}", nodes["nodes"])
    for first, days in ((DAY, 1), (DAY + timedelta(days=1), MONTH_DAYS)):
        before = raw_rows(home)
        landing = deliver(home, scale, first, days)
        _, nodes = increment(home)
        compared(
            f"rollups after {days} days more ({raw_rows(home) - before:,} rows, "
            f"landed in {landing.wall:.0f} s)",
            nodes["nodes"],
        )
    followed = apart(rollup_digests, home)
    dbt(home, "run", "--select", "tag:rollup", "--full-refresh")
    same = followed == apart(rollup_digests, home)
    say(f"rollups equal to a full rebuild, every column of every row: {same}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sesame.bench_marts", description=__doc__)
    parser.add_argument("scales", type=float, nargs="+", metavar="SCALE")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="the warehouse to measure in; one that holds rows is taken for delivered up to "
        f"{DAY}, and is left as it then is",
    )
    options = parser.parse_args()
    for scale in options.scales:
        if options.keep:
            measure(Home(options.keep.resolve()).make(), scale)
            continue
        root = Home.current().make().root
        with tempfile.TemporaryDirectory(prefix="bench-", dir=root) as folder:
            measure(Home(Path(folder)).make(), scale)


if __name__ == "__main__":
    main()
