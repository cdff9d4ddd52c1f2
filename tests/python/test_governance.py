"""Score versions are decided on, never edited; what must not be scored fails the build."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from warehouses import DBT, MODELS, copy_of, fingerprints, project_copy, run_dbt

from sesame import engine, lock, model_card, versions
from sesame.cli import main
from sesame.errors import SesameError
from sesame.home import DOMAINS, PROJECT, Home

DAY = date(2026, 1, 31)
ORIGIN = dict.fromkeys(versions.rows(versions.ORIGINS)[0], "") | {
    "score_version": "v0-other",
    "learner": "expert",
    "description": "Other points, for a test",
}


def renamed(name: str, seeds: Path = versions.SEEDS) -> versions.Card:
    """The champion's card under another name."""
    card = versions.read(versions.champion(seeds), seeds)
    tables = {
        table: [{**row, "score_version": name} for row in rows]
        for table, rows in card.tables.items()
    }
    return versions.Card(name, tables)


def with_other_version(seeds: Path) -> str:
    """Add a challenger: the champion's card with half of its points."""
    name = ORIGIN["score_version"]
    tables = dict(renamed(name, seeds).tables)
    tables["bins"] = [{**row, "points": str(float(row["points"]) / 2)} for row in tables["bins"]]
    versions.add(versions.Card(name, tables), ORIGIN, seeds)
    versions.decide(
        name, "challenger", approved_by="a test", reason="to be compared", decided=DAY, seeds=seeds
    )
    return name


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the seeds, with a challenger of the champion."""
    copy = shutil.copytree(PROJECT / "seeds", tmp_path / "seeds")
    with_other_version(copy)
    return copy


def decide(version: str, status: str, seeds: Path, *, by: str = "a test", why: str = "so") -> None:
    versions.decide(version, status, approved_by=by, reason=why, decided=DAY, seeds=seeds)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# --- decisions ----------------------------------------------------------------------------------


def test_a_promotion_is_a_row_and_so_is_taking_it_back(seeds: Path) -> None:
    first, other = versions.champion(seeds), ORIGIN["score_version"]
    before = (seeds / "score_versions.csv").read_text()
    decide(other, "champion", seeds)
    assert versions.champion(seeds) == other
    assert versions.statuses(seeds)[first] == "challenger"
    decide(first, "champion", seeds, why="the other\nwas worse")
    assert versions.champion(seeds) == first
    after = (seeds / "score_versions.csv").read_text()
    assert after.startswith(before)
    assert (
        after.removeprefix(before)
        .splitlines()[1]
        .endswith(f"{first},champion,2026-01-31,a test,the other was worse")
    )


def test_what_may_not_be_decided(seeds: Path) -> None:
    first, other = versions.champion(seeds), ORIGIN["score_version"]
    before = (seeds / "score_versions.csv").read_text()
    for version, status, by, why, message in (
        ("v99", "champion", "a test", "so", f"no score version 'v99'; there are: {first}"),
        (other, "champion", " ", "so", "needs who approved it and why"),
        (other, "champion", "a test", "", "needs who approved it and why"),
        (first, "champion", "a test", "so", "is champion already"),
        (other, "challenger", "a test", "so", "is challenger already"),
        (first, "retired", "a test", "so", "make another one champion first"),
        (first, "challenger", "a test", "so", "make another one champion first"),
    ):
        with pytest.raises(SesameError) as raised:
            decide(version, status, seeds, by=by, why=why)
        assert message in str(raised.value)
        assert raised.value.exit_code == 2
    edit(seeds / "bands.csv", f"{other},D,350,550", f"{other},D,350,560")
    for status in ("champion", "retired"):
        with pytest.raises(SesameError, match="not those of its card_checksum"):
            decide(other, status, seeds)
    assert (seeds / "score_versions.csv").read_text() == before


def test_the_command_says_what_changes_and_how_to_undo_it(tmp_path: Path) -> None:
    project = project_copy(tmp_path / "project")
    first, other = versions.champion(), with_other_version(project / "seeds")

    def sesame(*arguments: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "sesame.cli", *arguments],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(project)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    why = ("--approved-by", "a committee", "--reason", "it ranks better")
    promoted = sesame("decide", other, "champion", *why)
    assert f"{other} is the champion from the next build on" in promoted
    assert f"to undo it: sesame decide {first} champion " in promoted
    retired = sesame("decide", first, "retired", *why)
    assert f"--also-score {first}" in retired
    assert f"to undo it: sesame decide {first} challenger " in retired
    assert f"next: sesame card {first}" in retired
    back = sesame("decide", first, "champion", *why)
    assert f"to undo it: sesame decide {other} champion " in back
    assert f"then: sesame decide {first} retired " in back
    sesame("decide", other, "champion", *why)
    sesame("decide", first, "retired", *why)
    listed = [line.split() for line in sesame("versions").splitlines()]
    assert [first, "retired", date.today().isoformat(), "expert", "as", "published"] in listed
    assert [other, "champion", date.today().isoformat(), "expert", "as", "published"] in listed


def test_two_decisions_at_once_are_two_rows(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is about to write: alone, the other waiting, or both, where nothing keeps them apart."""
    both, append = threading.Barrier(2), versions._append

    def pause(added: Mapping[str, Sequence[versions.Row]], seeds: Path) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=1)
        append(added, seeds)

    monkeypatch.setattr(versions, "_append", pause)
    first, other = versions.champion(seeds), ORIGIN["score_version"]
    before = versions.rows(versions.DECISIONS, seeds)
    unnumbered = {name: before[-1][name] for name in before[-1] if name != "decision_number"}
    with ThreadPoolExecutor() as pool:
        taken = [
            pool.submit(decide, other, "champion", seeds),
            pool.submit(
                versions.add_all,
                [(renamed("late", seeds), {**ORIGIN, "score_version": "late"})],
                [{**unnumbered, "score_version": "late"}],
                seeds,
            ),
        ]
        for decision in taken:
            decision.result()
    after = versions.rows(versions.DECISIONS, seeds)
    assert after[: len(before)] == before
    assert [int(row["decision_number"]) for row in after] == [*range(1, len(before) + 3)]
    assert {row["score_version"] for row in after[-2:]} == {other, "late"}
    assert versions.champion(seeds) == other != first


