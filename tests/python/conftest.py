"""Fixtures that more than one test file uses."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from sesame.home import PROJECT, Home
from sesame.simulate import Population, simulate

# As sesame.simulate does, which some test file's numpy would come before.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

DBT = Path(sys.executable).parent / "dbt"
SESAME = Path(sys.executable).parent / "sesame"
Dbt = Callable[..., subprocess.CompletedProcess[str]]

# The same examples on every machine and day, so that a red test is red for everybody.
settings.register_profile("sesame", deadline=None, derandomize=True, database=None)
settings.load_profile("sesame")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: minutes or gigabytes; only `make test-all` runs it")


def pytest_deselected(items: list[pytest.Item]) -> None:
    _left_out.extend(item.nodeid for item in items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say by name what was left out: a green run must not look like more than it was."""
    if "not slow" not in str(terminalreporter.config.getoption("markexpr")):
        return
    terminalreporter.section("left out")
    for name in _left_out or ["nothing"]:
        terminalreporter.line(f"{name}: slow, make test-all runs it" if _left_out else name)
    terminalreporter.line("for want of a tool (Java, PostgreSQL, a browser): nothing")


_left_out: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def _no_real_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches data/: one that asks for no home of its own gets an empty one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SESAME_HOME", str(tmp_path_factory.mktemp("home")))
        # Prefect makes its database once per folder, in a dozen seconds: once for all tests.
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        for variable in [name for name in os.environ if name.startswith("SESAME_KEY_")]:
            patch.delenv(variable)
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty warehouse for one test, and the current one while it runs."""
    monkeypatch.setenv("SESAME_HOME", str(tmp_path / "home"))
    return Home.current().make()


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Run dbt in the project with a target folder of the session's own.

    dbt("build", home=home) returns the finished process; output is captured as text. dbt's
    files lie in dbt.target.
    """
    target = tmp_path_factory.mktemp("target")

    def run(*arguments: str, home: Home | None = None) -> subprocess.CompletedProcess[str]:
        folders = ("--target-path", str(target), "--log-path", str(target / "logs"))
        return subprocess.run(
            [DBT, *arguments, *folders],
            cwd=PROJECT,
            env={**os.environ, **({"SESAME_HOME": str(home.root)} if home else {})},
            capture_output=True,
            text=True,
            check=False,
        )

    run.target = target  # type: ignore[attr-defined]
    return run


@pytest.fixture(scope="session")
def manifest(dbt: Dbt) -> dict[str, Any]:
    """dbt's manifest of the project as it stands in the working tree."""
    parsed = dbt("--quiet", "parse")
    assert parsed.returncode == 0, parsed.stdout + parsed.stderr
    result: dict[str, Any] = json.loads((dbt.target / "manifest.json").read_text())  # type: ignore[attr-defined]
    return result


@pytest.fixture(scope="session")
def empty_build(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """A warehouse built by `dbt build` over empty raw tables: its home and what dbt printed."""
    built_home = Home(tmp_path_factory.mktemp("empty")).make()
    built = dbt("build", home=built_home)
    assert built.returncode == 0, built.stdout[-8000:] + built.stderr[-2000:]
    return built_home, built.stdout


@pytest.fixture(scope="session")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the smallest population, with some rows to quarantine but no file to refuse."""
    folder = tmp_path_factory.mktemp("population") / "files"
    population = Population(scale=0.001, months=13, seed=7, dirt=0.004)
    simulate(population, folder, progress=lambda _: None)
    for path in folder.rglob("drifted-*.parquet"):
        path.unlink()
    return folder


@pytest.fixture(scope="session")
def ran(
    population: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, subprocess.CompletedProcess[str], float]:
    """A warehouse after `sesame run` on its inbox, what the run printed, and its seconds.

    For reading only: who would do harm to it takes a copy.
    """
    home = Home(tmp_path_factory.mktemp("ran")).make()
    shutil.copytree(population, home.inbox / "first")
    started = time.monotonic()
    process = subprocess.run(
        [SESAME, "run"],
        env={**os.environ, "SESAME_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout[-4000:] + process.stderr[-4000:]
    return home, process, time.monotonic() - started
