"""Generates a population with a known truth, set-wise in DuckDB; Python only drives.

The subjects are cut into blocks, and each block into the tables of the contract, so that memory
does not grow with the population and every core has work. `sql/once/` makes what all blocks read
(calendar, shocks), `sql/block/` what several tables of a block share (the latents, the months
lived, visits, credit, ties), `sql/everyone/` what one block must know of the others;
`sql/<domain>/<table>.sql` is one `select` per table of the contract. Every draw is a hash of (seed,
what is drawn, subject, counter): same seed, same bytes, whatever the machine's cores.
"""

import csv
import fcntl
import hashlib
import json
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from sesame.contract import contract
from sesame.engine import literal
from sesame.errors import SesameError
from sesame.simulate.delivery import MOST_DAYS_LATE, OF_NOBODY, SQL, Written, deliver

CONSTANTS = Path(__file__).parent / "constants.csv"
SHOCKS = Path(__file__).parent / "shocks.csv"
CALENDAR = Path(__file__).parent / "calendar.csv"

# Scale 1: a three-hundredth of China's consumers and 37 million small businesses.
CONSUMERS, BUSINESSES = 1_000_000, 123_000
LEAST_SCALE, MOST_SCALE = 0.001, 50.0

# The end is fixed and the start moves: scores of the demo are of one day for any length.
END = datetime(2025, 1, 1)
# An outcome takes twelve months; calendar.csv knows the festivals of ten years.
LEAST_MONTHS, MOST_MONTHS = 13, 120

# A community, and so a block, is a multiple of thirty people (sql/block/people.sql).
COMMUNITY = 30
# A block's size: so many consumer-months that files are few and memory suffices, but two cores
# share even a small population.
MONTHS_IN_BLOCK, LEAST_IN_BLOCK = 1_200_000, 5_010

# Rows of all tables a consumer and month, at any scale; to say how far the work is.
ROWS_A_MONTH = 17.3

# In this order: each may read those before it.
ONCE = ("macros", "calendar", "shock_paths")
BLOCK = (
    "grants",
    "homes",
    "visits",
    "purchases",
    "purchase_lines",
    "bill_list",
    "credit_requests",
    "facilities",
    "ties",
)

# Folders of the truth of a whole population, and the file that says what it is of.
TRUTH = ("subjects", "months", "applications", "fake_orders")
MANIFEST, APPRAISAL = "simulation.json", "appraisal.json"