def test_a_build_names_only_versions_that_there_are(home: Home) -> None:
    assert main(["build", "--also-score", "v99"]) == 2


# --- the archive --------------------------------------------------------------------------------


def test_every_version_is_as_it_was_published() -> None:
    """The guard itself: a red line here is an edited version, in service or retired."""
    versions.check_archive()


@pytest.mark.parametrize("table", versions.TABLES)
def test_a_changed_or_lost_row_of_any_table_is_seen(seeds: Path, table: str) -> None:
    versions.check_archive(seeds)
    path = seeds / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    last = text.splitlines()[-1]
    path.write_text(text.replace(last, last + "1"), encoding="utf-8")
    with pytest.raises(SesameError, match=r"not those of its card_checksum|rows are gone"):
        versions.check_archive(seeds)
    path.write_text(text.removesuffix(last + "\n"), encoding="utf-8")
    with pytest.raises(SesameError, match=r"not those of its card_checksum|rows are gone"):
        versions.check_archive(seeds)


def test_a_version_without_an_origin_is_no_version(seeds: Path) -> None:
    lines = (seeds / "version_origins.csv").read_text().splitlines(keepends=True)
    (seeds / "version_origins.csv").write_text("".join(lines[:-1]))
    with pytest.raises(SesameError, match="does not say where it comes from"):
        versions.check_archive(seeds)


def test_a_column_that_joins_later_changes_no_version(seeds: Path) -> None:
    header, *rows = (seeds / "bins.csv").read_text(encoding="utf-8").splitlines()
    lines = [f"{header},joined_later", *(f"{row}," for row in rows)]
    (seeds / "bins.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    versions.check_archive(seeds)


def test_no_build_starts_on_an_edited_version(tmp_path: Path, home: Home) -> None:
    project = project_copy(tmp_path / "project")
    edit(project / "seeds/reliability.csv", "0.15,0.3,true,680", "0.15,0.3,true,700")
    for command in ([sys.executable, "-m", "sesame.cli", "build"], [str(DBT), "build"]):
        ran = subprocess.run(
            command,
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(project)},
            capture_output=True,
            text=True,
            check=False,
        )
        said = ran.stdout + ran.stderr
        assert ran.returncode, said
        assert "v0: its rows are not those of its card_checksum" in said
        assert "Traceback" not in said


