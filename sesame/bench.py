"""`make bench`: where the time of a run goes, and what the door costs.

Everything is measured in one go on the machine at hand and read as ratios: machines are noisy, and
another machine's seconds say little. Nothing here passes or fails.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from sesame.engine import literal
from sesame.home import Home

VIEWS = 3_000_000
SUBJECTS = 5_000


def _table(title: str, rows: list[tuple[str, float]], whole: float) -> None:
    sys.stdout.write(f"\n{title}\n{'':<34}{'seconds':>9}{'share':>9}\n")
    for name, seconds in rows:
        sys.stdout.write(f"{name:<34}{seconds:>9.1f}{seconds / whole:>9.0%}\n")
    sys.stdout.flush()


def run_split(root: Path) -> None:
    """The whole way on the demo population, in a process and a warehouse of its own."""
    started = time.monotonic()
    subprocess.run(
        [str(Path(sys.executable).with_name("sesame")), "run", "--demo"],
        env={**os.environ, "SESAME_HOME": str(root)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    whole = time.monotonic() - started
    report = json.loads((Home(root).reports / "run.json").read_text())
    seconds, build = report["seconds"], report["build"]
    sql = seconds["land"] + build["node_seconds"]
    rows = [
        ("simulate", seconds["simulate"]),
        ("land (SQL)", seconds["land"]),
        ("dbt: start and parse", seconds["build"] - build["node_seconds"]),
        ("dbt: nodes (SQL)", build["node_seconds"]),
        ("audit", seconds["audit raw"] + seconds["audit marts"]),
        ("publish", seconds["publish"]),
        ("orchestration and imports", whole - sum(seconds.values())),
        ("all", whole),
        ("all but the SQL and simulating", whole - sql - seconds["simulate"]),
    ]
    _table("sesame run --demo", rows, whole)


def door(root: Path) -> None:
    """Landing page views, beside a plain copy of the same file into an unencrypted table."""
    files = root / "files"
    for folder in ("consent/consent_events", "identity", "marketplace"):
        (files / folder).mkdir(parents=True)
    with duckdb.connect() as connection:
        for domain in ("identity", "marketplace"):
            connection.execute(f"""
                copy (
                    select
                        {literal(domain)} || i as consent_event_id, 's' || i as subject_id,
                        {literal(domain)} as domain, 'grant' as action,
                        timestamp '2020-01-01' as decided_at,
                        timestamp '2010-01-01' as covers_from_at,
                        timestamp '2020-01-01' as known_at
                    from range({SUBJECTS}) as subjects(i)
                ) to {literal(files / "consent" / "consent_events" / f"{domain}.parquet")}
            """)
        connection.execute(f"""
            copy (
                select
                    's' || i as subject_id, 'consumer' as kind,
                    timestamp '2020-01-01' as registered_at
                from range({SUBJECTS}) as subjects(i)
            ) to {literal(files / "identity" / "subjects.parquet")}
        """)
        views = files / "marketplace" / "page_views.parquet"
        connection.execute(f"""
            copy (
                select
                    'v' || i as view_id, 's' || (i % {SUBJECTS}) as subject_id, 'view' as action,
                    'c' || (i % 30) as category_id, 'b' || (i % 300) as brand_id,
                    'o' || (i % 600) as shop_id, 'e' || (i // 7) as session_id,
                    'd' || (i % {SUBJECTS}) as device_id, (i % 100)::integer as dwell_seconds,
                    timestamp '2023-01-01' + to_seconds(i * 13 % 60000000) as viewed_at,
                    timestamp '2023-01-02' + to_seconds(i * 13 % 60000000) as known_at
                from range({VIEWS}) as views(i)
            ) to {literal(views)}
        """)
        started = time.monotonic()
        connection.execute(f"attach {literal(root / 'plain.duckdb')} as plain")
        connection.execute(f"create table plain.page_views as from {literal(views)}")
        connection.execute("checkpoint plain")
        plain = time.monotonic() - started
    started = time.monotonic()
    subprocess.run(
        [str(Path(sys.executable).with_name("sesame")), "land", str(files)],
        env={**os.environ, "SESAME_HOME": str(root / "home")},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    landed = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    _table(
        f"{VIEWS:,} page views, {VIEWS / landed:,.0f} a second, peak memory {peak:,.0f} MiB",
        [("sesame land, process and all", landed), ("plain copy, unencrypted, unchecked", plain)],
        plain,
    )


def main() -> None:
    """Measure in a scratch folder beside the warehouse's own files, and leave nothing."""
    home = Home.current().make()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home.root) as folder:
        door(Path(folder) / "door")
        run_split(Path(folder) / "run")


if __name__ == "__main__":
    main()
