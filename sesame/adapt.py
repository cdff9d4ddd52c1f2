"""Foreign data sets made into files that `sesame land` reads: adapters/<name>/ is a folder of SQL.

An adapter says which files it reads (manifest.yml), reads them whole (sources.sql) and maps them
onto the raw contract (mapping/<domain>/<table>.sql). This module runs the three and proves that
no row of a file went missing on the way: each is either excluded for a stated reason or returned
by a mapping. docs/adapters.md teaches how to write one.
"""

import logging
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml

from sesame import engine
from sesame.contract import Table, contract
from sesame.errors import SesameError
from sesame.home import DOMAINS, PROJECT, Home

ADAPTERS = PROJECT / "adapters"
TRACE = "_source_"  # a mapping's column _source_<file> holds the source_row(s) its row came from

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SourceFile:
    """One source table: all files matching `path` (a glob relative to --from), `rows` in total.

    columns: for each column of the file, where it goes or why it is left out.
    """

    name: str
    path: str
    rows: int
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What the data set calls a default, over which window, and as of when it is predicted."""

    definition: str
    window: str
    as_of: str
    censoring: str


@dataclass(frozen=True)
class Manifest:
    """adapters/<name>/manifest.yml. as_of: day of the official score, None for the latest month."""

    name: str
    title: str
    source: str
    licence: str
    lawful_basis: str
    currency: str
    files: tuple[SourceFile, ...]
    as_of: date | None
    outcome: Outcome | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SourceAccount:
    """The rows of one source table: rows = mapped + the sum of excluded, whose keys are reasons."""

    source: str
    rows: int
    mapped: int
    excluded: dict[str, int]


@dataclass(frozen=True)
class AdaptReport:
    """What became of every source row, and the rows written per `<domain>/<table>`."""

    manifest: Manifest
    sources: tuple[SourceAccount, ...]
    tables: dict[str, int]

    def lines(self) -> list[str]:
        """The accounting as a person reads it."""
        lines = [f"{self.manifest.name}: {self.manifest.title}"]
        for account in self.sources:
            lines.append(
                f"  {account.source}: {account.rows:,} rows = {account.mapped:,} mapped"
                f" + {sum(account.excluded.values()):,} excluded"
            )
            lines += [f"    {count:,} {reason}" for reason, count in account.excluded.items()]
        lines.append("  written:")
        lines += [f"    {table}: {count:,} rows" for table, count in self.tables.items()]
        return lines


def adapter_names(adapters: Path = ADAPTERS) -> list[str]:
    """The adapters there are."""
    return sorted(path.parent.name for path in adapters.glob("*/manifest.yml"))


def load_manifest(name: str, adapters: Path = ADAPTERS) -> Manifest:
    """Read and check an adapter's manifest. SesameError if there is none or it is malformed."""
    path = adapters / name / "manifest.yml"
    if name not in adapter_names(adapters):
        known = ", ".join(adapter_names(adapters)) or "none"
        raise SesameError(f"no adapter {name!r}: there are {known}", exit_code=2)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SesameError(f"{path}: not YAML: {error}", exit_code=2) from None
    where = str(path)
    manifest: Manifest = _build(
        Manifest,
        content,
        where,
        files=lambda value: tuple(
            _build(SourceFile, entry, f"{where}, files") for entry in _list(value, where)
        ),
        outcome=lambda value: value and _build(Outcome, value, f"{where}, outcome"),
        notes=lambda value: tuple(str(note) for note in _list(value, where)),
    )
    if manifest.name != name:
        raise SesameError(f"{path}: name is {manifest.name!r}, the folder's is {name!r}", 2)
    if manifest.as_of is not None and type(manifest.as_of) is not date:
        raise SesameError(f"{path}: as_of must be a date such as 2005-10-01, or null", 2)
    return manifest


def adapt(name: str, source: Path, to: Path, *, adapters: Path = ADAPTERS) -> AdaptReport:
    """Map the data set in folder `source` onto the raw contract and write it to folder `to`.

    `to` must be new or empty and appears whole or not at all. Raises SesameError naming the file
    that is missing, has another number of rows than the manifest says, does not run, returns a
    column the contract does not know, or loses a row.
    """
    manifest = load_manifest(name, adapters)
    folder = adapters / name
    _check_files(manifest, source)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise SesameError(f"{to} is not an empty folder: name a new one", exit_code=2)
    to.parent.mkdir(parents=True, exist_ok=True)
    # A sibling, so that the rename stays within one file system; what a kill left there goes first.
    partial = to.parent / f".{to.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    try:
        # The engine's connection encrypts what it spills: a loan book is about persons.
        with engine.connect(Home.current()) as connection:
            report = _run(connection, manifest, folder, source, partial)
        partial.replace(to)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return report


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise SesameError(f"{where}: files and notes must be lists", exit_code=2)
    return value