def test_no_build_starts_on_what_was_edited_while_it_waited(tmp_path: Path, home: Home) -> None:
    project = project_copy(tmp_path / "project")
    held = lock.acquire(home, "a test")
    with subprocess.Popen(
        [str(DBT), "build"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as dbt:
        assert dbt.stdout is not None
        said = next(line for line in dbt.stdout if "waiting for a test" in line)
        edit(project / "seeds/reliability.csv", "0.15,0.3,true,680", "0.15,0.3,true,700")
        os.close(held)
        said += dbt.stdout.read()
    assert dbt.returncode, said
    assert "v0: its rows are not those of its card_checksum" in said


TABLES_AND_BOOKS = (*versions.TABLES, versions.ORIGINS, versions.DECISIONS)
KILLED = """
import json, os, sys
from pathlib import Path
from sesame import versions
sys.path.insert(0, sys.argv[1])
import test_governance
seeds, survived, replace = Path(sys.argv[2]), int(sys.argv[3]), Path.replace
done = []
def killed(self, target):
    if len(done) == survived:
        os.kill(os.getpid(), 9)
    done.append(target)
    return replace(self, target)
Path.replace = killed
test_governance.add_two(seeds)
"""


def add_two(seeds: Path) -> None:
    """Two versions and what was decided of them, as a training writes them."""
    decided = {"status": "challenger", "decided_date": "2026-01-31", "approved_by": "a test"}
    versions.add_all(
        [(renamed(name, seeds), {**ORIGIN, "score_version": name}) for name in ("one", "two")],
        [{**decided, "score_version": name, "reason": "so"} for name in ("one", "two")],
        seeds,
    )


@pytest.mark.parametrize("survived", range(len(TABLES_AND_BOOKS)))
def test_after_a_kill_it_is_done_again_or_says_what_to_remove(seeds: Path, survived: int) -> None:
    """Killed before the first, the second … the last of the renames that put the files in place."""
    before = {path.name: path.read_text() for path in seeds.glob("*.csv")}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(seeds), str(survived)],
        check=False,
    )
    assert killed.returncode == -9
    if survived:
        with pytest.raises(SesameError) as raised:
            add_two(seeds)
        said = str(raised.value).splitlines()
        assert len(said) == 2  # of each version
        written = ", ".join(f"{table}.csv" for table in TABLES_AND_BOOKS[:survived])
        assert all(f"remove its rows from {written}" in line for line in said)
        if survived <= len(versions.TABLES):
            there = ", ".join(f"{table}.csv" for table in versions.TABLES[:survived])
            with pytest.raises(SesameError, match=f"one: .*remove its rows from {there}"):
                versions.check_archive(seeds)
        for name in written.split(", "):
            lines = (seeds / name).read_text().splitlines(keepends=True)
            kept = [line for line in lines if not {"one", "two"} & {*line.split(",")[:2]}]
            (seeds / name).write_text("".join(kept))
    assert {path.name: path.read_text() for path in seeds.glob("*.csv")} == before
    add_two(seeds)
    versions.check_archive(seeds)
    assert list(versions.statuses(seeds))[-2:] == ["one", "two"]
    assert not list(seeds.glob("*.new"))


def test_what_cannot_be_written_changes_nothing(seeds: Path) -> None:
    before = {path.name: path.read_text() for path in seeds.glob("*.csv")}
    (seeds / "weights.csv.new").mkdir()  # as a full disk would, at the last of the tables
    with pytest.raises(SesameError, match=r"Is a directory: .*weights\.csv\.new"):
        add_two(seeds)
    (seeds / "weights.csv.new").rmdir()
    assert {path.name: path.read_text() for path in seeds.glob("*.csv")} == before
    assert not list(seeds.glob("*.new"))
    with pytest.raises(SesameError, match=r"No such file or directory: .*nowhere"):
        versions.require_free(["new"], seeds / "nowhere")


def test_a_name_that_is_in_any_table_is_taken(seeds: Path) -> None:
    edit(seeds / "bands.csv", "v0-other,D", "v0-half,D")
    with pytest.raises(SesameError, match=r"v0-half was written .* in part.* from bands\.csv"):
        versions.require_free(["v0-half"], seeds)
    with pytest.raises(SesameError, match=r"v0 is in .* already, and is never edited"):
        versions.require_free(["v0"], seeds)
    for name in ("", "a/b", "-x", "a b", "a'b"):
        with pytest.raises(SesameError, match="no name of a score version"):
            versions.require_free([name], seeds)


