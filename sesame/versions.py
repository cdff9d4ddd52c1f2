"""Score versions as they lie in `seeds/`: read, checksum, add, and decide about them.

A version is the rows of eight seeds under its name. Published rows are never edited: a change is
another version, a promotion or a rollback another row in the log of decisions.
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
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
DECISIONS = "score_versions"

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
    """The rows of a seed, every cell as text."""
    with (seeds / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


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
    """A version's card. Raises SesameError naming those there are."""
    tables = {
        table: [row for row in rows(table, seeds) if row["score_version"] == version]
        for table in TABLES
    }
    if not tables["scales"]:
        raise SesameError(
            f"no score version {version!r}; there are: {', '.join(names(seeds))}", exit_code=2
        )
    return Card(version, tables)


def fault(version: str, seeds: Path = SEEDS) -> str | None:
    """Why a version may not be relied on: its rows are gone, edited, or of no origin."""
    checksums = {row["score_version"]: row["card_checksum"] for row in rows(ORIGINS, seeds)}
    if not any(row["score_version"] == version for row in rows("scales", seeds)):
        return "its rows are gone"
    checksum = read(version, seeds).checksum()
    if version not in checksums:
        return f"{ORIGINS}.csv does not say where it comes from (checksum of its rows: {checksum})"
    if checksum != checksums[version]:
        return f"its rows are not those of its card_checksum in {ORIGINS}.csv"
    return None


def check_archive(seeds: Path = SEEDS) -> None:
    """Raises SesameError if any version, in service or retired, is not as it was published."""
    published = [row["score_version"] for row in rows(ORIGINS, seeds)]
    faults = {version: fault(version, seeds) for version in dict.fromkeys(published + names(seeds))}
    if found := [f"{version}: {reason}" for version, reason in faults.items() if reason]:
        raise SesameError(
            f"score versions in {seeds} are not as they were published:\n  "
            + "\n  ".join(found)
            + "\n  put the published rows back from version control; what is to change becomes "
            "another version (docs/governance.md)"
        )


def add(card: Card, origin: Row, seeds: Path = SEEDS) -> None:
    """Append a card and where it comes from to the seeds.

    Raises SesameError if the name is taken: what scored somebody once is never overwritten.
    """
    if any(row["score_version"] == card.score_version for row in rows("scales", seeds)):
        raise SesameError(
            f"score version {card.score_version} is in {seeds} already, and is never edited; "
            "choose another name",
            exit_code=2,
        )
    for table in TABLES:
        _append(table, card.tables[table], seeds)
    _append(ORIGINS, [{**origin, "card_checksum": card.checksum()}], seeds)


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
    if not approved_by.strip() or not reason.strip():
        raise SesameError("a decision needs who approved it and why", exit_code=2)
    read(version, seeds)
    if found := fault(version, seeds):
        raise SesameError(f"score version {version}: {found}", exit_code=2)
    decisions = rows(DECISIONS, seeds)
    now = statuses(seeds).get(version) if decisions else None
    if status == now:
        raise SesameError(f"score version {version} is {status} already", exit_code=2)
    if now == "champion":
        raise SesameError(
            f"score version {version} is the champion: make another one champion first, which "
            f"leaves {version} in service as a challenger",
            exit_code=2,
        )
    number = max((int(row["decision_number"]) for row in decisions), default=0) + 1
    decision = {
        "decision_number": str(number),
        "score_version": version,
        "status": status,
        "decided_date": decided.isoformat(),
        "approved_by": " ".join(approved_by.split()),
        "reason": " ".join(reason.split()),
    }
    _append(DECISIONS, [decision], seeds)


def _append(table: str, added: Sequence[Row], seeds: Path) -> None:
    """Put the file with the rows added in place at once: a kill leaves the old or the new."""
    path = seeds / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    header = next(csv.reader(io.StringIO(text)))
    lines = io.StringIO()
    writer = csv.DictWriter(lines, header, lineterminator="\n")
    writer.writerows({name: row[name] for name in header} for row in added)
    draft = path.with_suffix(".csv.new")
    draft.write_text(text.rstrip("\n") + "\n" + lines.getvalue(), encoding="utf-8")
    draft.replace(path)
