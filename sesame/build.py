"""Run dbt in a process of its own: it keeps the databases open for as long as its process lives."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sesame import panel as panels
from sesame import versions
from sesame.errors import SesameError
from sesame.home import PROJECT, Home
from sesame.lock import INHERITED, locked

Progress = Callable[[str], None]

_NODE = re.compile(r"(\d+) of (\d+) (?!START)")


# What ails the machine. Other details of an error may quote a row's values: they stay in the log.
_MACHINE = re.compile(r"Could not \w+ file|Out of Memory Error")


@dataclass(frozen=True)
class BuildReport:
    """seconds: wall clock of the dbt process; node_seconds: the part in which nodes ran.

    The rest is dbt's start and the parsing of the project. slowest: the costliest nodes, seconds
    each, several running at once.
    """

    nodes: int
    seconds: float
    node_seconds: float
    slowest: dict[str, float]


def _failures(target: Path) -> list[str]:
    """`<node>: <first line of its message>` of nodes that failed, and what mends them if known."""
    try:
        entries = json.loads((target / "run_results.json").read_text())["results"]
        tests = json.loads((target / "manifest.json").read_text())["nodes"]
    except (OSError, ValueError, KeyError):
        return []
    failures = []
    for entry in entries:
        if entry["status"] not in ("error", "fail", "runtime error"):
            continue
        node = entry["unique_id"]
        message, *details = (entry["message"] or entry["status"]).strip().splitlines()
        message += "".join(f": {line.strip()}" for line in details if _MACHINE.search(line))
        test = tests.get(node, {})
        if (test.get("test_metadata") or {}).get("name") == "rollup_adds_up":
            node = test["attached_node"]
            message = (
                "does not hold every raw row exactly once; build the rollups anew from the raw "
                "rows: sesame build --full-refresh"
            )
        failures.append(f"{node}: {message}")
    return failures


def build(
    home: Home,
    *,
    as_of: Sequence[date] = (),
    panel: Path | None = None,
    also_score: Sequence[str] = (),
    full_refresh: bool = False,
    progress: Progress = lambda message: None,
) -> BuildReport:
    """`dbt build` of the main target. Raises SesameError naming every failing node.

    as_of: dates of the official scores; none means the latest month's first day that the data
    reaches. panel: a CSV file of further pairs to score, `subject_id,as_of_date`. also_score:
    retired versions to score beside those in service. full_refresh: build the rollups whole, as in
    a new warehouse, not only the days that changed.

    Unit tests are left out: they test the models on rows of their own, so they say nothing about
    this data; `dbt build` by hand and `make test` run them.
    """
    arguments = ["build", "--no-use-colors", "--exclude-resource-type", "unit_test"]
    if full_refresh:
        arguments.append("--full-refresh")
    for version in also_score:
        versions.read(version)
    variables: dict[str, object] = {"also_score": list(also_score)} if also_score else {}
    if as_of:
        variables["as_of"] = [day.isoformat() for day in as_of]
    with locked(home, "sesame build"):  # no other panel between the loading and its build
        if panel is not None:
            variables["panel"] = panels.load(home, panel)
        if variables:
            arguments += ["--vars", json.dumps(variables)]
        return dbt(home, arguments, progress)


def dbt(
    home: Home, arguments: list[str], progress: Progress, project: Path = PROJECT
) -> BuildReport:
    """Run dbt with `arguments` under the warehouse's lock, its output in the home's folders."""
    target = home.root / "dbt"
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    started = time.monotonic()
    with locked(home, f"sesame {arguments[0]}") as descriptor:
        process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("dbt")),
                *arguments,
                *("--project-dir", str(project), "--profiles-dir", str(project)),
                *("--target-path", str(target), "--log-path", str(home.logs)),
            ],
            cwd=project,
            env={**os.environ, "SESAME_HOME": str(home.root), INHERITED: str(descriptor)},
            pass_fds=[descriptor],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        tail = _follow(process.stdout, progress)
        code = process.wait()
    if code:
        failures = _failures(target) or tail
        raise SesameError(
            "dbt failed:\n  " + "\n  ".join(failures) + f"\n  (whole log: {home.logs}/dbt.log)"
        )
    outcome = json.loads(results.read_text())
    entries = outcome["results"]
    seconds = {entry["unique_id"]: float(entry["execution_time"]) for entry in entries}
    return BuildReport(
        nodes=len(entries),
        seconds=time.monotonic() - started,
        node_seconds=float(outcome["elapsed_time"]),
        slowest=dict(sorted(seconds.items(), key=lambda item: -item[1])[:10]),
    )


def _follow(lines: Iterable[str], progress: Progress) -> list[str]:
    """Report every tenth of the nodes; returns the last lines, for when dbt fails early."""
    tail: list[str] = []
    reported = 0
    for line in lines:
        tail = [*tail[-14:], line.rstrip()]
        if match := _NODE.search(line):
            done, total = int(match[1]), int(match[2])
            if done * 10 // total > reported:
                reported = done * 10 // total
                progress(f"dbt: {done} of {total} nodes")
        elif "get data" in line:
            progress(line.split("  ", 1)[-1].strip())
    return tail