def test_a_training_asks_for_its_names_before_anything_else(home: Home) -> None:
    """There is no panel either, which it would say once it had asked for that."""
    from flows.train import train  # Prefect: seconds

    with pytest.raises(SesameError, match=r"v1_stumps is in .*\n.*v1_evidence is in "):
        train.fn(home, "v1", progress=print)


def test_odd_tables_are_refused_by_name_and_row(seeds: Path) -> None:
    for table in ("bins", "score_versions"):
        path = seeds / f"{table}.csv"
        text = path.read_bytes()
        path.write_bytes("\ufeff".encode() + text)  # as spreadsheets save
        versions.check_archive(seeds)
        decide(ORIGIN["score_version"], "retired", seeds)
        decide(ORIGIN["score_version"], "challenger", seeds)
        path.write_bytes(text)
        lines = text.split(b"\n")
        for odd in (lines[2] + b",more", lines[2].rpartition(b",")[0]):
            path.write_bytes(b"\n".join([*lines[:2], odd, *lines[3:]]))
            with pytest.raises(SesameError, match=rf"{table}\.csv: the row that ends in line 3 "):
                versions.check_archive(seeds)
        path.write_bytes(text + b"\xff\n")
        with pytest.raises(SesameError, match=rf"{table}\.csv cannot be read"):
            versions.check_archive(seeds)
        path.write_bytes(text)


def test_a_card_with_an_empty_table_is_no_version(seeds: Path) -> None:
    card = renamed("empty", seeds)
    without = versions.Card("empty", {**card.tables, "bands": []})
    origin = {**ORIGIN, "score_version": "empty"}
    with pytest.raises(SesameError, match=r"empty has no rows for bands\.csv"):
        versions.add(without, origin, seeds)
    versions.add(card, origin, seeds)
    path = seeds / "bands.csv"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("empty,")]
    path.write_text("\n".join(kept) + "\n")
    edit(seeds / "version_origins.csv", card.checksum(), without.checksum())
    with pytest.raises(SesameError, match=r"empty has no rows in bands\.csv"):
        decide("empty", "challenger", seeds)
    with pytest.raises(SesameError, match=r"empty: its rows are gone from bands\.csv"):
        versions.check_archive(seeds)


def test_a_reason_that_is_no_text_is_refused(seeds: Path) -> None:
    with pytest.raises(SesameError, match="no UTF-8 text"):
        decide(ORIGIN["score_version"], "retired", seeds, why=os.fsdecode(b"caf\xe9"))
    assert not list(seeds.glob("*.new"))


# --- the whole way, on the smallest population --------------------------------------------------


def test_promotion_rollback_and_archive_give_the_same_scores_to_the_bit(
    ran: tuple[Home, subprocess.CompletedProcess[str], float], tmp_path: Path
) -> None:
    """And nobody is scored by what their country forbids: half of the subjects move to one."""
    home = copy_of(ran[0], tmp_path / "home")
    with engine.connect(home, write=["identity"]) as connection:
        connection.execute(
            "update raw_identity.main.subjects set country = 'DE' where hash(subject_id) % 2 = 0"
        )
        connection.execute("checkpoint raw_identity")
    project = project_copy(tmp_path / "project")
    seeds = project / "seeds"
    first, other = versions.champion(seeds), with_other_version(seeds)

    def build(*selected: str, also_score: tuple[str, ...] = ()) -> dict[str, str]:
        variables = json.dumps({"also_score": list(also_score)})
        arguments = (*MODELS, "--select", "path:seeds", *selected, "--vars", variables)
        run_dbt(home, tmp_path / "target", *arguments, project=project)
        return fingerprints(home, ("scores", "monitoring"))

    def scores_of(version: str) -> dict[str, list[Any]]:
        """Contributions as the view has them: stored are those of the champion alone."""
        with engine.connect(home, read=["warehouse", *DOMAINS]) as connection:
            return {
                table: connection.execute(
                    f"select columns(lambda name: name <> 'is_champion') "
                    f"from warehouse.{table} where score_version = $version order by all",
                    {"version": version},
                ).fetchall()
                for table in (
                    "scores.scores",
                    "scores.factor_scores",
                    "intermediate.int_attribute_contributions",
                )
            }

    before = build("score_versions+", "int_scored_subjects+")
    archived = scores_of(first)
    assert all(archived.values())
    nobody_is_scored_by_what_is_banned(home)

    decide(other, "champion", seeds)
    promoted = build("score_versions+")
    assert promoted["scores.current_scores"] != before["scores.current_scores"]
    decide(first, "champion", seeds)
    assert build("score_versions+") == before

    decide(other, "champion", seeds)
    decide(first, "retired", seeds)
    build("score_versions+")
    assert not any(scores_of(first).values())
    build("score_versions+", also_score=(first,))
    assert scores_of(first) == archived


