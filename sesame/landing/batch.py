"""Move delivered rows through the door and keep the books.

Per domain: one connection, one transaction, so that a kill leaves a batch wholly in or wholly out.
Identifiers reach the vault before the rows that point to them, in transactions of their own: a kill
in between leaves clear text that the next offering of the same rows finds in place.
"""

import hashlib
import secrets
import shutil
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from sesame import engine, raw
from sesame.contract import Table, domain_tables
from sesame.engine import literal, quote
from sesame.home import DOMAINS, Home
from sesame.keys import key_ring
from sesame.landing import files as delivered_files
from sesame.landing.consent import make_consents
from sesame.landing.files import MANIFEST, Delivered, Refused, UnreadableError, rows_sql
from sesame.landing.judge import REFUSALS, Problem, judged_sql, rejects_table
from sesame.lock import locked

# Files of one table are judged together up to this size on disk; bounds memory and spill.
CHUNK_BYTES = 512 * 1024 * 1024

# Folder of the inbox for refused files and those with quarantined rows: a folder per batch, which
# is delivered again once it is mended.
SET_ASIDE = "_set_aside"

Progress = Callable[[str], None]


@dataclass
class TableReport:
    """What became of the rows offered for one table.

    offered = landed + already_there + quarantined + refused. displaced counts rows of earlier
    batches that a conflicting row of this one replaced; they are no part of offered.
    """

    domain: str
    table: str
    offered: int = 0
    landed: int = 0
    already_there: int = 0
    quarantined: int = 0
    refused: int = 0
    displaced: int = 0


@dataclass
class LandReport:
    batch_id: str
    tables: list[TableReport] = field(default_factory=list)
    refused_files: list[Refused] = field(default_factory=list)

    def total(self, name: str) -> int:
        """Sum of one count (offered, landed, …) over the tables."""
        return sum(int(getattr(table, name)) for table in self.tables)


def land(home: Home, folder: Path, progress: Progress = lambda message: None) -> LandReport:
    """Land every file under `folder` (layout: sesame.landing.files.LAYOUT).

    Rows are known by their key, so landing the same files again changes nothing. Files in the
    warehouse's own inbox are removed once landed; those refused, or with rows in quarantine, are
    set aside there.
    Raises SesameError if the folder holds no file; a file that cannot be read is refused whole and
    listed in the report, the rest lands.
    """
    folder = folder.resolve()
    batch_id = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
    with locked(home, f"sesame land {folder.name}"):
        raw.ensure_all(home)
        with engine.connect(home) as connection:
            delivery = delivered_files.deliveries(connection, folder)
        landed_at = _next_landed_at(home)
        report = LandReport(batch_id, refused_files=list(delivery.refused))
        for refused in delivery.refused:
            progress(f"refused {refused.name}: {refused.reason}")
        inbox = home.inbox.resolve()
        done: list[Path] = []
        flawed: list[Path] = []
        for domain in DOMAINS:
            mine = [file for file in delivery.files if file.table.domain == domain]
            lost = [refused for refused in delivery.refused if refused.domain == domain]
            if mine or lost:
                batch = _Batch(home, domain, batch_id, landed_at, delivery.known_at, progress)
                batch.land(mine, lost)
                report.tables += batch.reports
                report.refused_files += batch.refused
                digests = batch.flawed_digests()
                for file in batch.done:
                    (flawed if file.digest in digests else done).append(file.path)
        if folder == inbox or inbox in folder.parents:
            flawed += [refused.path for refused in report.refused_files]
            _clear_inbox(inbox, folder, batch_id, done, flawed)
    return report


