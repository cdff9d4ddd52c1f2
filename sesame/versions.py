"""Score versions as they lie in `seeds/`: read, checksum, add, and decide about them.

A version is the rows of eight seeds under its name. Published rows are never edited: a change is
another version, a promotion or a rollback another row in the log of decisions.
"""

import csv
import fcntl
import hashlib
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sesame.errors import SesameError
from sesame.home import PROJECT

SEEDS = PROJECT / "seeds"

# The seeds that together are a version, each keyed by score_version.
TABLES = (
    "attribute_weights",
    "bands",
    "bins",
    "factors",
    "profiles",
    "reliability",
    "scales",
    "weights",
)
ORIGINS = "version_origins"
TESTS = "version_tests"
DECISIONS = "score_versions"

# A name stands in files' names, in statements and on the command line.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

Row = Mapping[str, str]


@dataclass(frozen=True)
class Card:
    """All numbers of a version: per table its rows, as text, in the order of the seed."""

    score_version: str
    tables: Mapping[str, Sequence[Row]]

    def checksum(self) -> str:
        """`sha256:…` of the rows of all tables, but for the version's name.

        Empty cells are left out: a column that joins a seed later changes no earlier version.
        """
        digest = hashlib.sha256()
        for table in TABLES:
            for row in self.tables[table]:
                cells = [
                    f"{name}={row[name]}"
                    for name in sorted(row)
                    if name != "score_version" and row[name]
                ]
                digest.update("\x1f".join([table, *cells, "\n"]).encode())
        return f"sha256:{digest.hexdigest()}"