def nobody_is_scored_by_what_is_banned(home: Home) -> None:
    with engine.connect(home, read=["warehouse"]) as connection:
        found = connection.execute(
            """
            select
                subjects.country,
                count(distinct contributions.subject_id),
                count(attributes.attribute_name)
            from warehouse.scores.contributions
            inner join warehouse.intermediate.int_scored_subjects as subjects
                using (subject_id, as_of_date)
            left join warehouse.seeds.attributes
                on
                    contributions.item = attributes.attribute_name
                    and attributes.banned_in is not null
            where subjects.subject_kind = 'consumer'
            group by subjects.country
            """
        ).fetchall()
    scored = {country: (people, banned) for country, people, banned in found}
    assert scored["CN"][0] > 0
    assert scored["CN"][1] > 0
    assert scored["DE"][0] > 0
    assert scored["DE"][1] == 0


# --- guards of the build ------------------------------------------------------------------------


def challenger() -> str:
    """The shipped version that is scored beside the champion."""
    found = [name for name, status in versions.statuses().items() if status == "challenger"]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def guard(
    empty_build: tuple[Home, str], dbt: Any, tmp_path: Path
) -> Iterator[Callable[..., list[Any]]]:
    """guard(test, *statements): what a singular test finds after statements, which are undone."""
    home = copy_of(empty_build[0], tmp_path / "home")
    with engine.connect(home, write=["warehouse", "partners"]) as connection:

        def found(test: str, *statements: str) -> list[Any]:
            sql = (dbt.target / f"compiled/sesame/tests/singular/{test}.sql").read_text()
            connection.execute("begin")
            try:
                for statement in statements:
                    changed = connection.execute(statement).fetchone()
                    assert changed is not None
                    assert changed[0] > 0, f"changed nothing: {statement}"
                return connection.execute(sql).fetchall()
            finally:
                connection.execute("rollback")

        connection.execute("use warehouse")
        # a table in the view's place, for rows to be put into
        connection.execute("create temp table shown as from scores.contributions")
        connection.execute("drop view scores.contributions")
        connection.execute("create table scores.contributions as from shown")
        yield found


def test_an_attribute_that_shows_what_is_forbidden_fails_the_build(
    guard: Callable[..., list[Any]],
) -> None:
    test = "forbidden_inputs_are_banned"
    assert guard(test) == []
    by_name = guard(
        test,
        "update intermediate.int_cards set attribute_name = 'religion_level' "
        "where attribute_name = 'housing_level'",
        "update seeds.attributes set attribute_name = 'religion_level' "
        "where attribute_name = 'housing_level'",
    )
    assert {row[1:3] for row in by_name} == {("religion_level", "religion")}
    assert "*" in {row[3] for row in by_name}
    by_description = guard(
        test,
        "update seeds.attributes set description = 'Months, by the Sex of the holder' "
        "where attribute_name = 'account_age_months'",
    )
    assert {row[1:3] for row in by_description} == {("account_age_months", "gender")}
    for said in (
        "Share of males",
        "Share of\nMales",
        "Is it »male«?",
        "disabled|or not",
        "by_genders",
    ):
        found = guard(
            test,
            f"update seeds.attributes set description = '{said}' "
            "where attribute_name = 'account_age_months'",
        )
        assert {row[1] for row in found} == {"account_age_months"}, said
    by_category = guard(
        test,
        "update intermediate.int_card_bins set category = 'divorced_or_separated' "
        "where score_version = 'v0' and attribute_name = 'housing_level' and category = 'free'",
    )
    assert {row[1:3] for row in by_category} == {("housing_level", "marital_status")}


