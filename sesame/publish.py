"""Published generations: what BI tools read while the next build runs.

serving/generation-<UTC time>.duckdb  an encrypted copy of the marts, never written again
serving/current.duckdb                a link to the one in force

A generation is built under another name, checkpointed and on the disk before the link flips to it
in one rename, so that a reader opens either the old or the new one, both whole. A generation is
removed by unlinking: on Linux a reader that has it open reads on until it closes it.
"""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from sesame import engine, lock, verdict
from sesame.errors import SesameError
from sesame.home import Home
from sesame.keys import key_ring

SCHEMAS = ("factors", "scores", "monitoring")  # the marts' schemas in the warehouse
KEPT = 3

_PREFIX = "generation-"
_NAME = _PREFIX + "%Y%m%dT%H%M%S%fZ.duckdb"
_BUILDING = "building-"

_SERVING_INFO = """
create table serving.main.serving_info as
select
    $generation as generation,
    $published_at::timestamp as published_at,
    (
        select max(as_of_date) from warehouse.scores.scores where is_official
    ) as as_of_date,
    (
        select coalesce(list(distinct score_version order by score_version), [])
        from serving.scores.scores
    ) as score_versions,
    $audit_id as audit_id
"""

_SERVING_INFO_COMMENTS = """
comment on table serving.main.serving_info is 'Where this copy comes from: one row.';
comment on column serving.main.serving_info.generation is 'Name of this generation''s file.';
comment on column serving.main.serving_info.published_at is 'When it was published (UTC).';
comment on column serving.main.serving_info.as_of_date is
'Date of the latest official scores: they use what was known before it. Null in an empty copy.';
comment on column serving.main.serving_info.score_versions is
'The champion: the version whose scores are in it. Figures of monitoring are of challengers too.';
comment on column serving.main.serving_info.audit_id is 'The audit that let it pass.';
"""


@dataclass(frozen=True)
class Generation:
    """One generation on the disk.

    is_current: BI tools open it. is_withdrawn: newer than the current one, so rolled back; it is
    never returned to, and the next publish removes it.
    """

    name: str
    path: Path
    is_current: bool
    is_withdrawn: bool


@dataclass(frozen=True)
class PublishReport:
    """generation: file name. rows: `schema.table` -> rows copied. seconds: wall clock."""

    generation: str
    rows: dict[str, int]
    audit_id: str
    removed: tuple[str, ...]
    seconds: float


def link(home: Home) -> Path:
    """What BI tools open."""
    return home.serving / "current.duckdb"


def generations(home: Home) -> list[Generation]:
    """The generations on the disk, newest first; empty before the first publish."""
    current = _current(home)
    names = sorted((path.name for path in home.serving.glob(f"{_PREFIX}*.duckdb")), reverse=True)
    return [
        Generation(
            name=name,
            path=home.serving / name,
            is_current=name == current,
            # Names sort by time. Without a link the first publish never finished its flip.
            is_withdrawn=current is None or name > current,
        )
        for name in names
    ]


def publish(home: Home) -> PublishReport:
    """Copy the audited marts into a new generation and flip the link to it.

    Raises SesameError, and leaves the current generation in force, unless exactly the present
    state of the warehouse has passed its audit.
    """
    started = time.monotonic()
    with lock.locked(home, "sesame publish"):
        audited = verdict.require(home, "warehouse")
        removed = _clear(home)
        name = _next_name(home)
        building = home.serving / (_BUILDING + name)
        try:
            rows = _copy(home, building, name, audited.audit_id)
            _sync(building)
            building.rename(home.serving / name)
        except BaseException:
            _clear(home)
            raise
        _flip(home, name)
        removed += _retire(home)
    return PublishReport(
        generation=name,
        rows=rows,
        audit_id=audited.audit_id,
        removed=tuple(removed),
        seconds=time.monotonic() - started,
    )


def rollback(home: Home) -> str:
    """Flip the link to the generation before the current one and return that one's name.

    Repeated, it goes further back. Raises SesameError if nothing older is left.
    """
    with lock.locked(home, "sesame rollback"):
        older = [
            generation
            for generation in generations(home)
            if not generation.is_current and not generation.is_withdrawn
        ]
        if not older:
            raise SesameError(
                f"nothing to roll back to: {home.serving} holds no generation older than the "
                "current one; build and publish a corrected one with: sesame run"
            )
        _flip(home, older[0].name)
        return older[0].name


def _current(home: Home) -> str | None:
    """File name of the generation in force; a link that leads nowhere counts as none."""
    current = link(home)
    return current.readlink().name if current.is_symlink() and current.exists() else None


def _next_name(home: Home) -> str:
    """A name later than all others, even where the clock has been set back."""
    now = datetime.now(UTC)
    if there := generations(home):
        latest = datetime.strptime(there[0].name, _NAME).replace(tzinfo=UTC)
        now = max(now, latest + timedelta(microseconds=1))
    return now.strftime(_NAME)


