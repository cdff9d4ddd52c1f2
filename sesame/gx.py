"""Great Expectations, executed inside DuckDB over the encrypted databases.

Importing this module imports Great Expectations, which takes seconds: do it when there is an audit
to run (or beforehand, in a thread, while something else is waited for).
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Read when Great Expectations is imported: without it every run calls home.
os.environ["GX_ANALYTICS_ENABLED"] = "false"

import duckdb
import duckdb_engine
import great_expectations
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from great_expectations.datasource.fluent.sql_datasource import TableAsset
from sqlalchemy import URL, Pool, StaticPool
from sqlalchemy.dialects import registry

from sesame import engine
from sesame.suites import Asset, Check

# This module of theirs sets a level of its own; let it inherit the one `validating` sets.
logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.NOTSET)

_DRIVER = "duckdb.sesame"
_URL = "duckdb+sesame:///:memory:"


class _Cursor(duckdb_engine.CursorWrapper):
    """A cursor with a result of its own.

    duckdb-engine hands all cursors the one connection, whose result is gone as soon as the next
    statement runs (or the pool rolls back), while Great Expectations still reads from it.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, wrapper: "_Connection") -> None:
        super().__init__(cursor, wrapper)
        self._cursor = cursor

    def close(self) -> None:
        self._cursor.close()


class _Connection(duckdb_engine.ConnectionWrapper):
    """A connection that is set up, and closed, by whoever runs the audit."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self._connection = connection

    def cursor(self) -> _Cursor:
        return _Cursor(self._connection.cursor(), self)

    def close(self) -> None:
        pass


class Dialect(duckdb_engine.Dialect):
    """SQLAlchemy's way to the connection of the audit under way."""

    supports_statement_cache = False
    connection: duckdb.DuckDBPyConnection | None = None

    def connect(self, *_arguments: Any, **_options: Any) -> Any:
        assert Dialect.connection is not None, "connect within validating()"
        return _Connection(Dialect.connection)

    @classmethod
    def get_pool_class(cls, _url: URL) -> type[Pool]:
        return StaticPool


registry.register(_DRIVER, __name__, Dialect.__name__)


@dataclass(frozen=True)
class Failure:
    """An expectation that failed or erred, or an asset that could not be looked at at all.

    check: None for the asset as a whole. observed: what was found, as an aggregate (a figure, or
    how many rows of how many). is_warning: it was looked at, and stops nothing.
    """

    asset: Asset
    check: Check | None
    observed: str
    is_warning: bool = False

    def __str__(self) -> str:
        if self.check is None:
            return f"{self.asset.about} ({self.asset.name}): {self.observed}"
        arguments = dict(self.check.arguments)
        columns = arguments.pop("column_list", None) or [arguments.pop("column", None)]
        where = f", column {', '.join(columns)}" if columns[0] else ""
        wanted = ", ".join(f"{name} {value}" for name, value in arguments.items())
        return (
            f"{self.asset.about}{where}: {self.check.type}{f' ({wanted})' if wanted else ''}: "
            f"{self.observed}. {self.check.because}"
        )


