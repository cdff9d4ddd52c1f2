"""What was delivered: which file holds which table, and how its rows are read as text."""

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from io import BufferedReader
from pathlib import Path

import duckdb
import yaml

from sesame.contract import Table, contract
from sesame.engine import literal, quote
from sesame.errors import SesameError

FORMATS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
MANIFEST = "delivery.yml"
LAYOUT = (
    "<domain>/<table>.<parquet|csv|jsonl>[.gz], or any number of such files in <domain>/<table>/"
)

# Longest line of a text file that is read. A longer one is no row of ours, and reading it whole
# would let one file take all memory.
MAX_LINE_BYTES = 1_048_576


@dataclass(frozen=True)
class Delivered:
    """One file. name: path below the delivery's folder; digest: fingerprint of its bytes."""

    path: Path
    name: str
    table: Table
    format: str
    digest: str
    columns: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # name, type as read


@dataclass(frozen=True)
class Refused:
    """A file that could not be read at all. domain is None where not even that is known."""

    path: Path
    name: str
    domain: str | None
    reason: str


@dataclass(frozen=True)
class Delivery:
    files: tuple[Delivered, ...]
    refused: tuple[Refused, ...]
    known_at: str | None  # stated by the delivery's manifest, for rows that do not state it


class UnreadableError(Exception):
    """Why one file is refused."""