def test_what_one_jurisdiction_forbids_must_be_banned_there(
    guard: Callable[..., list[Any]],
) -> None:
    test = "forbidden_inputs_are_banned"
    for banned_in in (
        "null",
        "'CN'",
        "replace(banned_in, ' DE', '')",
        "replace(banned_in, ' ', '')",
    ):
        found = guard(
            test,
            f"update intermediate.int_cards set banned_in = {banned_in} "
            "where attribute_name = 'tie_age_mean_months'",
        )
        assert {row[1:3] for row in found} == {("tie_age_mean_months", "social_network")}
        if "DE" in banned_in:
            assert [row[3] for row in found] == ["DE"] * len(found)
    # More countries are no fault, wherever they stand: each must be there, not the list.
    for banned_in in ("'CN ' || banned_in || ' US'", "replace(banned_in, ' DE', ' CN DE')"):
        assert not guard(
            test,
            f"update intermediate.int_cards set banned_in = {banned_in} "
            "where attribute_name = 'tie_age_mean_months'",
        )


def test_what_the_champions_card_makes_is_on_no_card(guard: Callable[..., list[Any]]) -> None:
    test = "standings_are_on_no_card"
    assert guard(test) == []
    for name in ("ties_standing_mean", "firm_owner_standing_mean"):
        found = guard(
            test,
            f"update intermediate.int_cards set attribute_name = '{name}' "
            "where score_version = 'v0' and attribute_name = 'tie_age_mean_months'",
        )
        assert found == [("v0", name)]


def test_what_is_banned_and_scored_all_the_same_fails_the_build(
    guard: Callable[..., list[Any]],
) -> None:
    test = "banned_attributes_contribute_nothing"
    assert guard(test) == []

    measured = (
        "insert into intermediate.int_measured_subjects (subject_id, country, as_of_date) "
        "values ('a', {}, date '2024-02-01')"
    )
    scored = (
        "insert into scores.contributions "
        "(subject_id, as_of_date, score_version, item, contribution_points) "
        "values ('a', date '2024-02-01', 'v0', 'tie_age_mean_months', 1)"
    )
    banned = (
        "insert into intermediate.int_banned_attributes "
        "(subject_id, as_of_date, score_version, attribute_name) "
        "select 'a', date '2024-02-01', score_version, attribute_name "
        "from intermediate.int_cards where banned_in is not null"
    )
    assert guard(test, measured.format("'CN'"), scored) == []
    for country in ("'DE'", "'de'", "'DEU'", "'D1'", "''", "null"):
        subject = measured.format(country)
        assert guard(test, subject, banned) == [], country
        found = [row[2:] for row in guard(test, subject, banned, scored)]
        assert found == [("v0", "tie_age_mean_months")], country
        # A challenger's contributions are not stored: it is asked whether it was told of the ban.
        forgotten = (
            "delete from intermediate.int_banned_attributes "
            f"where score_version = '{challenger()}' and attribute_name = 'tie_age_mean_months'"
        )
        found = [row[2:] for row in guard(test, subject, banned, forgotten)]
        assert found == [(challenger(), "tie_age_mean_months")], country


def test_none_or_two_champions_fail_the_build(guard: Callable[..., list[Any]]) -> None:
    test = "score_versions_have_one_champion"
    assert guard(test) == []
    assert len(guard(test, "delete from intermediate.int_score_versions")) == 1
    for champion in ("true", "false"):
        change = f"update intermediate.int_score_versions set is_champion = {champion}"
        assert len(guard(test, change)) == 1
    assert len(guard(test, "delete from seeds.scales where score_version = 'v0'")) == 1


def test_categories_that_few_share_fail_the_build(guard: Callable[..., list[Any]]) -> None:
    test = "high_cardinality_is_refused"
    assert guard(test) == []
    for statement in (
        # a category per shop, postcode or employer
        "insert into intermediate.int_card_bins (score_version, attribute_name, category) "
        "select 'v0', 'housing_level', 'housing_' || chr(65 + i::integer) from range(13) as t(i)",
        # identifiers, and what was hashed of them
        "update intermediate.int_card_bins set category = 'client_20417' "
        "where score_version = 'v0' and attribute_name = 'housing_level' and category = 'free'",
        "update intermediate.int_card_bins set category = repeat('abcdef', 8) "
        "where score_version = 'v0' and attribute_name = 'housing_level' and category = 'free'",
    ):
        assert [row[1] for row in guard(test, statement)] == ["housing_level"], statement
    few = (
        "update intermediate.int_card_bins set train_count = "
        "case when category = 'free' then {} else 400 end "
        "where score_version = 'v0' and attribute_name = 'housing_level'"
    )
    assert [row[1] for row in guard(test, few.format(29))] == ["housing_level"]
    assert guard(test, few.format(30)) == []


