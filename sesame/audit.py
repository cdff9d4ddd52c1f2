"""The gate: expectations decide whether a build may be seen."""

import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import duckdb

from sesame import engine, lock, suites, verdict
from sesame.errors import SesameError
from sesame.home import DOMAINS, Home

Boundary = Literal["raw", "marts"]

_SHOWN = 20  # failures in the message; the Data Docs have all


@dataclass(frozen=True)
class AuditReport:
    """A passed audit.

    expectations: how many were checked. is_empty: there was nothing to judge (no raw row, no
    score), so that passing says only that the tables are there. warnings: what a person should look
    at though it stops nothing. not_applicable: measures without a value, such as figures about too
    few subjects. documents: the Data Docs' first page, both boundaries.
    """

    boundary: Boundary
    audit_id: str
    expectations: int
    tables: int
    is_empty: bool
    warnings: tuple[str, ...]
    not_applicable: tuple[str, ...]
    documents: Path
    seconds: float


def audit(home: Home, boundary: Boundary, warehouse: str = "warehouse") -> AuditReport:
    """Check a boundary's expectations and record the verdict that publish asks for.

    warehouse: the database whose marts are judged (`warehouse`, or `warehouse_dev`). Raises
    SesameError naming what failed or erred: table, column, expectation, and what was observed as
    an aggregate, never a person's value.
    """
    started = time.monotonic()
    with lock.locked(home, f"sesame audit ({boundary})"):
        databases = DOMAINS if boundary == "raw" else (*DOMAINS, warehouse)
        for database in databases:
            if not home.database(database).exists():
                raise SesameError(
                    f"nothing to audit: {home.database(database)} does not exist; land and build "
                    "first: sesame run"
                )
            verdict.settle(home, database)
        before = verdict.last(home, boundary, warehouse)
        draft = verdict.Verdict(
            audit_id=secrets.token_hex(8),
            boundary=boundary,
            audited_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            passed=False,  # until everything has been looked at, and if this process dies
            fingerprints={name: verdict.fingerprint(home, name) for name in databases},
            baseline=before.baseline if before else {},
        )
        verdict.write(home, draft, warehouse)
        assets = suites.suite(boundary, draft.baseline)
        with engine.connect(home, read=DOMAINS) as connection:
            if boundary == "marts":
                engine.attach(connection, home, warehouse, read_only=True, as_name="warehouse")
            failures, warnings, documents = _validate(home, connection, boundary, assets)
            if failures:
                raise SesameError(_message(home, boundary, warehouse, failures))
            figures = _figures(connection, assets)
        baseline = {name: figure for name, figure in figures.items() if figure is not None}
        verdict.write(home, replace(draft, passed=True, baseline=baseline), warehouse)
        judged = [
            asset.name
            for asset in assets
            if not asset.is_measures and (boundary == "raw" or asset.about == "scores.scores")
        ]
    return AuditReport(
        boundary=boundary,
        audit_id=draft.audit_id,
        expectations=sum(len(asset.checks) for asset in assets),
        tables=sum(not asset.is_measures for asset in assets),
        is_empty=not any(figures[f"row_counts.{name}"] for name in judged),
        warnings=tuple(warnings),
        not_applicable=tuple(name for name, figure in figures.items() if figure is None),
        documents=documents,
        seconds=time.monotonic() - started,
    )


def _validate(
    home: Home,
    connection: duckdb.DuckDBPyConnection,
    boundary: Boundary,
    assets: Sequence[suites.Asset],
) -> tuple[list[str], list[str], Path]:
    """Check everything; returns what failed, what only warns, and the Data Docs' first page."""
    from sesame import gx  # seconds: only where an audit really runs

    site = home.reports / "data_docs"
    shutil.rmtree(site / boundary, ignore_errors=True)
    found = gx.validate(connection, boundary, assets, site / boundary)
    pages = "".join(
        f'<li><a href="{page.relative_to(site)}">{page.parent.name}</a></li>'
        for page in sorted(site.glob("*/index.html"), reverse=True)
    )
    index = site / "index.html"
    index.write_text(f"<!doctype html><title>Sesame: audits</title><ul>{pages}</ul>\n")
    failures = [str(failure) for failure in found if not failure.is_warning]
    return failures, [str(failure) for failure in found if failure.is_warning], index


def _figures(
    connection: duckdb.DuckDBPyConnection, assets: Sequence[suites.Asset]
) -> dict[str, float | None]:
    """What every measure came to: `asset.measure` -> figure, null where it does not apply."""
    figures: dict[str, float | None] = {}
    for asset in assets:
        if asset.is_measures:
            cursor = connection.execute(f"from memory.main.{engine.quote(asset.name)}")
            names = [column[0] for column in cursor.description or ()]
            for name, figure in zip(names, cursor.fetchone() or (), strict=True):
                figures[f"{asset.name}.{name}"] = None if figure is None else float(figure)
    return figures


def _message(home: Home, boundary: Boundary, warehouse: str, failures: Sequence[str]) -> str:
    shown = [f"  {failure}" for failure in failures[:_SHOWN]]
    if len(failures) > _SHOWN:
        shown.append(f"  … and {len(failures) - _SHOWN} more")
    return "\n".join(
        [
            f"the {boundary} audit failed, so nothing will be published (bounds stand in "
            f"expectations/{boundary}.yml, or follow from the contract and the seeds):",
            *shown,
            f"All of it: {home.reports / 'data_docs' / boundary / 'index.html'}. If a change since "
            "the last audit is meant, delete "
            f"{verdict.file(home, boundary, warehouse)} and audit again; what was published stays "
            "readable meanwhile.",
        ]
    )