class _Batch:
    """One domain's share of a delivery."""

    def __init__(
        self,
        home: Home,
        domain: str,
        batch_id: str,
        landed_at: datetime,
        known_at: str | None,
        progress: Progress,
    ) -> None:
        self._home = home
        self._domain = domain
        self._batch_id = batch_id
        self._landed_at = landed_at
        self._known_at = known_at
        self._progress = progress
        self.done: list[Delivered] = []
        self.reports: list[TableReport] = []
        self.refused: list[Refused] = []

    def land(self, files: list[Delivered], lost: list[Refused]) -> None:
        others = {"consent", "identity"} - {self._domain}
        with engine.connect(self._home, write=[self._domain, "vault"], read=others) as connection:
            self._connection = connection
            # A cursor is a second transaction on the same databases: the vault's.
            self._vault = connection.cursor()
            self._db = engine.quote(engine.alias(self._domain)) + ".main"
            try:
                self._land_files(files, lost)
            except (duckdb.OutOfMemoryException, duckdb.InterruptException):
                raise  # says nothing about a file
            except (duckdb.Error, UnreadableError):
                # A file that breaks off while its rows are read takes the transaction with it.
                connection.execute("rollback")
                broken = self._find_unreadable(files)
                if not broken:
                    raise
                self.reports.clear()
                self._land_files([file for file in files if file not in broken], lost)
            connection.execute(f"checkpoint {engine.quote(engine.alias(self._domain))}")
            self._vault.execute("checkpoint vault")
            self._vault.close()

    def _land_files(self, files: list[Delivered], lost: list[Refused]) -> None:
        """The domain's one transaction."""
        self._execute("begin")
        raw.ensure(self._connection, self._domain)
        make_consents(self._connection, self._domain)
        by_table = defaultdict(list)
        for file in files:
            by_table[file.table.name].append(file)
        for table in domain_tables(self._domain).values():
            if by_table[table.name]:
                self._land_table(table, by_table[table.name])
                if (self._domain, table.name) == ("identity", "subjects"):
                    make_consents(self._connection, self._domain)  # with the new subjects
        for refused in lost + self.refused:
            self._execute(
                f"insert into {self._db}._refused_files values ($file, $reason, $batch)",
                file=refused.name,
                reason=refused.reason,
                batch=self._batch_id,
            )
        self._execute("commit")
        self.done = files

    def _find_unreadable(self, files: list[Delivered]) -> set[Delivered]:
        """Which files cannot be read to their end, each tried alone."""
        broken = set()
        for file in files:
            self._drop_rejects(0)
            try:
                # All values, where a mere count may be answered from a file's metadata; not into
                # a table, for which the disk may be too full.
                rows = rows_sql(file, rejects_table(0))
                self._execute(f"select bit_xor(hash(_rows)) from ({rows}) as _rows").fetchall()
                self._check_quotes(0, file)
            except (duckdb.OutOfMemoryException, duckdb.InterruptException):
                raise
            except (duckdb.Error, UnreadableError) as error:
                refused = delivered_files.refusal(file, error)
                self._progress(f"refused {refused.name}: {refused.reason}")
                self.refused.append(refused)
                broken.add(file)
        return broken

    def _check_quotes(self, index: int, file: Delivered) -> None:
        """Refuse a CSV in which a quote left open swallows the lines after it."""
        if file.format != "csv" or not self._has_rejects(index):
            return
        swallowed = self._count(
            f"select min(line) from {rejects_table(index)} "
            "where error_type in ('UNQUOTED VALUE', 'LINE SIZE OVER MAXIMUM') "
            "and contains(rtrim(csv_line, chr(10) || chr(13)), chr(10))"
        )
        if swallowed:
            raise UnreadableError(f"a quote opened in line {swallowed} swallows those after it")

    def _drop_rejects(self, index: int) -> None:
        for name in (rejects_table(index), rejects_table(index) + "_scan"):
            self._execute(f"drop table if exists {name}")

    def _execute(self, sql: str, **parameters: object) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(sql, parameters or None)

    def _count(self, sql: str) -> int:
        row = self._execute(sql).fetchone()
        assert row is not None
        return int(row[0] or 0)

    def _land_table(self, table: Table, files: list[Delivered]) -> None:
        report = TableReport(table.domain, table.name)
        self._progress(f"landing {table.domain}.{table.name} ({len(files)} files)")
        for chunk in delivered_files.chunks(files, CHUNK_BYTES):
            self._land_chunk(table, chunk, report)
        self.reports.append(report)
        self._execute(
            f"""
            insert into {self._db}._batches values (
                $batch, $table, $offered, $landed, $already_there, $quarantined, $refused,
                $displaced, $landed_at
            )
            """,
            landed_at=self._landed_at,
            batch=self._batch_id,
            table=table.name,
            offered=report.offered,
            landed=report.landed,
            already_there=report.already_there,
            quarantined=report.quarantined,
            refused=report.refused,
            displaced=report.displaced,
        )

    # Judging

    def _land_chunk(self, table: Table, files: list[Delivered], report: TableReport) -> None:
        for index, _ in enumerate(files):
            self._drop_rejects(index)
        sql, problems = judged_sql(table, files, self._known_at)
        self._execute(f"create or replace temp table judged as {sql}")
        for index, file in enumerate(files):
            self._check_quotes(index, file)
        self._forget_quarantine(table, files)
        self._quarantine_judged(table, files, problems, report)
        self._refuse(table, report)
        self._tokenise(table)
        self._settle_keys(table, files, report)
        self._insert(table, report)

    # Quarantine and refusal

    def _forget_quarantine(self, table: Table, files: list[Delivered]) -> None:
        """A file's quarantine is that of its last offering."""
        self._execute(
            f"delete from {self._db}._quarantine "
            f"where table_name = $table and list_contains($digests, file_digest)",
            table=table.name,
            digests=[file.digest for file in files],
        )

    def _quarantine_judged(
        self, table: Table, files: list[Delivered], problems: list[Problem], report: TableReport
    ) -> None:
        report.offered += self._count("select count(*) from judged")
        self._execute(
            "create or replace temp table quarantined "
            "(_file integer, _row bigint, column_name varchar, reason varchar)"
        )
        self._execute("create or replace temp table problems (code integer, c varchar, r varchar)")
        for problem in problems:
            self._execute(
                "insert into problems values ($code, $column, $reason)",
                code=problem.code,
                column=problem.column,
                reason=problem.reason,
            )
        for index, file in enumerate(files):
            self._renumber(index, file)
        self._execute("""
            insert into quarantined
            select judged._file, judged._row, problems.c, problems.r
            from judged
            inner join problems on problems.code = judged._problem
        """)
        for index, file in enumerate(files):
            if file.format == "parquet" or not self._has_rejects(index):
                continue
            # One line can have several errors; it is one row.
            self._execute(f"""
                insert into quarantined
                select
                    {index},
                    line - {_header_lines(file)},
                    any_value(coalesce(column_name, '')),
                    'unreadable line: ' || lower(any_value(error_type::varchar))
                from {rejects_table(index)}
                group by line
            """)
            report.offered += self._count(
                f"select count(distinct line) from {rejects_table(index)}"
            )
        report.quarantined += self._count("select count(*) from quarantined")
        self._record_quarantine(table, files)

    def _has_rejects(self, index: int) -> bool:
        exists = self._count(
            "select count(*) from duckdb_tables() "
            f"where table_name = {literal(rejects_table(index))}"
        )
        return bool(exists) and bool(self._count(f"select count(*) from {rejects_table(index)}"))

    def _renumber(self, index: int, file: Delivered) -> None:
        """Count the unreadable lines of a CSV into the row numbers of those after them."""
        if not self._has_rejects(index):
            return
        self._execute(f"""
            update judged set _row = _row + rejects.before
            from (
                select judged._row as _old, rejects.before
                from judged
                asof join (
                    select readable_before, max(before) as before
                    from (
                        select
                            line - {_header_lines(file)} - before as readable_before, before
                        from (
                            select line, row_number() over (order by line) as before
                            from (select distinct line from {rejects_table(index)})
                        )
                    )
                    group by readable_before
                ) as rejects on judged._row > rejects.readable_before
                where judged._file = {index}
            ) as rejects
            where judged._file = {index} and judged._row = rejects._old
        """)

    def _record_quarantine(self, table: Table, files: list[Delivered]) -> None:
        for index, file in enumerate(files):
            self._execute(
                f"""
                insert into {self._db}._quarantine
                select $table, $file, $digest, _row, column_name, reason, $batch
                from quarantined where _file = {index}
                order by _row, column_name, reason
                """,
                table=table.name,
                file=file.name,
                digest=file.digest,
                batch=self._batch_id,
            )

    def _refuse(self, table: Table, report: TableReport) -> None:
        """Count refused rows by reason; nothing of them is kept."""
        for code, reason in REFUSALS.items():
            refused = self._count(
                f"select count(*) from judged where _problem is null and _refusal = {code}"
            )
            if not refused:
                continue
            report.refused += refused
            self._execute(
                f"""
                insert into {self._db}._refusals values ($batch, $table, $reason, $refused)
                on conflict do update set refused = refused + excluded.refused
                """,
                batch=self._batch_id,
                table=table.name,
                reason=reason,
                refused=refused,
            )

    # Tokens

    def _tokenise(self, table: Table) -> None:
        """Temporary view or table `accepted`: sound, consented rows, identifiers as tokens."""
        columns = [
            f"judged.{quote(column.delivered_as)} as {quote(column.name)}"
            for column in table.columns
            if not column.identifier
        ]
        joins = []
        for number, column in enumerate(table.identifiers):
            assert column.identifier is not None
            self._make_tokens(table, column.delivered_as, column.identifier, number)
            joins.append(
                f"left join tokens_{number} "
                f"on tokens_{number}.value = judged.{quote(column.delivered_as)}"
            )
            columns.append(f"tokens_{number}.token as {quote(column.name)}")
        kind = "table" if joins else "view"
        other = "view" if joins else "table"
        self._drop("accepted", other)
        self._execute(
            f"create or replace temp {kind} accepted as "
            f"select {', '.join(columns)}, judged._file, judged._row "
            f"from judged {' '.join(joins)} "
            "where judged._problem is null and judged._refusal is null"
        )

    def _drop(self, name: str, kind: str) -> None:
        exists = self._count(
            f"select count(*) from duckdb_{kind}s() "
            f"where {kind}_name = {literal(name)} and temporary"
        )
        if exists:
            self._execute(f"drop {kind} {name}")

    def _make_tokens(self, table: Table, delivered_as: str, identifier: str, number: int) -> None:
        """Table `tokens_<number>` (value, token) of distinct values, also kept in the vault.

        token = hex(HMAC-SHA256(token key, identifier kind ':' value)): equal values of one kind
        meet, values of different kinds never do.
        """
        inner, outer = _hmac_pads(key_ring(self._home).key("token"))
        value = f"judged.{quote(delivered_as)}"
        accepted = "judged._problem is null and judged._refusal is null"
        self._execute(
            f"""
            create or replace temp table tokens_{number} as
            select
                value,
                sha256($outer || unhex(sha256($inner || encode($kind || ':' || value)))) as token
            from (select distinct {value} as value from judged where {accepted})
            where value is not null
            """,
            inner=inner,
            outer=outer,
            kind=identifier,
        )
        subject = table.subjects[0].delivered_as
        # As a frame: the vault's transaction is another one and cannot see temporary tables.
        pending = self._execute(
            f"""
            select distinct judged.{quote(subject)} as subject_id, tokens.token, tokens.value
            from judged
            inner join tokens_{number} as tokens on tokens.value = {value}
            where {accepted}
            """
        ).df()
        self._vault.register("pending", pending)
        self._vault.execute(
            f"""
            insert into vault.main.identifiers
            select subject_id, {literal(identifier)}, token, value from pending
            anti join (
                select subject_id, token from vault.main.identifiers
                where kind = {literal(identifier)}
            ) as held using (subject_id, token)
            """
        )
        self._vault.unregister("pending")

    # Keys

    def _settle_keys(self, table: Table, files: list[Delivered], report: TableReport) -> None:
        """Decide among rows of one key, in the chunk and landed before.

        Fills `dropped` (_file, _row): accepted rows not to insert. Rows equal in all but known_at
        are one row, known since the first of them. Of rows that differ the one known first wins,
        at equal known_at the one whose content hashes lowest, so that no order of delivery
        matters; the losers go to quarantine.
        """
        key = quote(table.key.name)
        target = f"{self._db}.{quote(table.name)}"
        self._execute("create or replace temp table dropped (_file integer, _row bigint)")
        self._execute(
            f"create or replace temp table contested as "
            f"select {key} as key from accepted group by {key} having count(*) > 1"
        )
        if self._count(f"select count(*) from (select 1 from {target} limit 1)"):
            self._execute(
                f"insert into contested select {key} from accepted "
                f"semi join {target} using ({key}) "
                f"anti join contested on contested.key = accepted.{key}"
            )
        if not self._count("select count(*) from contested"):
            return
        names = [quote(column.name) for column in table.columns]
        content = ", ".join(
            f"coalesce({name}::varchar, chr(0))" for name in names if name != quote("known_at")
        )
        self._execute(f"""
            create or replace temp table ranked as
            with pool as (
                select {", ".join(names)}, _file, _row from accepted
                where {key} in (select key from contested)
                union all
                select {", ".join(names)}, null, null from {target}
                where {key} in (select key from contested)
            ),
            hashed as (
                select
                    {key} as key, known_at, _file, _row,
                    md5(concat_ws(chr(31), {content})) as content_hash
                from pool
            )
            select
                *,
                first(content_hash) over (partition by key order by known_at, content_hash)
                    as winner_hash,
                row_number() over (
                    partition by key
                    -- among equal rows, the one that is there already
                    order by known_at, content_hash, _file nulls first, _row
                ) as place
            from hashed
        """)
        self._execute(
            "insert into dropped select _file, _row from ranked "
            "where place > 1 and _file is not null"
        )
        report.already_there += self._count(
            "select count(*) from ranked "
            "where place > 1 and _file is not null and content_hash = winner_hash"
        )
        lost = "place > 1 and content_hash <> winner_hash"
        reason = "differs from the row of the same key that was known first"
        self._execute(
            f"create or replace temp table quarantined as "
            f"select _file, _row, {literal(table.key.delivered_as)} as column_name, "
            f"{literal(reason)} as reason from ranked where {lost} and _file is not null"
        )
        report.quarantined += self._count("select count(*) from quarantined")
        self._record_quarantine(table, files)
        displaced = self._count("select count(*) from ranked where place > 1 and _file is null")
        if displaced:
            report.displaced += displaced
            self._execute(
                f"""
                insert into {self._db}._quarantine
                select
                    $table, 'batch ' || target._batch_id, '', 0, $key,
                    'displaced by a row of the same key that was known first', $batch
                from {target} as target
                inner join ranked on ranked.key = target.{key}
                where ranked._file is null and {lost}
                """,
                table=table.name,
                key=table.key.delivered_as,
                batch=self._batch_id,
            )
            gone = f"{key} in (select key from ranked where place > 1 and _file is null)"
            for name in (*(column.name for column in table.subjects), *table.shops):
                self._execute(
                    f"""
                    insert into {self._db}._removed
                    select $table, {quote(name)}, {quote(table.event_at)}, $landed_at
                    from {target} where {gone} and {quote(name)} is not null
                    """,
                    table=table.name,
                    landed_at=self._landed_at,
                )
            self._execute(f"delete from {target} where {gone}")

    def _insert(self, table: Table, report: TableReport) -> None:
        names = ", ".join(quote(column.name) for column in table.columns)
        anti = ""
        if self._count("select count(*) from dropped"):
            anti = "anti join dropped using (_file, _row)"
        row = self._execute(
            f"insert into {self._db}.{quote(table.name)} ({names}, _batch_id, _landed_at) "
            f"select {names}, {literal(self._batch_id)}, $landed_at from accepted {anti}",
            landed_at=self._landed_at,
        ).fetchone()
        assert row is not None
        report.landed += int(row[0])

    def flawed_digests(self) -> set[str]:
        """Files of which rows are in quarantine."""
        with engine.connect(self._home, read=[self._domain]) as connection:
            digests = connection.execute(
                f"select distinct file_digest from {self._db}._quarantine"
            ).fetchall()
        return {digest for (digest,) in digests}