def test_points_of_few_outcomes_fail_the_build(guard: Callable[..., list[Any]]) -> None:
    """Of a version that was fitted: an expert card, or what was kept of one, counts nobody."""
    test = "high_cardinality_is_refused"
    own = [
        "update intermediate.int_card_bins set score_version = 'v9' where score_version = 'v0'",
        "insert into seeds.version_origins (score_version, learner, base_version) "
        "values ('v9', 'weight_of_evidence', 'v0')",
    ]
    assert guard(test, *own) == []  # all of it is the base version's
    ranges = "where score_version = 'v9' and attribute_name = 'account_age_months'"
    other = (
        "where score_version = 'v9' and attribute_name = 'housing_level' and category is null "
        "and value_state = 'observed'"
    )
    uncounted = f"update intermediate.int_card_bins set points = points + 1 {ranges}"
    assert [row[1] for row in guard(test, *own, uncounted)] == ["account_age_months"]
    bins = (
        f"delete from intermediate.int_card_bins {ranges}",
        "insert into intermediate.int_card_bins (score_version, attribute_name, bin_number, "
        "value_state, points, train_count) "
        "select 'v9', 'account_age_months', i, 'observed', i, "
        "case when i = 0 then 5000 else {} end from range(300) as t(i)",
    )
    for count, refused in ((1, ["account_age_months"]), (29, ["account_age_months"]), (30, [])):
        statements = [statement.format(count) for statement in bins]
        assert [row[1] for row in guard(test, *own, *statements)] == refused, count
    for count, refused in ((1, ["housing_level"]), (29, ["housing_level"]), (30, []), (0, [])):
        few = f"update intermediate.int_card_bins set train_count = {count}, points = {{}} {other}"
        assert [row[1] for row in guard(test, *own, few.format(0.5))] == refused, count
        # what says nothing may rest on anything
        assert guard(test, *own, few.format(0)) == [], count
    # a retired version that a build asks for was judged in its day
    retired = (
        "insert into seeds.score_versions (decision_number, score_version, status) "
        "values (99, 'v9', 'retired')"
    )
    assert guard(test, *own, uncounted, retired) == []


def test_an_outcome_of_an_unwritten_definition_fails_the_build(
    guard: Callable[..., list[Any]],
) -> None:
    test = "outcomes_have_a_written_definition"
    assert guard(test) == []
    for definition, problems in (("credit_risk_bad", []), ("late_once", [("late_once",)])):
        assert problems == guard(
            test,
            "insert into raw_partners.main.outcomes select 'o', 's', 'f', "
            f"'{definition}', false, true, now(), now(), now(), 'batch', now()",
        )
    for change in (
        "is_whole_life = true, window_months = 12",
        "is_whole_life = false, window_months = null",
        "is_whole_life = false, window_months = 0",
    ):
        found = guard(
            test,
            f"update seeds.default_definitions set {change} where definition = 'credit_risk_bad'",
        )
        assert found == [("credit_risk_bad",)], change


# --- model cards --------------------------------------------------------------------------------


def without_performance(card: str) -> list[str]:
    """A card's sections but the one that depends on the warehouse at hand."""
    sections = card.split("\n## ")
    kept = [section for section in sections if not section.startswith("Performance")]
    assert len(kept) == len(sections) - 1
    return kept


@pytest.mark.parametrize("version", versions.names())
def test_the_committed_card_is_what_the_tables_say(version: str) -> None:
    path = model_card.CARDS / f"{version}.md"
    assert path.is_file(), f"run: sesame card {version}"
    committed = path.read_text(encoding="utf-8")
    written = model_card.render(version)
    assert without_performance(committed) == without_performance(written), (
        f"run: sesame card {version}"
    )


def test_every_number_of_a_card_is_the_tables(seeds: Path) -> None:
    """A version that differs in one number of each table has another card, there and only there."""
    other = with_changes(seeds, "changed")
    before = model_card.render(versions.champion(seeds), seeds=seeds).splitlines()
    after = model_card.render(other, seeds=seeds).splitlines()
    changed = [line for line in after if line not in before]
    for text in (
        "| `housing_level` | 9.5 |",  # attribute_weights
        "| D | 350 | 550 | dismal |",  # bands
        "| -7 to ",  # bins
        "interpersonal relationships, switched off",  # factors
        "| consumer | established | 3.25 | 2 |",  # profiles
        "| 0.15 | 0.3 | yes | 670 |",  # reliability
        "650 is odds of 30 to 1",  # scales
        "| fitted, expert | 0.36 | 0.24 |",  # weights
    ):
        assert any(text in line for line in changed), text