# Of DuckDB's own for each block under way; Python and the writer's buffers come on top.
BLOCK_MEMORY_MIB = 2_500

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Population:
    """What to simulate. from_day and days: a delivery of these days alone; None: the whole.

    A from_day before the months simulated takes in what is older than they are.
    """

    scale: float
    months: int = 24
    seed: int = 1
    dirt: float = 0.0
    from_day: date | None = None
    days: int | None = None

    @property
    def consumers(self) -> int:
        return round(CONSUMERS * self.scale)

    @property
    def businesses(self) -> int:
        return round(BUSINESSES * self.scale)

    @property
    def start(self) -> datetime:
        years, month = divmod(END.year * 12 + END.month - 1 - self.months, 12)
        return datetime(years, month + 1, 1)

    @property
    def is_whole(self) -> bool:
        return self.from_day is None

    @property
    def window(self) -> tuple[datetime, datetime]:
        """Rows delivered from the first moment on and before the second."""
        if self.from_day is None or self.days is None:
            return datetime(1900, 1, 1), END
        first = datetime.combine(self.from_day, datetime.min.time())
        return first, first + timedelta(days=self.days)

    @property
    def blocks(self) -> list["Block"]:
        in_block = min(MONTHS_IN_BLOCK // self.months, max(LEAST_IN_BLOCK, self.consumers // 2))
        in_block = -(-in_block // COMMUNITY) * COMMUNITY
        count = -(-self.consumers // in_block)
        firms = -(-self.businesses // count)
        firms = -(-firms // COMMUNITY) * COMMUNITY
        return [
            Block(
                number,
                number * in_block + 1,
                min((number + 1) * in_block, self.consumers),
                number * firms + 1,
                min((number + 1) * firms, self.businesses),
            )
            for number in range(count)
        ]

    def check(self) -> None:
        """Raise SesameError (exit code 2) for what makes no sense."""

        def refuse(message: str) -> None:
            raise SesameError(message, exit_code=2)

        if not LEAST_SCALE <= self.scale <= MOST_SCALE:
            refuse(
                f"scale is {self.scale}; give {LEAST_SCALE} ({round(CONSUMERS * LEAST_SCALE):,} "
                f"consumers) to {MOST_SCALE:g} ({round(CONSUMERS * MOST_SCALE):,})"
            )
        if not LEAST_MONTHS <= self.months <= MOST_MONTHS:
            refuse(f"months is {self.months}; give {LEAST_MONTHS} to {MOST_MONTHS}")
        if not 0 <= self.seed < 2**63:
            refuse(f"seed is {self.seed}; give 0 to 2^63 - 1")
        if not 0 <= self.dirt <= 0.5:
            refuse(f"dirt is {self.dirt}; give the share of rows to spoil, 0 to 0.5")
        if (self.from_day is None) != (self.days is None):
            refuse("give from-day and days together: the first day of the delivery and how many")
        if self.days is not None and self.days < 1:
            refuse(f"days is {self.days}; give at least 1")
        first, until = self.window
        if not self.is_whole and not self.start < until <= END:
            refuse(
                f"the delivery {first:%Y-%m-%d} to {until:%Y-%m-%d} does not end within the "
                f"{self.months} months simulated, {self.start:%Y-%m-%d} to {END:%Y-%m-%d}"
            )


@dataclass(frozen=True)
class Block:
    """Some communities of consumers, and firms. Numbers from 1, both ends included."""

    number: int
    first_consumer: int
    last_consumer: int
    first_business: int
    last_business: int


@dataclass
class SimulateReport:
    """What was written.

    rows, spoiled: per `domain.table`; the second are among the first. bytes: of the raw files.
    checksum: BLAKE2b over names and bytes of raw and truth. seconds: wall time of the whole.
    """

    population: Population
    files: Path
    truth: Path
    rows: Counter[str] = field(default_factory=Counter)
    spoiled: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    checksum: str = ""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For the manifest. No seconds: it is the same for the same population."""
        population = self.population
        return {
            "scale": population.scale,
            "months": population.months,
            "seed": population.seed,
            "dirt": population.dirt,
            "from_day": str(population.from_day) if population.from_day else None,
            "days": population.days,
            "consumers": population.consumers,
            "businesses": population.businesses,
            "start": population.start.isoformat(),
            "end": END.isoformat(),
            "bytes": self.bytes,
            "checksum": self.checksum,
            "rows": dict(sorted(self.rows.items())),
            "spoiled": dict(sorted(self.spoiled.items())),
        }

    def lines(self) -> list[str]:
        """What to tell a person who asked for the population."""
        rows, megabytes = self.rows.total(), self.bytes / 1e6
        lines = [
            f"{rows:,} rows in {len(self.rows)} tables, {megabytes:,.1f} MB, in "
            f"{self.seconds:,.1f} s: {self.files}"
        ]
        if self.spoiled.total():
            lines.append(
                f"{self.spoiled.total():,} of them spoiled; ledger: {self.truth / 'spoiled'}"
            )
        if self.population.is_whole:
            lines.append(f"truth: {self.truth}")
        return [*lines, f"checksum {self.checksum}"]


def simulate(
    population: Population, to: Path, *, truth: Path | None = None, progress: Progress
) -> SimulateReport:
    """Write the raw files of a population to `to`, and its truth apart, to `truth`.

    Raw: `<to>/<domain>/<table>/month=<YYYY-MM>/*.parquet` for every table of the contract, by month
    of delivery; what was known before the first month is in `month=before-<YYYY-MM>`. Truth
    (`<to>_truth` if not given): subjects, months, applications and fake orders of a whole
    population; the ledger `spoiled/` where there is dirt. Earlier simulations in the two folders
    are replaced, at the end and at once. `progress` gets a line every few seconds.

    Raises SesameError for senseless arguments, for a folder that holds something else or cannot be
    written, and for a full disk; then nothing is left behind.
    """
    population.check()
    began = time.monotonic()
    to = to.resolve()
    truth = (truth or to.with_name(f"{to.name}_truth")).resolve()
    if to == truth or to in truth.parents or truth in to.parents:
        raise SesameError(f"truth belongs apart: {truth} and {to} overlap", exit_code=2)
    report = SimulateReport(population, to, truth)
    try:
        _check_target(to, set(contract()))
        _check_target(truth, {*TRUTH, "spoiled", MANIFEST, APPRAISAL})
        with _working_folder(to) as work:
            _generate(population, work, report, progress)
            report.checksum, report.bytes = _fingerprint(work)
            report.seconds = time.monotonic() - began
            (work / "truth" / MANIFEST).write_text(json.dumps(report.as_dict(), indent=2) + "\n")
            _swap({work / "files": to, work / "truth": truth}, work / "replaced")
    except duckdb.OutOfMemoryException as error:
        raise SesameError(
            f"not enough memory or spill space: {str(error).splitlines()[0]}; give a smaller scale "
            "or fewer months (nothing was left behind)"
        ) from None
    except (duckdb.IOException, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise SesameError(
            f"cannot write {to}: {reason}; free some space or choose another folder (nothing was "
            "left there)"
        ) from None
    return report


def _check_target(folder: Path, ours: set[str]) -> None:
    """Only an absent or empty folder, or one that holds nothing but an earlier simulation."""
    if folder.exists() and not folder.is_dir():
        raise SesameError(f"{folder} is a file; give a folder", exit_code=2)
    if folder.exists() and (other := {entry.name for entry in folder.iterdir()} - ours):
        raise SesameError(
            f"{folder} holds {sorted(other)[0]}, which no simulation writes; give a folder of its "
            "own",
            exit_code=2,
        )


@contextmanager
def _working_folder(to: Path) -> Iterator[Path]:
    """A hidden folder beside the target, gone at the end; one that a kill left is taken over."""
    to.parent.mkdir(parents=True, exist_ok=True)
    work = to.parent / f".{to.name}.simulating"
    work.mkdir(exist_ok=True)
    lock = os.open(work, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SesameError(f"another simulation is writing {to}; wait for it") from None
        try:
            for left in work.iterdir():
                shutil.rmtree(left)
            for name in ("files", "truth", "spill", "people", "shops"):
                (work / name).mkdir()
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
    finally:
        os.close(lock)


class _Meter:
    """Counts what all blocks have written, and says so every few seconds."""

    EVERY_SECONDS = 5.0

    def __init__(self, report: SimulateReport, progress: Progress) -> None:
        population = report.population
        first, until = population.window
        share = min(1.0, (until - first) / (END - population.start))
        self._expected = population.consumers * population.months * ROWS_A_MONTH * share
        self._report = report
        self._progress = progress
        self._lock = threading.Lock()
        self._began = self._said = time.monotonic()
        self._introduced = 0

    def introduced(self) -> None:
        with self._lock:
            self._introduced += 1
            if self._is_time():
                blocks = len(self._report.population.blocks)
                self._progress(f"people and shops of {self._introduced} of {blocks} blocks")

    def wrote(self, name: str, written: Written) -> None:
        with self._lock:
            self._report.rows[name] += written.rows
            self._report.spoiled[name] += written.spoiled
            if not self._is_time():
                return
            rows, gone = self._report.rows.total(), self._said - self._began
            done = min(0.99, rows / self._expected)
            left = f", about {gone * (1 - done) / done:,.0f} s to go" if done > 0.02 else ""
            self._progress(f"{done:4.0%}  {rows:>13,} rows  {gone:,.0f} s{left}")

    def _is_time(self) -> bool:
        if time.monotonic() - self._said < self.EVERY_SECONDS:
            return False
        self._said = time.monotonic()
        return True


def _generate(
    population: Population, work: Path, report: SimulateReport, progress: Progress
) -> None:
    blocks = population.blocks
    progress(
        f"simulating {population.consumers:,} consumers and {population.businesses:,} businesses, "
        f"{population.months} months, in {len(blocks)} "
        + ("block" if len(blocks) == 1 else "blocks")
    )
    crew = _Crew(population, work)
    meter = _Meter(report, progress)
    # Of the people only who they are: what becomes of them matters to no other block.
    crew.each(
        blocks,
        lambda connection, block: _introduce(connection, work, block, meter),
        living="not is_consumer",
    )
    progress("everyone is there; writing what they do")

    def write(connection: duckdb.DuckDBPyConnection, block: Block) -> None:
        _write_block(connection, population, work, block, meter)

    crew.each(blocks, write)


class _Crew:
    """Works through blocks, one connection and one thread each, as many at a time as fit."""

    def __init__(self, population: Population, work: Path) -> None:
        self._population = population
        self._work = work
        self._open: set[duckdb.DuckDBPyConnection] = set()
        memory_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        self._hands = max(1, min(os.cpu_count() or 1, int(0.8 * memory_mib) // BLOCK_MEMORY_MIB))

    def each(
        self,
        blocks: list[Block],
        call: Callable[[duckdb.DuckDBPyConnection, Block], None],
        *,
        living: str = "true",
    ) -> None:
        """Call for every block, with its people and the lives of those that `living` (a condition
        on them) selects; the first failure stops all of them and is raised.
        """

        def one(block: Block) -> None:
            with duckdb.connect(":memory:") as connection:
                self._open.add(connection)
                try:
                    self._prepare(connection, block, living)
                    call(connection, block)
                finally:
                    self._open.discard(connection)

        with ThreadPoolExecutor(self._hands) as pool:
            futures = [pool.submit(one, block) for block in blocks]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                failed = next((f for f in futures if f.done() and f.exception()), None)
                if failed:
                    failed.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                # An interrupt between two statements is none: again until all have stopped.
                while not all(future.done() for future in futures):
                    for connection in list(self._open):
                        connection.interrupt()
                    wait(futures, timeout=0.1)
                raise

    def _prepare(self, connection: duckdb.DuckDBPyConnection, block: Block, living: str) -> None:
        population = self._population
        first, until = population.window
        # One thread a block: the order of rows, and so the bytes, are the same everywhere.
        connection.execute("set threads = 1")
        connection.execute(f"set memory_limit = '{BLOCK_MEMORY_MIB}MiB'")
        connection.execute(f"set temp_directory = {literal(self._work / 'spill')}")
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")  # the meter tells of all blocks
        # Rows of a file are gathered to this many (all partitions together) before a row group is
        # written; DuckDB's half a million would cut a month into crumbs.
        connection.execute("set partitioned_write_flush_threshold = 1000000")
        connection.execute("set partitioned_write_max_open_files = 1000")
        numbers = {
            "seed": population.seed,
            "months": population.months,
            "consumers": population.consumers,
            "first_consumer": block.first_consumer,
            "last_consumer": block.last_consumer,
            "first_business": block.first_business,
            "last_business": block.last_business,
        }
        for name, number in numbers.items():
            connection.execute(f"set variable {name} = {number}::bigint")
        late = timedelta(days=MOST_DAYS_LATE + 1) if population.dirt else timedelta()
        moments = {
            "start_at": population.start,
            "end_at": END,
            "from_at": first,
            "until_at": until,
            # What reaches the days asked for may have been on its way for long.
            "reach_from_at": first - late,
        }
        for name, moment in moments.items():
            connection.execute(f"set variable {name} = timestamp {literal(moment)}")
        with CONSTANTS.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                connection.execute(f"set variable {row['name']} = {float(row['value'])}::double")
        connection.execute(f"create table shocks as from read_csv({literal(SHOCKS)})")
        connection.execute(
            f"create table calendar_rules as from read_csv({literal(CALENDAR)}, "
            "types = {'first_day': 'varchar', 'last_day': 'varchar'})"
        )
        for name in ONCE:
            connection.execute((SQL / "once" / f"{name}.sql").read_text())
        connection.execute((SQL / "block" / "people.sql").read_text())
        connection.execute(f"create view living as from people where {living}")
        connection.execute((SQL / "block" / "life.sql").read_text())


def _introduce(
    connection: duckdb.DuckDBPyConnection, work: Path, block: Block, meter: _Meter
) -> None:
    """First pass: what the other blocks must know of this one's people and shops."""
    connection.execute((SQL / "block" / "shops.sql").read_text())
    for table in ("people", "shops"):
        path = work / table / f"block-{block.number:04d}.parquet"
        connection.execute(f"copy {table} to {literal(path)} (format parquet)")
    meter.introduced()


def _write_block(
    connection: duckdb.DuckDBPyConnection,
    population: Population,
    work: Path,
    block: Block,
    meter: _Meter,
) -> None:
    """Second pass: every table of the contract, and the truth."""
    for view, folder in (("everyone", "people"), ("all_shops", "shops")):
        path = literal(work / folder / "*.parquet")
        connection.execute(f"create view {view} as from read_parquet({path})")
    connection.execute((SQL / "everyone" / "shop_list.sql").read_text())
    connection.execute((SQL / "block" / "shops.sql").read_text())
    for name in BLOCK:
        connection.execute((SQL / "block" / f"{name}.sql").read_text())
    if population.is_whole:
        _write_truth(connection, work / "truth", block)
    for domain, tables in contract().items():
        for name, table in tables.items():
            if block.number == 0 or (domain, name) not in OF_NOBODY:
                written = deliver(
                    connection,
                    table,
                    files=work / "files",
                    ledger=work / "truth" / "spoiled",
                    block=block.number,
                    dirt=population.dirt,
                )
                meter.wrote(f"{domain}.{name}", written)


def _write_truth(connection: duckdb.DuckDBPyConnection, truth: Path, block: Block) -> None:
    """What no provider knows: latents, hazards, outcomes of everyone, orders that are fake."""
    for name in TRUTH:
        (truth / name).mkdir(exist_ok=True)
        path = truth / name / f"block-{block.number:04d}.parquet"
        select = (SQL / "truth" / f"{name}.sql").read_text()
        connection.execute(f"copy ({select}) to {literal(path)} (format parquet, compression zstd)")


def _fingerprint(work: Path) -> tuple[str, int]:
    """BLAKE2b over the names and bytes of raw and truth, and the size of the raw files."""
    paths = sorted(path for part in ("files", "truth") for path in (work / part).rglob("*.parquet"))

    def digest(path: Path) -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "blake2b").hexdigest()

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        lines = [
            f"{path.relative_to(work)} {sha}\n"
            for path, sha in zip(paths, pool.map(digest, paths), strict=True)
        ]
    size = sum(path.stat().st_size for path in paths if (work / "files") in path.parents)
    return hashlib.blake2b("".join(lines).encode(), digest_size=32).hexdigest(), size


def _swap(moves: dict[Path, Path], aside: Path) -> None:
    """Put finished folders in place of old ones, which come back if that fails.

    At once where the target is on the same disk; the truth may be asked for on another.
    """
    aside.mkdir()
    replaced: list[tuple[Path, Path]] = []
    placed: list[tuple[Path, Path]] = []
    try:
        for number, (new, target) in enumerate(moves.items()):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                old = aside / str(number)
                shutil.move(target, old)
                replaced.append((old, target))
            shutil.move(new, target)
            placed.append((new, target))
    except BaseException:
        for new, target in placed:
            shutil.move(target, new)
        for old, target in replaced:
            shutil.move(old, target)
        raise