def _next_landed_at(home: Home) -> datetime:
    """Now, UTC, but after every batch before, whatever the clock says.

    Incremental models ask for what was landed since they were last built.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    with engine.connect(home, read=DOMAINS) as connection:
        batches = " union all ".join(
            f"select landed_at from {quote(engine.alias(domain))}.main._batches"
            for domain in DOMAINS
        )
        row = connection.execute(f"select max(landed_at) from ({batches})").fetchone()
    assert row is not None
    return now if row[0] is None else max(now, row[0] + timedelta(microseconds=1))


def _clear_inbox(
    inbox: Path, folder: Path, batch_id: str, landed: list[Path], flawed: list[Path]
) -> None:
    """Remove files that have landed; flawed ones are set aside, with the manifest, to be mended."""
    aside = inbox / SET_ASIDE / f"{folder.name}-{batch_id}"
    manifest = folder / MANIFEST
    for path in flawed:
        target = aside / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    if flawed and manifest.exists():
        shutil.copy(manifest, aside)
    for path in landed:
        path.unlink()
    if not delivered_files.delivered_paths(folder):
        manifest.unlink(missing_ok=True)
    folders = [path for path in folder.rglob("*") if path.is_dir()] + [folder] * (folder != inbox)
    for path in sorted(folders, reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _header_lines(file: Delivered) -> int:
    return 1 if file.format == "csv" else 0


def _hmac_pads(key: str) -> tuple[bytes, bytes]:
    """The inner and outer padded keys of HMAC-SHA256 (RFC 2104)."""
    block = hashlib.sha256().block_size
    padded = bytes.fromhex(key).ljust(block, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)