def _build(cls: type[Any], content: Any, where: str, **parse: Callable[[Any], Any]) -> Any:
    """A dataclass from a mapping with exactly its fields; fields with a default may be absent."""
    fields = cls.__dataclass_fields__
    if not isinstance(content, dict):
        raise SesameError(f"{where}: expected keys {', '.join(fields)}", exit_code=2)
    if unknown := sorted(set(content) - set(fields)):
        raise SesameError(
            f"{where}: unknown {', '.join(unknown)}; known are {', '.join(fields)}", exit_code=2
        )
    required = {key for key in fields if key != "columns"}
    if missing := sorted(required - set(content)):
        raise SesameError(f"{where}: missing {', '.join(missing)}", exit_code=2)
    return cls(**{key: parse.get(key, lambda v: v)(value) for key, value in content.items()})


def _check_files(manifest: Manifest, source: Path) -> None:
    if not source.is_dir():
        raise SesameError(f"{source} is not a folder", exit_code=2)
    missing = [file.path for file in manifest.files if not any(source.glob(file.path))]
    if missing:
        raise SesameError(
            f"{source} lacks {', '.join(missing)}, which {manifest.name} reads"
            f" (from {manifest.source})",
            exit_code=2,
        )


@contextmanager
def _running(path: Path) -> Iterator[None]:
    """Turn DuckDB's errors into messages that name the file but quote no value from the data."""
    try:
        yield
    except (
        duckdb.ConversionException,
        duckdb.InvalidInputException,
        duckdb.OutOfRangeException,
        duckdb.ConstraintException,
    ) as error:
        first = str(error).splitlines()[0]
        masked = re.sub(r"\"[^\"]*\"|'[^']*'", "'…'", first)
        raise SesameError(f"{path}: {masked}") from None
    except duckdb.Error as error:  # of the statement itself: it quotes SQL, not data
        raise SesameError(f"{path}: {error}") from None


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _run(
    connection: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    folder: Path,
    source: Path,
    partial: Path,
) -> AdaptReport:
    # source_row is a row_number() over the file as it lies there.
    connection.execute("set preserve_insertion_order = true")
    connection.execute(f"set variable source_folder = {engine.literal(source.resolve())}")
    path = folder / "sources.sql"
    with _running(path):
        connection.execute(path.read_text(encoding="utf-8"))
    accounts = tuple(_account(connection, manifest, file, path) for file in manifest.files)
    connection.execute("create temp table traced (source varchar, source_row bigint)")
    tables = {}
    for table, mapping in _mappings(folder):
        key = f"{table.domain}/{table.name}"
        tables[key] = _map(connection, manifest, table, mapping, partial)
        _log.info("%s: %s, %s rows", manifest.name, key, tables[key])
    for file in manifest.files:
        _check_traces(connection, file, folder)
    return AdaptReport(manifest, accounts, tables)


def _account(
    connection: duckdb.DuckDBPyConnection, manifest: Manifest, file: SourceFile, path: Path
) -> SourceAccount:
    """Count a source table by fate; SesameError if its size is not the manifest's."""
    relation = engine.quote(f"source_{file.name}")
    with _running(path):
        counts = connection.execute(
            "select excluded_because, count(*), count(source_row), count(distinct source_row)"
            f" from {relation} group by all order by 2 desc, 1"
        ).fetchall()
    found = sum(rows for _, rows, _, _ in counts)
    if found != file.rows:
        raise SesameError(
            f"{file.path}: {found:,} rows, where {manifest.name}'s manifest expects"
            f" {file.rows:,}. If this is another extract, change rows in"
            f" {path.parent / 'manifest.yml'}; if not, sources.sql does not read the file whole"
        )
    if any(not rows == numbered == distinct for _, rows, numbered, distinct in counts):
        raise SesameError(f"{path}: source_row of {relation} must number its rows, each its own")
    return SourceAccount(
        source=file.name,
        rows=found,
        mapped=sum(rows for reason, rows, _, _ in counts if reason is None),
        excluded={reason: rows for reason, rows, _, _ in counts if reason is not None},
    )