def with_changes(seeds: Path, name: str) -> str:
    tables = {table: list(rows) for table, rows in renamed(name, seeds).tables.items()}

    def change(table: str, column: str, value: str, **where: str) -> None:
        row = next(row for row in tables[table] if where.items() <= row.items())
        assert row[column] != value
        row[column] = value

    change("attribute_weights", "evidence_weight", "9.5", attribute_name="housing_level")
    change("bands", "name_en", "dismal", band="D")
    change("bins", "points", "-7")
    change("factors", "is_enabled", "false", factor="interpersonal_relationships")
    change("profiles", "calibration_intercept", "3.25")
    change("reliability", "score_cap", "670", lower_bound="0.15")
    change("scales", "base_odds", "30")
    change("weights", "weight_ratio", "0.36", factor="credit_history")
    change("weights", "basis", "fitted", factor="credit_history")
    change("weights", "weight_ratio", "0.24", factor="behaviour_preference")
    versions.add(versions.Card(name, tables), {**ORIGIN, "score_version": name}, seeds)
    return name


def test_a_card_tells_of_origin_definition_and_retirement(seeds: Path) -> None:
    version = ORIGIN["score_version"]
    edit(
        seeds / "version_origins.csv",
        f"{version},expert,,,,,,,,,,,",
        f"{version},weight_of_evidence,v0,loan_status_unpaid,200,,,,,,,2023-04-01,2023-12-31",
    )
    decide(version, "retired", seeds)
    row = ("d", "all", 1234, 9, 8, 7, 0.5, 0.4, 0.6, 0.1, None)
    measured = model_card.Measured([row], date(2023, 3, 1), date(2024, 2, 1), 2345, 1200)
    text = model_card.render(version, measured, seeds)
    assert "on outcomes of scores as of 2023-03-01 to 2024-02-01" in text
    assert "1,200 of these 2,345 outcomes are of the definition and the time of its training, " in (
        text
    )
    assert "2023-04-01 to 2023-12-31. In the warehouse that it was fitted to they are not" in text
    assert "| train count | 200 |" in text
    assert "| definition | loan_status_unpaid |" in text
    assert f"--also-score {version}" in text
    assert "| d | all | 1,234 | 9 | 8 | 7 | 0.500 (0.400–0.600) | 0.100 | – |" in text
    assert "| retired | 2026-01-31 | a test | so |" in text
    with pytest.raises(SesameError, match="no score version 'v99'"):
        model_card.render("v99", seeds=seeds)


def test_a_card_has_the_figures_of_the_warehouse(
    ran: tuple[Home, subprocess.CompletedProcess[str], float], tmp_path: Path, home: Home
) -> None:
    version = versions.champion()
    path = tmp_path / "measured.md"
    assert not model_card.write(version, ran[0], path).is_kept
    measured = path.read_text()
    assert "| 90_days_past_due_in_12_months | " in measured
    assert "on outcomes of scores as of 20" in measured
    assert "It was fitted to none of them." in measured
    fitted = model_card.write(challenger(), ran[0], tmp_path / "fitted.md").path.read_text()
    assert re.search(r"\n[\d,]+ of these [1-9][\d,]* outcomes are of the definition and", fitted)
    elsewhere = tmp_path / "unmeasured.md"
    assert not model_card.write(version, home, elsewhere).is_kept
    unmeasured = elsewhere.read_text()
    assert "Not measured" in unmeasured
    assert without_performance(measured) == without_performance(unmeasured)
    # Written again where nothing is known of it, a card keeps what was.
    assert model_card.write(version, home, path).is_kept
    assert path.read_text() == measured
    assert not model_card.write(version, home, elsewhere).is_kept
    assert elsewhere.read_text() == unmeasured


def test_the_names_in_help_and_documents_work() -> None:
    texts = [
        (PROJECT / name).read_text()
        for name in ("sesame/cli.py", "docs/governance.md", "docs/training.md")
    ]
    for text in texts:
        trained = set(re.findall(r"sesame train ([a-z]\w*)", text))
        free = [f"{name}_{learner}" for name in trained for learner in ("stumps", "evidence")]
        versions.require_free(free)
        named = set(re.findall(r"sesame (?:card|decide) ([a-z]\w*)", text))
        assert named <= {*versions.names(), *free}, named
