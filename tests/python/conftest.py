"""Fixtures that more than one test file uses."""

import fcntl
import json
import os
import pickle
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

if "PYTEST_XDIST_WORKER" in os.environ:
    # A worker's main module has no file; PySpark, which Great Expectations imports where it is
    # installed, takes that for a doctest of its own and ends the process.
    sys.modules["__main__"].__file__ = str(Path(sys.executable).with_name("pytest"))

DBT = Path(sys.executable).parent / "dbt"
SESAME = Path(sys.executable).parent / "sesame"
Dbt = Callable[..., subprocess.CompletedProcess[str]]
Once = Callable[[str, Callable[[Path], None]], Path]

# The files that take longest come first, so that no worker ends with one while the other is idle;
# the second needs no `ran`, for which it would wait.
LONGEST = (
    "test_rollups",
    "test_spark",
    "test_whole_way",
    "test_real_data",
    "test_leak_canary",
    "test_explain",
    "test_governance",
    "test_naive",
    "test_withdrawal",
    "test_as_of",
)

# The same examples on every machine and day, so that a red test is red for everybody.
settings.register_profile("sesame", deadline=None, derandomize=True, database=None)
settings.load_profile("sesame")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: minutes or gigabytes; only `make test-all` runs it")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else 99)


def pytest_deselected(items: list[pytest.Item]) -> None:
    _left_out.extend(item.nodeid for item in items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Of two workers each has collected and left out the same; who prints it is neither."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = _left_out


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _left_out[:] = getattr(node, "workeroutput", {}).get("left_out", _left_out)


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
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """once(name, make): the folder that `make` filled for the worker that was first to ask.

    For reading only; two workers (pytest-xdist) have their temporary folders in a common one.
    """
    root = tmp_path_factory.getbasetemp()
    root = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "once"
    root.mkdir(exist_ok=True)

    def folder(name: str, make: Callable[[Path], None]) -> Path:
        path, making = root / name, root / f"{name}.making"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                shutil.rmtree(making, ignore_errors=True)
                making.mkdir()
                make(making)
                making.rename(path)
        return path

    return folder


def _dbt(
    target: Path, *arguments: str, home: Home | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [DBT, *arguments, "--target-path", target, "--log-path", target / "logs"],
        cwd=PROJECT,
        env={**os.environ, **({"SESAME_HOME": str(home.root)} if home else {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def parsed(once: Once) -> Path:
    """dbt's files of the project as it stands in the working tree."""

    def make(folder: Path) -> None:
        done = _dbt(folder, "--quiet", "parse")
        assert done.returncode == 0, done.stdout + done.stderr

    return once("parsed", make)


@pytest.fixture(scope="session")
def dbt(parsed: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Run dbt in the project with a target folder of the worker's own.

    dbt("build", home=home) returns the finished process; output is captured as text. dbt's
    files lie in dbt.target.
    """
    target = tmp_path_factory.mktemp("target")
    shutil.copytree(parsed, target, dirs_exist_ok=True)

    def run(*arguments: str, home: Home | None = None) -> subprocess.CompletedProcess[str]:
        return _dbt(target, *arguments, home=home)

    run.target = target  # type: ignore[attr-defined]
    return run


@pytest.fixture(scope="session")
def manifest(parsed: Path) -> dict[str, Any]:
    """dbt's manifest of the project as it stands in the working tree."""
    result: dict[str, Any] = json.loads((parsed / "manifest.json").read_text())
    return result


@pytest.fixture(scope="session")
def empty_build(dbt: Dbt, once: Once, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """A warehouse built by `dbt build` over empty raw tables: its home and what dbt printed.

    What dbt compiled lies in dbt.target.
    """

    def make(folder: Path) -> None:
        built = dbt("build", home=Home(folder / "home").make())
        assert built.returncode == 0, built.stdout[-8000:] + built.stderr[-2000:]
        (folder / "printed").write_text(built.stdout)
        shutil.copytree(dbt.target, folder / "target")  # type: ignore[attr-defined]

    made = once("empty", make)
    shutil.copytree(made / "target", dbt.target, dirs_exist_ok=True)  # type: ignore[attr-defined]
    home = Home(tmp_path_factory.mktemp("empty"))
    shutil.copytree(made / "home", home.root, symlinks=True, dirs_exist_ok=True)
    return home, (made / "printed").read_text()


@pytest.fixture(scope="session")
def population(once: Once) -> Path:
    """Files of the smallest population, with some rows to quarantine but no file to refuse."""

    def make(folder: Path) -> None:
        population = Population(scale=0.001, months=13, seed=7, dirt=0.004)
        simulate(population, folder / "files", progress=lambda _: None)
        for path in folder.rglob("drifted-*.parquet"):
            path.unlink()

    return once("population", make) / "files"


@pytest.fixture(scope="session")
def ran(
    population: Path, once: Once, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, subprocess.CompletedProcess[str], float]:
    """A warehouse after `sesame run` on its inbox, what the run printed, and its seconds.

    Each worker has a copy, whose place stands in what was printed for that of the warehouse made.
    For reading only: who would do harm to it takes a copy.
    """

    def make(folder: Path) -> None:
        home = Home(folder / "home").make()
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
        seconds = time.monotonic() - started
        (folder / "process").write_bytes(pickle.dumps((home, process, seconds)))

    made = once("ran", make)
    there, process, seconds = pickle.loads((made / "process").read_bytes())
    home = Home(tmp_path_factory.mktemp("ran"))
    shutil.copytree(made / "home", home.root, symlinks=True, dirs_exist_ok=True)
    process.stdout = process.stdout.replace(str(there.root), str(home.root))
    return home, process, seconds