def _suggest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _place(relative: Path) -> tuple[Table, str]:
    """The table and format that a path stands for."""
    tables = contract()
    domain = relative.parts[0]
    if len(relative.parts) < 2 or domain not in tables:
        raise UnreadableError(
            f"not in the folder of a domain{_suggest(domain, list(tables))}; expected {LAYOUT}"
        )
    name = relative.name.split(".")[0] if len(relative.parts) == 2 else relative.parts[1]
    if name not in tables[domain]:
        raise UnreadableError(
            f"{name!r} is no table of {domain}{_suggest(name, list(tables[domain]))}; "
            f"known: {', '.join(tables[domain])}"
        )
    suffixes = [suffix.lower() for suffix in relative.suffixes]
    extension = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else relative.suffix
    if extension.lower() not in FORMATS:
        raise UnreadableError(f"unknown kind of file {relative.suffix!r}; expected {LAYOUT}")
    return tables[domain][name], FORMATS[extension.lower()]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open_text(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def _check_lines(path: Path) -> None:
    """Refuse a file with a line longer than DuckDB's reader can hold.

    A line over MAX_LINE_BYTES becomes a rejected row, but one over the reader's whole buffer
    (32 times that) vanishes without a word. One of at least two blocks fills a whole block.
    """
    block_bytes = 8 * MAX_LINE_BYTES
    with _open_text(path) as file:
        while block := file.read(block_bytes):
            if len(block) == block_bytes and b"\n" not in block:
                raise UnreadableError(f"holds a line longer than {block_bytes:,} bytes")


def _first_line(path: Path) -> str:
    with _open_text(path) as file:
        line = file.readline(MAX_LINE_BYTES + 1)
    if not line:
        raise UnreadableError("the file is empty; a header line was expected")
    if len(line) > MAX_LINE_BYTES:
        raise UnreadableError(f"the first line is longer than {MAX_LINE_BYTES:,} bytes")
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UnreadableError("the first line is not UTF-8 text") from None
    if "\r" in text:
        raise UnreadableError("its lines end in bare carriage returns; expected newlines")
    return text


def _columns(connection: duckdb.DuckDBPyConnection, path: Path, kind: str) -> list[tuple[str, str]]:
    if kind == "parquet":
        rows = connection.execute(
            # A folder's name (month=2024-05) is no column of the file in it.
            "select column_name, column_type from (describe from "
            f"read_parquet({_sql_path(path)}, hive_partitioning = false))"
        ).fetchall()
        for name, data_type in rows:
            if data_type.endswith("]") or data_type.startswith(("STRUCT", "MAP", "UNION")):
                raise UnreadableError(f"column {name[:80]!r} is nested; expected single values")
        return [(str(name), str(data_type)) for name, data_type in rows]
    header = _first_line(path)
    _check_lines(path)
    if kind == "jsonl":
        return []  # every line names its own columns
    names = [name.strip().strip('"') for name in header.split(",")]
    return [(name, "VARCHAR") for name in names]


def _check_columns(table: Table, names: list[str]) -> None:
    known = [column.delivered_as for column in table.columns]
    if not set(names) & set(known):
        # Not quoted: without a header these are a person's values.
        raise UnreadableError(
            f"names no column of {table.domain}.{table.name}; is the header line missing? "
            f"known: {', '.join(known)}"
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableError(f"column {twice[:80]!r} stands twice")
    for name in names:
        if name not in known:
            raise UnreadableError(
                f"{name[:80]!r} is no column of {table.domain}.{table.name}"
                f"{_suggest(name, known)}; known: {', '.join(known)}"
            )
    for column in table.columns:
        if column.is_required and column.delivered_as not in [*names, "known_at"]:
            raise UnreadableError(f"column {column.delivered_as!r} is missing")


def open_file(
    connection: duckdb.DuckDBPyConnection, folder: Path, path: Path
) -> Delivered | Refused:
    """Look at a file's place and columns; its rows are not read yet."""
    relative = path.relative_to(folder)
    table = None
    try:
        table, kind = _place(relative)
        columns = _columns(connection, path, kind)
        if kind != "jsonl":
            _check_columns(table, [name for name, _ in columns])
        digest = _digest(path)
    except UnreadableError as error:
        reason = str(error)
    except (OSError, EOFError, duckdb.Error) as error:
        reason = f"cannot be read: {_plain(error, path)}"
    else:
        return Delivered(path, str(relative), table, kind, digest, tuple(columns))
    return Refused(path, str(relative), table.domain if table else None, reason)


def _plain(error: Exception, path: Path) -> str:
    """An engine's error in one line, without the values it may quote."""
    line = str(error).splitlines()[0].replace(str(path), path.name)
    return re.sub(r"""(["']).*\1""", "…", line.split("Original Line")[0])[:200]


def refusal(file: Delivered, error: Exception) -> Refused:
    """Refuse a file whose rows turned out to be unreadable half-way."""
    reason = f"cannot be read to its end: {_plain(error, file.path)}"
    return Refused(file.path, file.name, file.table.domain, reason)


def delivered_paths(folder: Path) -> list[Path]:
    """The files of a delivery: all but its manifest and hidden ones."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path != folder / MANIFEST and not path.name.startswith(".")
    )


def deliveries(connection: duckdb.DuckDBPyConnection, folder: Path) -> Delivery:
    """Everything under a folder. Raises SesameError if that is no folder or holds no file."""
    if not folder.is_dir():
        raise SesameError(f"{folder} is not a folder", exit_code=2)
    paths = delivered_paths(folder)
    if not paths:
        raise SesameError(f"{folder} holds no file to land; expected {LAYOUT}", exit_code=2)
    opened = [open_file(connection, folder, path) for path in paths]
    return Delivery(
        files=tuple(file for file in opened if isinstance(file, Delivered)),
        refused=tuple(file for file in opened if isinstance(file, Refused)),
        known_at=_manifest(folder / MANIFEST),
    )


def _manifest(path: Path) -> str | None:
    if not path.exists():
        return None
    try:
        stated = yaml.safe_load(path.read_text())["known_at"]
        value = duckdb.execute(
            "select known_at::varchar, known_at > now() at time zone 'UTC' "
            "from (select cast($value as timestamp) as known_at)",
            {"value": str(stated)},
        )
        known_at, is_future = value.fetchall()[0]
    except (yaml.YAMLError, KeyError, TypeError, duckdb.Error):
        raise SesameError(
            f"{path} must hold one line: `known_at: 2024-05-01T00:00:00` (UTC)", exit_code=2
        ) from None
    if is_future:
        raise SesameError(f"{path}: known_at lies in the future", exit_code=2)
    return str(known_at)


def chunks(files: list[Delivered], max_bytes: int) -> Iterator[list[Delivered]]:
    """Files in groups of at most max_bytes, or of one, so that a big delivery fits in memory."""
    group: list[Delivered] = []
    size = 0
    for file in files:
        bytes_ = file.path.stat().st_size
        if group and size + bytes_ > max_bytes:
            yield group
            group, size = [], 0
        group.append(file)
        size += bytes_
    if group:
        yield group


def _sql_path(path: Path) -> str:
    """A literal of the path itself: what a name holds of *, ? and [ is no pattern."""
    return literal(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))


def rows_sql(file: Delivered, rejects: str) -> str:
    """A query of the file's rows: its columns as delivered and `_row`, the row's number from 1.

    Lines of a CSV that do not parse go to the temporary table named `rejects`; `_row` then counts
    the lines that do.
    """
    path = _sql_path(file.path)
    compression = "gzip" if file.path.suffix.lower() == ".gz" else "none"
    if file.format == "parquet":
        return (
            f"select * exclude (file_row_number), file_row_number + 1 as _row "
            f"from read_parquet({path}, file_row_number = true, hive_partitioning = false)"
        )
    if file.format == "csv":
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name, _ in file.columns)
        return (
            f"select *, row_number() over () as _row from read_csv({path}, auto_detect = false, "
            f"compression = '{compression}', header = true, delim = ',', nullstr = '', "
            f"quote = '\"', escape = '\"', "
            f"columns = {{{columns}}}, max_line_size = {MAX_LINE_BYTES}, store_rejects = true, "
            f"rejects_table = {literal(rejects)}, rejects_scan = {literal(rejects + '_scan')})"
        )
    # JSON lines are read as bare text first, so that one malformed line costs one row: the
    # delimiter is a character that JSON allows nowhere.
    names = [column.delivered_as for column in file.table.columns]
    values = ", ".join(
        f"json_extract_string(_json, {literal('$.' + quote(name))}) as {quote(name)}"
        for name in names
    )
    known = "[" + ", ".join(literal(name) for name in names) + "]"
    return (
        f"select {values}, _row, case when _json is null then 'malformed' "
        f"when not list_has_all({known}, json_keys(_json)) then 'unknown' end as _line_problem "
        f"from (select row_number() over () as _row, "
        f"case when json_type(try_cast(_line as json)) = 'OBJECT' then _line::json end as _json "
        f"from read_csv({path}, auto_detect = false, header = false, delim = '\x1f', quote = '', "
        f"compression = '{compression}', escape = '', columns = {{'_line': 'VARCHAR'}}, "
        f"max_line_size = {MAX_LINE_BYTES}, "
        f"store_rejects = true, rejects_table = {literal(rejects)}, "
        f"rejects_scan = {literal(rejects + '_scan')}) where trim(_line) <> '')"
    )
