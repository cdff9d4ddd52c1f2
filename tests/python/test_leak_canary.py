"""Point in time: deleting the future, on either clock, changes no byte of a mart as of today.

The canary builds the marts as of a day from raw rows with a future and from the same without it.
Twins of the project with a leak of one clock each show that it would sing.
"""

import json
import subprocess
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from warehouses import MODELS, copy_of, fingerprints, project_copy, run_dbt

from sesame import engine
from sesame.contract import domain_tables
from sesame.engine import quote
from sesame.home import DOMAINS, PROJECT, Home

MID_MONTH, MONTH_START = date(2024, 10, 17), date(2024, 11, 1)
# Which rows are the future of a day, by the clock that says so.
FUTURES = {
    "event": "{event_at} >= $day",
    "known": "known_at >= $day",
    "both": "{event_at} >= $day or known_at >= $day",
}
# Monitoring is left out: it compares scores with outcomes, which are later by design.
MARTS = ("factors", "scores")
SELECTED = ("--select", "+path:models/marts/factors", "+path:models/marts/scores")
KNOWN_BEFORE = "macros/expressions/known_before.sql"
# Event times that are a month's first day.
MONTHS = ("covered_at", "month_at")
# Where a twin says `<=` in place of `<`: a leak of a single day. (Without the line altogether the
# marts' own check constraints refuse the build: something happened minus one month ago.)
LEAKS = {"event": "{{ rollup }}.event_date <", "known": "{{ rollup }}.known_date <"}


class Worlds:
    """Warehouses that differ in the future of a day: `whole`, and without what FUTURES name."""

    def __init__(self, landed: Home, folder: Path, day: date) -> None:
        self.day = day
        self.folder = folder
        self.whole = copy_of(landed, folder / "whole")
        _foretell(self.whole, day)
        self._without: dict[str, Home] = {}

    def without(self, future: str) -> Home:
        if future not in self._without:
            home = copy_of(self.whole, self.folder / f"without-{future}")
            _delete(home, self.day, future)
            self._without[future] = home
        return self._without[future]

    def marts(self, home: Home, project: Path = PROJECT) -> dict[str, str]:
        """Fingerprints of the marts as of the day, built from the raw rows alone."""
        run_dbt(
            home,
            self.folder / f"target-{project.name}",
            *(*MODELS, *SELECTED, "--full-refresh"),
            *("--vars", json.dumps({"as_of": [self.day.isoformat()]})),
            project=project,
        )
        return fingerprints(home, MARTS)


def _foretell(home: Home, day: date) -> None:
    """Add rows at the edges: known before the day but of it or later, and the other way round.

    The simulator's providers know nothing in advance; the door lets a row pass that says so.
    """
    for domain in DOMAINS:
        with engine.connect(home, write=[domain]) as connection:
            for table in domain_tables(domain).values():
                name = f"raw_{domain}.main.{quote(table.name)}"
                key, event_at = quote(table.key.name), quote(table.event_at)
                later, before = "$day + to_days(n % 3)", "$day - interval 1 second"
                events = later, before
                if table.event_at in MONTHS:
                    month = "date_trunc('month', $day - interval 1 day)"
                    events = f"{month} + interval 1 month", month
                for suffix, event, known in (
                    ("announced", events[0], before),
                    ("learnt", events[1], later),
                ):
                    if suffix == "announced" and table.settled_at:
                        continue  # what tells of an end is known after it
                    connection.execute(
                        f"""
                        insert into {name}
                        select * exclude (n) replace (
                            {key} || ':{suffix}' as {key},
                            {event} as {event_at},
                            {known} as known_at
                        )
                        from (
                            select *, row_number() over (order by {key}) as n from {name}
                            where not contains({key}, ':')
                        )
                        where n % 10 = 0 or n < 10
                        """,
                        {"day": day},
                    )
            connection.execute(f"checkpoint {engine.alias(domain)}")


def _delete(home: Home, day: date, future: str) -> None:
    for domain in DOMAINS:
        with engine.connect(home, write=[domain]) as connection:
            for table in domain_tables(domain).values():
                condition = FUTURES[future].format(event_at=quote(table.event_at))
                deleted = connection.execute(
                    f"delete from raw_{domain}.main.{quote(table.name)} where {condition}",
                    {"day": day},
                ).fetchone()
                assert deleted is not None
                assert deleted[0] > 0, f"{domain}.{table.name} has no such future to delete"
            connection.execute(f"checkpoint {engine.alias(domain)}")


@pytest.fixture(scope="module")
def worlds(
    ran: tuple[Home, subprocess.CompletedProcess[str], float],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[date], Worlds]:
    return cache(lambda day: Worlds(ran[0], tmp_path_factory.mktemp("canary"), day))


@pytest.mark.parametrize("day", [MID_MONTH, MONTH_START], ids=str)
def test_deleting_the_future_changes_no_byte(worlds: Callable[[date], Worlds], day: date) -> None:
    there = worlds(day)
    today = there.marts(there.whole)
    empty = [name for name, found in today.items() if found.startswith("0 ")]
    assert not empty, "nothing is as of the day in these marts, so that no future could change them"
    for future in FUTURES:
        assert there.marts(there.without(future)) == today, f"without the {future}-clock future"


@pytest.mark.parametrize("clock", LEAKS)
def test_the_canary_catches_a_twin_that_leaks(worlds: Callable[[date], Worlds], clock: str) -> None:
    there = worlds(MID_MONTH)
    project = project_copy(there.folder / f"leaks-{clock}")
    macro = project / KNOWN_BEFORE
    text = macro.read_text()
    assert LEAKS[clock] in text
    macro.write_text(text.replace(LEAKS[clock], LEAKS[clock] + "="))
    with_future = there.marts(there.whole, project)
    assert there.marts(there.without(clock), project) != with_future