@contextmanager
def validating(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have Great Expectations use this connection, and say nothing: its log quotes values."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    Dialect.connection = connection
    try:
        yield
    finally:
        Dialect.connection = None
        logger.setLevel(level)


def validate(
    connection: duckdb.DuckDBPyConnection,
    boundary: str,
    assets: Sequence[Asset],
    documents: Path,
) -> list[Failure]:
    """Check all assets and write Data Docs to a folder; returns what failed, in order.

    The connection has the databases attached that the assets' queries read; views of the assets
    are made in its `memory` database.
    """
    with validating(connection):
        context: Any = great_expectations.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        failures: list[Failure] = []
        seen: list[Asset] = []
        for asset in assets:
            kind = "table" if asset.is_measures else "view"
            try:
                connection.execute(
                    f"create {kind} memory.main.{engine.quote(asset.name)} as {asset.query}"
                )
            except duckdb.Error as error:
                # Only the kind of error: the text may quote a value.
                failures.append(
                    Failure(
                        asset,
                        None,
                        f"cannot be queried ({type(error).__name__}), so that none of its "
                        f"{len(asset.checks)} expectations was checked",
                    )
                )
            else:
                seen += [asset] if asset.checks else []
        # All at once: one by one, each addition writes the whole configuration anew.
        source = context.data_sources.add_sql(
            boundary,
            connection_string=_URL,
            assets=[TableAsset(name=asset.name, table_name=asset.name) for asset in seen],
        )
        run = RunIdentifier(run_time=datetime.now(UTC))
        for asset in seen:
            table = source.get_asset(asset.name)
            batch = table.get_batch(table.build_batch_request())
            suite = great_expectations.ExpectationSuite(
                f"{boundary}__{asset.name}",
                expectations=[_expectation(check, number) for number, check in _numbered(asset)],
            )
            result = batch.validate(suite, result_format="BOOLEAN_ONLY")
            found = {_number(outcome): outcome for outcome in result.results}
            for number, check in _numbered(asset):
                outcome = found.get(number)
                if outcome is None or not outcome.success:
                    observed = _observed(connection, batch, asset, check, outcome)
                    judged = outcome is not None and not _exception(outcome)
                    failures.append(Failure(asset, check, observed, check.warns and judged))
            _document(context, suite, result, run)
        _write_documents(context, documents)
    return failures


def _numbered(asset: Asset) -> Iterator[tuple[int, Check]]:
    return iter(enumerate(asset.checks))


def _expectation(check: Check, number: int) -> Any:
    name = "".join(word.capitalize() for word in check.type.split("_"))
    kind = getattr(great_expectations.expectations, name)
    severity = "warning" if check.warns else "critical"
    return kind(**check.arguments, notes=check.because, meta={"check": number}, severity=severity)


def _number(outcome: Any) -> int:
    """Which check an outcome belongs to: results come in an order of their own."""
    return int(outcome.expectation_config.meta["check"])


def _observed(
    connection: duckdb.DuckDBPyConnection, batch: Any, asset: Asset, check: Check, outcome: Any
) -> str:
    if outcome is None:
        return "was not evaluated"
    if error := _exception(outcome):
        return f"erred ({error})"
    if asset.is_measures:
        column = engine.quote(check.arguments["column"])
        row = connection.execute(
            f"select {column} from memory.main.{engine.quote(asset.name)}"
        ).fetchone()
        return f"found {row[0] if row else 'nothing'}"
    # Asked again for the counts; of the values none is asked for, and none is kept.
    counted = batch.validate(
        _expectation(check, 0),
        result_format={"result_format": "BASIC", "partial_unexpected_count": 0},
    ).result
    return f"{counted.get('unexpected_count')} of {counted.get('element_count')} rows differ"


def _exception(outcome: Any) -> str | None:
    """The first line's exception class if an expectation erred, without its text."""
    information = outcome.exception_info or {}
    entries = [information, *(entry for entry in information.values() if isinstance(entry, dict))]
    for entry in entries:
        if entry.get("raised_exception"):
            last = str(entry.get("exception_traceback") or "").strip().splitlines()[-1:]
            return last[0].split(":")[0].rsplit(".", 1)[-1] if last else "error"
    return None


def _document(
    context: Any,
    suite: great_expectations.ExpectationSuite,
    result: ExpectationSuiteValidationResult,
    run: RunIdentifier,
) -> None:
    """Keep a result for Data Docs, without texts of exceptions, which may quote values."""
    for outcome in result.results:
        if error := _exception(outcome):
            outcome.exception_info = {
                "raised_exception": True,
                "exception_message": error,
                "exception_traceback": error,
            }
    context.validation_results_store.set(
        ValidationResultIdentifier(
            expectation_suite_identifier=ExpectationSuiteIdentifier(suite.name),
            run_id=run,
            batch_identifier=suite.name,
        ),
        result,
    )


def _write_documents(context: Any, folder: Path) -> None:
    context.add_data_docs_site(
        "sesame",
        {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(folder),
            },
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    context.build_data_docs(site_names=["sesame"])
