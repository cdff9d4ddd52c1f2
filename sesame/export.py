"""The raw tables as Parquet, for an engine that cannot open the encrypted files: Spark.

DIR/export-<UTC time>/<domain>/<table>/*.parquet  one export, whole, never written again
DIR/current                                       a link to the one in force

Tokens only: the vault stays shut. In clear, so for its owner alone: folders 0700, files 0600.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sesame import engine, lock, raw
from sesame.contract import contract
from sesame.errors import SesameError
from sesame.home import Home

CURRENT = "current"
_PREFIX = "export-"
_BUILDING = "building-"
_NAME = _PREFIX + "%Y%m%dT%H%M%S%fZ"
# Of landing's registers, those by which a rollup knows what has changed.
REGISTERS = ("_batches", "_removed")
# A file is what one of Spark's tasks reads at a time by default.
_FILE_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True)
class ExportReport:
    """folder: what the link now leads to. rows: `domain.table` -> rows. size_bytes: on disk.

    Two of landing's registers are tables here too, `_batches` and `_removed`.
    """

    folder: Path
    rows: dict[str, int]
    size_bytes: int


def export(home: Home, to: Path) -> ExportReport:
    """Write every raw table below `to`, in one state of the warehouse, and flip the link to it.

    Earlier exports are removed: what was withdrawn or erased is in no copy of ours. Raises
    SesameError if `to` cannot be written; readers then keep the earlier export.
    """
    name = datetime.now(UTC).strftime(_NAME)
    building = to / (_BUILDING + name)
    with lock.locked(home, "sesame export"):
        raw.ensure_all(home)
        try:
            to.mkdir(mode=0o700, parents=True, exist_ok=True)
            _remove(to, _BUILDING)
            building.mkdir(mode=0o700)
            rows = _copy(home, building)
            size_bytes = _close(building)
            folder = building.rename(to / name)
            _flip(to, name)
            _remove(to, _PREFIX, but=name)
        except OSError as error:
            raise SesameError(f"cannot export to {to}: {error.strerror or error}") from None
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return ExportReport(folder, rows, size_bytes)


def _copy(home: Home, folder: Path) -> dict[str, int]:
    rows = {}
    for domain, tables in contract().items():
        (folder / domain).mkdir(mode=0o700)
        with engine.connect(home, read=[domain]) as connection:
            for table in (*tables, *REGISTERS):
                source = f"{engine.quote(engine.alias(domain))}.main.{engine.quote(table)}"
                copied = connection.execute(
                    f"copy (from {source}) to {engine.literal(folder / domain / table)} "
                    f"(format parquet, compression zstd, file_size_bytes {_FILE_BYTES})"
                ).fetchone()
                rows[f"{domain}.{table}"] = int(copied[0]) if copied else 0
    return rows


def _close(folder: Path) -> int:
    """Shut the export to all but its owner; returns the bytes of its files."""
    size_bytes = 0
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
        size_bytes += path.stat().st_size if path.is_file() else 0
    return size_bytes


def _flip(to: Path, name: str) -> None:
    """Point the link to an export, in one rename."""
    temporary = to / f"{_BUILDING}{CURRENT}"
    temporary.symlink_to(name)  # relative: the folder can be moved as a whole
    temporary.replace(to / CURRENT)


def _remove(to: Path, prefix: str, *, but: str = "") -> None:
    for path in to.glob(f"{prefix}*"):
        if path.is_symlink():
            path.unlink()
        elif path.name != but:
            shutil.rmtree(path)