def rows(table: str, seeds: Path = SEEDS) -> list[dict[str, str]]:
    """The rows of a seed, every cell as text. Raises SesameError for what is no table."""
    path, found = seeds / f"{table}.csv", []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            for cells in reader:
                if cells and len(cells) != len(header):
                    raise SesameError(
                        f"{path}: the row that ends in line {reader.line_num} has {len(cells)} "
                        f"cells, the header {len(header)}; mend that row",
                        exit_code=2,
                    )
                if cells:
                    found.append(dict(zip(header, cells, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SesameError(
            f"{path} cannot be read, after {len(found)} rows: {error}", exit_code=2
        ) from None
    return found


def names(seeds: Path = SEEDS) -> list[str]:
    """Every version decided on, in service or not, in the order of their first decisions."""
    return list(dict.fromkeys(row["score_version"] for row in rows(DECISIONS, seeds)))


def champion(seeds: Path = SEEDS) -> str:
    """The version of the latest champion row. Raises SesameError where there is none."""
    decisions = [row for row in rows(DECISIONS, seeds) if row["status"] == "champion"]
    if not decisions:
        raise SesameError(f"{seeds / DECISIONS}.csv names no champion")
    return max(decisions, key=lambda row: int(row["decision_number"]))["score_version"]


def statuses(seeds: Path = SEEDS) -> dict[str, str]:
    """What each version decided on is now: champion, challenger or retired.

    A former champion is a challenger until it is retired, as in int_score_versions.
    """
    current = champion(seeds)
    decisions = sorted(rows(DECISIONS, seeds), key=lambda row: int(row["decision_number"]))
    latest = {row["score_version"]: row["status"] for row in decisions}
    return {
        version: "challenger" if status == "champion" and version != current else status
        for version, status in latest.items()
    }


def read(version: str, seeds: Path = SEEDS) -> Card:
    """A version's card. Raises SesameError naming those there are, or what is missing."""
    card = _card(version, seeds)
    if not any(card.tables.values()):
        raise SesameError(
            f"no score version {version!r}; there are: {', '.join(names(seeds))}", exit_code=2
        )
    if empty := _files(card, holding=False):
        raise SesameError(f"score version {version} has no rows in {empty} of {seeds}", exit_code=2)
    return card


def fault(version: str, seeds: Path = SEEDS) -> str | None:
    """Why a version may not be relied on: its rows are gone, edited, or of no origin."""
    checksums = {row["score_version"]: row["card_checksum"] for row in rows(ORIGINS, seeds)}
    card = _card(version, seeds)
    there, gone = _files(card, holding=True), _files(card, holding=False)
    if not there:
        return "its rows are gone"
    if version not in checksums:
        return (
            f"{ORIGINS}.csv does not say where it comes from (checksum of its rows: "
            f"{card.checksum()}); if its writing was cut off, remove its rows from {there}"
        )
    if gone:
        return f"its rows are gone from {gone}"
    if card.checksum() != checksums[version]:
        return f"its rows are not those of its card_checksum in {ORIGINS}.csv"
    return None


def check_archive(seeds: Path = SEEDS) -> None:
    """Raises SesameError if any version, in service or retired, is not as it was published."""
    found = [
        f"{version}: {reason}"
        for version in dict.fromkeys(
            row["score_version"]
            for table in (ORIGINS, DECISIONS, *TABLES)
            for row in rows(table, seeds)
        )
        if (reason := fault(version, seeds))
    ]
    if found:
        raise SesameError(
            f"score versions in {seeds} are not as they were published:\n  "
            + "\n  ".join(found)
            + "\n  put the published rows back from version control; what is to change becomes "
            "another version (docs/governance.md)"
        )


def require_free(versions: Sequence[str], seeds: Path = SEEDS) -> None:
    """Raises SesameError if the seeds cannot be added to, or no versions of these names.

    What scored somebody once is never overwritten, nor added to.
    """
    with _writing(seeds):
        _require_free(versions, seeds)


def add(card: Card, origin: Row, seeds: Path = SEEDS) -> None:
    """Append a card and where it comes from to the seeds, as `add_all` does."""
    add_all([(card, origin)], [], seeds)


def add_all(
    published: Sequence[tuple[Card, Row]],
    decisions: Sequence[Row],
    seeds: Path = SEEDS,
    tests: Sequence[Row] = (),
) -> None:
    """Append cards, where they come from and what was decided about them, all or none.

    decisions: rows of the log but for their numbers; tests: rows of `version_tests`. Raises
    SesameError as `require_free` does, and for a card with an empty table. After a kill between two
    of the renames it says, asked again, which rows to remove first; so does every build.
    """
    for card, _ in published:
        if empty := _files(card, holding=False):
            raise SesameError(f"score version {card.score_version} has no rows for {empty}")
    with _writing(seeds):
        _require_free([card.score_version for card, _ in published], seeds)
        added: dict[str, list[Row]] = {
            table: [row for card, _ in published for row in card.tables[table]] for table in TABLES
        }
        added[ORIGINS] = [
            {**origin, "card_checksum": card.checksum()} for card, origin in published
        ]
        added[TESTS] = list(tests)
        added[DECISIONS] = _numbered(decisions, seeds)
        _append(added, seeds)


def decide(
    version: str,
    status: str,
    *,
    approved_by: str,
    reason: str,
    decided: date,
    seeds: Path = SEEDS,
) -> None:
    """One more row in the log: `status` is champion, challenger or retired.

    Raises SesameError if nobody approved it or no reason is given, if the version is unknown or not
    as it was published, if it is that already, or if nothing would be champion afterwards.
    """
    decision = {
        "score_version": version,
        "status": status,
        "decided_date": decided.isoformat(),
        "approved_by": " ".join(approved_by.split()),
        "reason": " ".join(reason.split()),
    }
    if not decision["approved_by"] or not decision["reason"]:
        raise SesameError("a decision needs who approved it and why", exit_code=2)
    try:
        "".join(decision.values()).encode()
    except UnicodeEncodeError:
        raise SesameError(
            "who approved it, or why, holds bytes that are no UTF-8 text; type it anew", exit_code=2
        ) from None
    with _writing(seeds):  # another decision, taken at the same time, comes before or after
        read(version, seeds)
        if found := fault(version, seeds):
            raise SesameError(f"score version {version}: {found}", exit_code=2)
        now = statuses(seeds).get(version) if rows(DECISIONS, seeds) else None
        if status == now:
            raise SesameError(f"score version {version} is {status} already", exit_code=2)
        if now == "champion":
            raise SesameError(
                f"score version {version} is the champion: make another one champion first, which "
                f"leaves {version} in service as a challenger",
                exit_code=2,
            )
        _append({DECISIONS: _numbered([decision], seeds)}, seeds)


def _card(version: str, seeds: Path) -> Card:
    """The rows of a name, whole version or not."""
    return Card(
        version,
        {
            table: [row for row in rows(table, seeds) if row["score_version"] == version]
            for table in TABLES
        },
    )


def _files(card: Card, *, holding: bool) -> str:
    """The files of the tables in which the card has rows, or has none."""
    return ", ".join(f"{table}.csv" for table in TABLES if bool(card.tables[table]) == holding)


@contextmanager
def _writing(seeds: Path) -> Iterator[None]:
    """Be the only one who adds to these seeds: what was read still holds when it is written.

    The kernel drops the lock with its holder, so a kill leaves nothing to clean up.
    """
    try:
        with (seeds / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not os.access(seeds, os.W_OK | os.X_OK):
                raise PermissionError(0, "no permission", str(seeds))
            yield
    except OSError as error:
        raise SesameError(
            f"the seeds cannot be written: {error.strerror}: {error.filename or seeds}"
        ) from None


def _require_free(versions: Sequence[str], seeds: Path) -> None:
    problems = []
    for version in versions:
        if not _NAME.fullmatch(version):
            problems.append(
                f"{version!r} is no name of a score version: letters and digits, and inside also "
                "_ . -"
            )
            continue
        holding = [
            table
            for table in (*TABLES, ORIGINS, DECISIONS)
            if any(row["score_version"] == version for row in rows(table, seeds))
        ]
        # whoever wrote a card by hand has tested it on nothing
        tested = (
            [TESTS] if any(row["score_version"] == version for row in rows(TESTS, seeds)) else []
        )
        if not holding and not tested:
            continue
        files = ", ".join(f"{table}.csv" for table in (*holding, *tested))
        if holding == [*TABLES, ORIGINS, DECISIONS]:
            problems.append(
                f"score version {version} is in {seeds} already, and is never edited; "
                "choose another name"
            )
        elif holding == [*TABLES, ORIGINS]:
            problems.append(
                f"score version {version} is in {seeds} already, and nothing was decided about it; "
                f"choose another name, put it into service with: sesame decide {version} "
                f"challenger --approved-by ROLE --reason TEXT, or remove its rows from {files}"
            )
        else:
            problems.append(
                f"score version {version} was written to {seeds} in part; remove its rows from "
                f"{files} and do this again"
            )
    if problems:
        raise SesameError("\n  ".join(problems), exit_code=2)


def _numbered(decisions: Sequence[Row], seeds: Path) -> list[Row]:
    last = max((int(row["decision_number"]) for row in rows(DECISIONS, seeds)), default=0)
    return [
        {"decision_number": str(number), **decision}
        for number, decision in enumerate(decisions, last + 1)
    ]


def _append(added: Mapping[str, Sequence[Row]], seeds: Path) -> None:
    """Add rows to seeds: first every new file beside the old one, then, in this order, renames.

    So what can fail (a full disk, a cell that is no text) fails before anything changed, and a kill
    has to hit the moment between two renames to leave some files new and some old.
    """
    drafts = {table: seeds / f"{table}.csv.new" for table, new in added.items() if new}
    try:
        for table, draft in drafts.items():
            text = (seeds / f"{table}.csv").read_text(encoding="utf-8-sig")
            header = next(csv.reader(io.StringIO(text)))
            lines = io.StringIO()
            writer = csv.DictWriter(lines, header, lineterminator="\n")
            writer.writerows({name: row[name] for name in header} for row in added[table])
            with draft.open("w", encoding="utf-8") as file:
                file.write(text.rstrip("\n") + "\n" + lines.getvalue())
                file.flush()
                os.fsync(file.fileno())
        for table, draft in drafts.items():
            draft.replace(seeds / f"{table}.csv")
    except BaseException:
        for draft in drafts.values():
            if draft.is_file():
                draft.unlink()
        raise