def _mappings(folder: Path) -> Iterator[tuple[Table, Path]]:
    """The adapter's mappings in the contract's order. SesameError for one of no contract table."""
    tables = contract()
    paths = {(path.parent.name, path.stem): path for path in sorted(folder.glob("mapping/*/*.sql"))}
    if not paths:
        raise SesameError(f"{folder / 'mapping'}: no mapping/<domain>/<table>.sql in it")
    for (domain, name), path in paths.items():
        if name not in tables.get(domain, {}):
            known = ", ".join(tables.get(domain, {})) or f"domains {', '.join(DOMAINS)}"
            raise SesameError(f"{path}: no such table in the contract; there are {known}")
    for domain in DOMAINS:
        for name, table in tables[domain].items():
            if (domain, name) in paths:
                yield table, paths[domain, name]


def _map(
    connection: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    table: Table,
    path: Path,
    partial: Path,
) -> int:
    """Run one mapping, check its columns and key, write it; the rows written."""
    query = path.read_text(encoding="utf-8").strip().removesuffix(";")
    with _running(path):
        connection.execute(f"create or replace temp table mapped as {query}\n")
    columns = {str(row[0]): str(row[1]) for row in connection.execute("describe mapped").fetchall()}
    delivered = {column.delivered_as: column for column in table.columns}
    traces = {f"{TRACE}{file.name}": file.name for file in manifest.files}
    if unknown := [name for name in columns if name not in delivered and name not in traces]:
        raise SesameError(
            f"{path}: {', '.join(unknown)}: not in the contract of"
            f" {table.domain}/{table.name}, which has {', '.join(delivered)}"
            f" (and {TRACE}<file> names the rows a row came from)"
        )
    needed = [
        name for name, column in delivered.items() if column.is_required and name != "known_at"
    ]
    if missing := [name for name in needed if name not in columns]:
        raise SesameError(f"{path}: lacks {', '.join(missing)}, which the contract requires")
    key = engine.quote(table.key.delivered_as)
    with _running(path):
        rows = _count(connection, "select count(*) from mapped")
        keys = _count(connection, f"select count(distinct {key}) from mapped")
        if keys != rows:
            raise SesameError(f"{path}: {rows:,} rows but {keys:,} different values of {key}")
        for name, file_name in traces.items():
            if name in columns:
                each = engine.quote(name)
                if columns[name].endswith("[]"):
                    each = f"unnest({each})"
                connection.execute(
                    f"insert into traced select distinct {engine.literal(file_name)}, {each}"
                    " from mapped"
                )
        target = partial / table.domain / f"{table.name}.parquet"
        target.parent.mkdir(exist_ok=True)
        chosen = ", ".join(engine.quote(name) for name in delivered if name in columns)
        connection.execute(
            f"copy (select {chosen} from mapped order by {key})"
            f" to {engine.literal(target)} (format parquet, compression zstd)"
        )
    return rows


def _check_traces(connection: duckdb.DuckDBPyConnection, file: SourceFile, folder: Path) -> None:
    """Rows not excluded are returned by a mapping, excluded ones by none."""
    name = engine.literal(file.name)
    relation = engine.quote(f"source_{file.name}")
    # `not in` a set that holds a null is never true: an outer join's null must not hide a loss.
    traced = f"(select source_row from traced where source = {name} and source_row is not null)"
    for condition, problem in (
        (
            f"excluded_because is null and source_row not in {traced}",
            f"are neither excluded nor returned by a mapping in column {TRACE}{file.name}",
        ),
        (
            f"excluded_because is not null and source_row in {traced}",
            f"are excluded, yet returned by a mapping in column {TRACE}{file.name}",
        ),
    ):
        lost = connection.execute(
            f"select count(*), min(source_row) from {relation} where {condition}"
        ).fetchone()
        assert lost is not None
        if lost[0]:
            raise SesameError(
                f"{folder}: {lost[0]:,} rows of source_{file.name} {problem}"
                f" (the first has source_row {lost[1]}). Every row is one or the other:"
                " state excluded_because in sources.sql or return source_row in a mapping"
            )
