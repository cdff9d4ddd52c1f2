"""`make bench`: where the time of a run goes, what the door costs, how the simulator scales.

Everything is measured in one go on the machine at hand and read as ratios: machines are noisy, and
another machine's seconds say little. Nothing here passes or fails.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import duckdb

from sesame.engine import literal
from sesame.home import Home
from sesame.simulate import Population, simulate

DOOR_SCALE = 0.02
DOOR_TABLES = ("consent.consent_events", "identity.subjects", "marketplace.page_views")
SCALES = ((0.01, 5), (0.1, 3), (1.0, 1))  # and how often each


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
    """Landing page views, beside a plain copy of the same files into an unencrypted table."""
    files = root / "files"
    report = simulate(Population(scale=DOOR_SCALE), files, progress=lambda _: None)
    # What the page views need, and nothing else.
    for folder in files.glob("*/*"):
        if f"{folder.parent.name}.{folder.name}" not in DOOR_TABLES:
            shutil.rmtree(folder)
    views = report.rows["marketplace.page_views"]
    pattern = literal(files / "marketplace" / "page_views" / "**" / "*.parquet")
    with duckdb.connect() as connection:
        started = time.monotonic()
        connection.execute(f"attach {literal(root / 'plain.duckdb')} as plain")
        connection.execute(f"create table plain.page_views as from read_parquet({pattern})")
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
        f"{views:,} page views, {views / landed:,.0f} a second, peak memory {peak:,.0f} MiB",
        [("sesame land, process and all", landed), ("plain copy, unencrypted, unchecked", plain)],
        plain,
    )


def scales(root: Path) -> None:
    """The simulator at three scales: time, bytes and rows a unit of scale, beside the largest.

    Needs 8 GB of disk and some twelve minutes. Each run in a process of its own; of several runs
    of one scale the median counts. Peak memory is the largest so far, and the scales ascend.
    """
    heads = f"{'scale':>6}{'runs':>6}{'rows':>14}{'seconds':>9}{'MB':>10}{'peak MiB':>10}"
    lines = []
    for scale, runs in SCALES:
        code = (
            "import sys; from pathlib import Path; from sesame.simulate import *; "
            "simulate(Population(float(sys.argv[1])), Path(sys.argv[2]), progress=lambda _: None)"
        )
        times = []
        for _ in range(runs):
            started = time.monotonic()
            subprocess.run(
                [sys.executable, "-c", code, str(scale), str(root / "files")], check=True
            )
            times.append(time.monotonic() - started)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        made = json.loads((root / "files_truth" / "simulation.json").read_text())
        rows = sum(made["rows"].values())
        lines.append((scale, runs, rows, median(times), made["bytes"] / 1e6, peak))
        for folder in ("files", "files_truth"):
            shutil.rmtree(root / folder)
    whole = lines[-1]
    ratio_heads = f"{'a scale, to the last: time':>29}{'bytes':>8}{'rows':>8}"
    sys.stdout.write(f"\nsesame simulate, 24 months\n{heads}{ratio_heads}\n")
    for line in lines:
        scale, runs, rows, seconds, megabytes, peak = line
        ratios = [line[part] / scale / (whole[part] / whole[0]) for part in (3, 4, 2)]
        sys.stdout.write(
            f"{scale:>6g}{runs:>6}{rows:>14,}{seconds:>9.1f}{megabytes:>10,.1f}{peak:>10,.0f}"
            f"{ratios[0]:>29.3f}{ratios[1]:>8.3f}{ratios[2]:>8.3f}\n"
        )
    sys.stdout.flush()


def main() -> None:
    """Measure in a scratch folder beside the warehouse's own files, and leave nothing."""
    home = Home.current().make()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home.root) as folder:
        door(Path(folder) / "door")
        run_split(Path(folder) / "run")
        scales(Path(folder))


if __name__ == "__main__":
    main()