def _copy(home: Home, path: Path, generation: str, audit_id: str) -> dict[str, int]:
    """Copy the marts into a new encrypted file at `path`; returns rows per table."""
    with engine.connect(home, read=["warehouse"]) as connection:
        key = key_ring(home).key("serving")
        connection.execute(
            f"attach {engine.literal(path)} as serving (encryption_key $key)", {"key": key}
        )
        rows = {}
        connection.execute("begin")
        for schema in SCHEMAS:
            connection.execute(f"create schema serving.{engine.quote(schema)}")
        marts = _marts(connection)
        if ("scores", "scores") not in {(schema, table) for schema, table, _ in marts}:
            raise SesameError(
                f"nothing published: {home.database('warehouse')} has no table scores.scores; "
                "build first: sesame build"
            )
        for schema, table, definition in marts:
            source = f"{engine.quote(schema)}.{engine.quote(table)}"
            if definition is None:  # a view: what it shows now, without what it reads
                connection.execute(
                    f"create table serving.{source} as from warehouse.{source} limit 0"
                )
            else:
                # dbt's own statement, with primary key, not null and checks.
                connection.execute("use serving")
                connection.execute(definition)
                connection.execute("use memory")
            inserted = connection.execute(
                f"insert into serving.{source} from warehouse.{source} "
                + _shown(connection, schema, table)
            ).fetchone()
            rows[f"{schema}.{table}"] = int(inserted[0]) if inserted else 0
        for statement in _comments(connection):
            connection.execute(statement)
        connection.execute(
            _SERVING_INFO,
            {
                "generation": generation,
                "published_at": datetime.strptime(generation, _NAME),
                "audit_id": audit_id,
            },
        )
        connection.execute(_SERVING_INFO_COMMENTS)
        connection.execute("commit")
        connection.execute("checkpoint serving")
        connection.execute("detach serving")
    if path.with_name(path.name + ".wal").exists():
        raise SesameError(f"{path} was not checkpointed: its write-ahead log is still there")
    return rows


def _shown(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    """The join that leaves the rows which readers may see."""
    if schema == "factors":  # nothing of who is measured for the standing of others only
        return "semi join warehouse.scores.scores using (subject_id, as_of_date)"
    columns = connection.execute(
        """
        select column_name
        from duckdb_columns()
        where
            database_name = 'warehouse'
            and schema_name = $schema
            and table_name = $table
        """,
        {"schema": schema, "table": table},
    ).fetchall()
    if {("subject_id",), ("score_version",)} <= set(columns):
        # What a challenger says of a person is on trial: nobody may decide by it.
        return (
            "semi join (from warehouse.intermediate.int_score_versions where is_champion) "
            "using (score_version)"
        )
    return ""


def _marts(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str | None]]:
    """The marts: schema, name, and the statement that made it (null for a view).

    Names with `__dbt_` are what a build that was killed left behind.
    """
    return connection.execute(
        """
        select schema_name, table_name, sql
        from duckdb_tables()
        where
            database_name = 'warehouse'
            and list_contains($schemas, schema_name)
            and not contains(table_name, '__dbt_')
        union all
        select schema_name, view_name, null
        from duckdb_views()
        where
            database_name = 'warehouse'
            and list_contains($schemas, schema_name)
            and not contains(view_name, '__dbt_')
        order by 1, 2
        """,
        {"schemas": list(SCHEMAS)},
    ).fetchall()


def _comments(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Statements that give the copy the warehouse's descriptions."""
    described = connection.execute(
        """
        with warehouse_comments as (
            select schema_name, table_name, null as column_name, comment
            from duckdb_tables()
            where database_name = 'warehouse'
            union all
            select schema_name, view_name, null, comment
            from duckdb_views()
            where database_name = 'warehouse'
            union all
            select schema_name, table_name, column_name, comment
            from duckdb_columns()
            where database_name = 'warehouse'
        )

        select warehouse_comments.*
        from warehouse_comments
        inner join duckdb_tables() as copies
            on
                copies.database_name = 'serving'
                and warehouse_comments.schema_name = copies.schema_name
                and warehouse_comments.table_name = copies.table_name
        where warehouse_comments.comment is not null
        """
    ).fetchall()
    statements = []
    for schema, table, column, comment in described:
        name = f"serving.{engine.quote(schema)}.{engine.quote(table)}"
        target = f"table {name}" if column is None else f"column {name}.{engine.quote(column)}"
        statements.append(f"comment on {target} is {engine.literal(comment)}")
    return statements


def _sync(path: Path) -> None:
    """Have the disk hold the file's (or folder's) contents before anything points to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flip(home: Home, name: str) -> None:
    """Point the link to a generation, in one rename."""
    _sync(home.serving)
    temporary = home.serving / "next.duckdb"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(name)  # relative: the folder can be moved as a whole
    temporary.replace(link(home))
    _sync(home.serving)


def _clear(home: Home) -> list[str]:
    """Remove what a crash or a rollback left; returns the names of rolled-back generations."""
    for path in home.serving.glob(f"{_BUILDING}*"):
        path.unlink()
    withdrawn = [generation for generation in generations(home) if generation.is_withdrawn]
    for generation in withdrawn:
        generation.path.unlink()
    return [generation.name for generation in withdrawn]


def _retire(home: Home) -> list[str]:
    """Remove all but the newest generations; returns their names."""
    old = generations(home)[KEPT:]
    for generation in old:
        generation.path.unlink()
    return [generation.name for generation in old]
