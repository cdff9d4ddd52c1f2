"""What an audit decided, and about exactly which state of the databases.

A verdict is a small file beside the databases. It names the state it judged by a fingerprint, so
that whatever is written afterwards, by whatever tool, leaves the verdict without effect.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from sesame import engine
from sesame.errors import SesameError
from sesame.home import DOMAINS, Home

# DuckDB keeps three header blocks of 4 KiB: one fixed, two that checkpoints write in turn with a
# counter and the root of the new state. Equal headers and no write-ahead log: the same contents.
_HEADERS = 3 * 4096


@dataclass(frozen=True)
class Verdict:
    """One audit's outcome.

    audit_id: random. passed: no expectation failed or erred. fingerprints: database name ->
    state judged; at the marts boundary also the raw databases as they were then. baseline: the
    figures (`asset.measure`) of the last audit of this boundary that passed.
    """

    audit_id: str
    boundary: str
    audited_at: str
    passed: bool
    fingerprints: dict[str, str]
    baseline: dict[str, float]


def settle(home: Home, database: str) -> None:
    """Fold a write-ahead log that a killed writer left behind into its database.

    Needs the lock. Raises SesameError if the log is still there afterwards.
    """
    log = _log(home, database)
    if log.exists():
        with engine.connect(home, write=[database]) as connection:
            connection.execute(f"checkpoint {engine.quote(engine.alias(database))}")
        if log.exists():
            raise SesameError(f"{log} does not go away: another process writes to this database")


def fingerprint(home: Home, database: str) -> str:
    """The state of a database's file: 64 hexadecimal digits, or `absent` or `unsettled`.

    Unsettled is a database with a write-ahead log: part of its contents is elsewhere.
    """
    path = home.database(database)
    if not path.exists():
        return "absent"
    if _log(home, database).exists():
        return "unsettled"
    with path.open("rb") as database_file:
        return hashlib.sha256(database_file.read(_HEADERS)).hexdigest()


def write(home: Home, verdict: Verdict, warehouse: str) -> None:
    """Record a verdict in place of the one before."""
    path = file(home, verdict.boundary, warehouse)
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as written:
        json.dump(asdict(verdict), written, indent=1)
        written.flush()
        os.fsync(written.fileno())
    temporary.replace(path)


def last(home: Home, boundary: str, warehouse: str) -> Verdict | None:
    """The last verdict on a boundary, in force or not; None before the first audit."""
    path = file(home, boundary, warehouse)
    try:
        return Verdict(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise SesameError(f"{path} is not a verdict; delete it and run: sesame audit") from None


def file(home: Home, boundary: str, warehouse: str) -> Path:
    """Where the verdict is kept; without it the next audit compares with nothing."""
    # The raw databases are the same for every warehouse built from them.
    return home.databases / f"{'raw' if boundary == 'raw' else warehouse}.audit.json"


def require(home: Home, warehouse: str) -> Verdict:
    """The marts' verdict, if everything that is in the warehouse now has passed its audit.

    Raises SesameError if the marts or the raw data they were audited with have no audit, failed
    it, or were written since.
    """
    marts = last(home, "marts", warehouse)
    raw = last(home, "raw", warehouse)
    for boundary, verdict in (("marts", marts), ("raw", raw)):
        if verdict is None:
            raise SesameError(
                f"nothing published: the {boundary} boundary of {home.root} has not been "
                "audited; run: sesame audit"
            )
        if not verdict.passed:
            raise SesameError(
                f"nothing published: the {boundary} audit of {verdict.audited_at} UTC failed; "
                "mend what it named, then run: sesame audit"
            )
    assert marts is not None  # both were checked in the loop above
    assert raw is not None
    if fingerprint(home, warehouse) != marts.fingerprints[warehouse]:
        raise SesameError(
            f"nothing published: {home.database(warehouse)} was written after its audit of "
            f"{marts.audited_at} UTC; run: sesame audit"
        )
    for domain in DOMAINS:
        if raw.fingerprints[domain] != marts.fingerprints[domain]:
            raise SesameError(
                f"nothing published: {home.database(domain)} was written between the raw audit "
                f"of {raw.audited_at} UTC and the marts audit of {marts.audited_at} UTC; run: "
                "sesame audit"
            )
    return marts


def _log(home: Home, database: str) -> Path:
    path = home.database(database)
    return path.with_name(path.name + ".wal")
