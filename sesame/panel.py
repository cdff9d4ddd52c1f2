"""A training panel: pairs of a subject and a date that a build scores beside the official ones."""

from pathlib import Path

import duckdb

from sesame import engine, raw
from sesame.errors import SesameError
from sesame.home import Home
from sesame.lock import locked

COLUMNS = ("subject_id", "as_of_date")
# What dbt's var `panel` is to be after `load`.
RELATION = "warehouse.panels.panel"

_SHOWN = 5  # problems told of a file that has more

_READ = """
create temporary table delivered as
select
    row_number() over () as row_number,
    subject_id,
    try_cast(as_of_date as date) as as_of_date
from read_csv(
    $path, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
    nullstr = '', columns = {names}
)
"""

_PROBLEMS = """
select
    delivered.row_number,
    case when delivered.as_of_date is null then 'as_of_date' else 'subject_id' end,
    case
        when delivered.as_of_date is null then 'is no date (expected YYYY-MM-DD)'
        when subjects.subject_id is null then 'names nobody whom the warehouse holds'
        else 'names somebody who was not known before that as_of_date'
    end
from delivered
left join raw_identity.main.subjects using (subject_id)
where
    delivered.as_of_date is null
    or subjects.subject_id is null
    or greatest(subjects.registered_at, subjects.known_at)::date >= delivered.as_of_date
order by delivered.row_number
"""

_STORE = """
create schema if not exists warehouse.panels;
create or replace table warehouse.panels.panel as
select distinct subject_id, as_of_date from delivered;
comment on table warehouse.panels.panel is 'The training panel that was loaded last.';
comment on column warehouse.panels.panel.subject_id is 'Subject to be scored.';
comment on column warehouse.panels.panel.as_of_date is 'Date as of which it is to be scored.';
"""


def load(home: Home, path: Path) -> str:
    """Load a CSV file of `subject_id,as_of_date` (dates as YYYY-MM-DD) in place of the last panel.

    Returns the name of the table that holds it. Raises SesameError naming file, row (from 1, the
    header not counted) and column of the first pairs that cannot be scored; none is loaded then.
    """
    header = _header(path)
    if sorted(header) != sorted(COLUMNS):
        raise SesameError(
            f"{path}: its first line must be {','.join(COLUMNS)!r} and nothing else", exit_code=2
        )
    names = "{" + ", ".join(f"{engine.literal(name)}: 'VARCHAR'" for name in header) + "}"
    with locked(home, "sesame panel"):
        raw.ensure_all(home)
        with engine.connect(home, write=["warehouse"], read=["identity"]) as connection:
            connection.execute("set preserve_insertion_order = true")  # a row's number is its place
            try:
                connection.execute(_READ.format(names=names), {"path": str(path)})
            except duckdb.Error as error:
                reason = str(error).splitlines()[0]
                raise SesameError(f"{path} cannot be read: {reason}", exit_code=2) from None
            problems = connection.execute(_PROBLEMS).fetchall()
            if problems:
                shown = [
                    f"{path}, row {row}, column {column}: {problem}"
                    for row, column, problem in problems[:_SHOWN]
                ]
                if len(problems) > _SHOWN:
                    shown.append(f"and {len(problems) - _SHOWN} more rows")
                raise SesameError("\n  ".join(shown), exit_code=2)
            connection.execute(_STORE)
            connection.execute("checkpoint warehouse")
    return RELATION


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return [name.strip().strip('"') for name in file.readline().split(",")]
    except (OSError, UnicodeDecodeError) as error:
        raise SesameError(f"{path} cannot be read: {error}", exit_code=2) from None
