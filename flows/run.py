"""The whole way: files in, audited scores out, one task per step.

Each task opens and closes its own connections. The run holds the warehouse's lock from the first
landing to the publish, so that no other writer comes between a build and its audit.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from sesame import adapt as adapters
from sesame import audit, build, landing, monitor, publish, raw, report, simulate
from sesame.errors import SesameError
from sesame.home import Home
from sesame.landing.files import delivered_paths
from sesame.lock import locked

# The demo population of `make run`.
DEMO = simulate.Population(scale=0.005, months=24, seed=1)

Result = TypeVar("Result")


def _passing(_: Task[Any, Any], __: TaskRun, state: State[Any]) -> bool:
    """Retry what may pass by itself (a full disk, a busy file), not what a person must mend."""
    try:
        state.result()
    except SesameError:
        return False
    except Exception:
        return True
    return False


@task
def simulate_files(home: Home, progress: build.Progress) -> simulate.SimulateReport:
    """The demo population's files, into the inbox; its truth beside the warehouse."""
    return simulate.simulate(
        DEMO, home.inbox / "demo", truth=home.root / "demo_truth", progress=progress
    )


@task
def adapt_files(
    home: Home, source: str, folder: Path, progress: build.Progress
) -> adapters.AdaptReport:
    """A foreign data set's files, mapped onto the raw contract, into the inbox."""
    shutil.rmtree(home.inbox / source, ignore_errors=True)  # of a run that was killed
    adapted = adapters.adapt(source, folder, home.inbox / source)
    for line in adapted.lines():
        progress(line)
    return adapted


@task(retries=2, retry_delay_seconds=5, retry_condition_fn=_passing)
def land_files(home: Home, progress: build.Progress) -> list[landing.LandReport]:
    """Every delivery in the inbox, a folder each, by name; a day without one is no error."""
    deliveries = sorted(
        folder
        for folder in home.inbox.iterdir()
        if folder.is_dir()
        and folder.name != landing.SET_ASIDE
        and not folder.name.startswith(".")  # still being written, or left by a kill
        and delivered_paths(folder)
    )
    if not deliveries:
        raw.ensure_all(home)
        progress(f"no delivery in {home.inbox}: nothing to land")
    reports = [landing.land(home, delivery, progress) for delivery in deliveries]
    refused = [file for report in reports for file in report.refused_files]
    if refused and not any(report.tables for report in reports):
        raise SesameError(
            f"every file was refused, and set aside in {home.inbox / landing.SET_ASIDE}; "
            f"the first: {refused[0].name}: {refused[0].reason}"
        )
    return reports


@task
def audit_raw(home: Home) -> audit.AuditReport:
    """What came in, before anything is built from it."""
    return audit.audit(home, "raw")


@task
def build_models(home: Home, as_of: date | None, progress: build.Progress) -> build.BuildReport:
    """`dbt build`: seeds, models and data tests; unit tests say nothing about the data."""
    return build.build(home, as_of=[as_of] if as_of else [], progress=progress)


@task
def audit_marts(home: Home) -> audit.AuditReport:
    """What would go out."""
    return audit.audit(home, "marts")


@task(retries=2, retry_delay_seconds=5, retry_condition_fn=_passing)
def publish_marts(home: Home) -> publish.PublishReport:
    """A new serving generation, and the flip to it."""
    return publish.publish(home)


@task
def report_monitoring(home: Home) -> monitor.MonitorReport:
    """The page of how the score is doing, from the marts just audited."""
    return monitor.monitor(home)


@flow(name="sesame-run", validate_parameters=False)
def run(
    home: Home,
    *,
    progress: build.Progress,
    demo: bool = False,
    source: tuple[str, Path] | None = None,
    as_of: date | None = None,
) -> report.RunReport:
    """Land the inbox, build, audit, publish, and report on the score.

    demo: first simulate the demo population into the inbox. source: first adapt a data set (name,
    folder); its manifest's as_of holds unless `as_of` is given.
    """
    seconds: dict[str, float] = {}

    def timed(step: str, call: Callable[..., Result], *arguments: Any) -> Result:
        progress(f"── {step}")
        started = time.monotonic()
        result = call(*arguments)
        seconds[step] = time.monotonic() - started
        return result

    with locked(home, "sesame run"):
        if demo:
            timed("simulate", simulate_files, home, progress)
        if source is not None:
            adapted = timed("adapt", adapt_files, home, *source, progress)
            as_of = as_of or adapted.manifest.as_of
        landed = timed("land", land_files, home, progress)
        timed("audit raw", audit_raw, home)
        built = timed("build", build_models, home, as_of, progress)
        audited = timed("audit marts", audit_marts, home)
        for warning in audited.warnings:
            progress(f"warning: {warning}")
        published = timed("publish", publish_marts, home)
        timed("monitor", report_monitoring, home)
        result = report.run_report(home, landed, built, published, seconds)
    # The figures are an extra: failing to store them must not break a run that has published.
    with suppress(Exception):
        create_table_artifact(
            key="sesame-run", table=result.rows(), description="Figures of the run"
        )
    return result


@flow(name="sesame-daily")
def daily() -> None:
    """What a deployment runs: the inbox of the warehouse that SESAME_HOME names."""
    run(Home.current().make(), progress=get_run_logger().info)
