"""Any date, several at once, and training panels: each pair scored as if it were alone."""

import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from warehouses import copy_of

from sesame import engine
from sesame.build import build
from sesame.cli import main
from sesame.errors import SesameError
from sesame.home import Home

EARLY, LATE = date(2024, 8, 31), date(2024, 11, 15)
# Marts of one row or more per subject and as-of date.
MARTS = [
    *(
        f"factors.{kind}_{factor}"
        for kind in ("consumer", "business")
        for factor in (
            "credit_history",
            "behaviour_preference",
            "fulfilment_capacity",
            "personal_characteristics",
            "interpersonal_relationships",
        )
    ),
    *("scores.scores", "scores.factor_scores", "scores.contributions", "scores.reasons"),
]


@pytest.fixture(scope="module")
def landed(
    ran: tuple[Home, subprocess.CompletedProcess[str], float],
    tmp_path_factory: pytest.TempPathFactory,
) -> Home:
    """A copy of the smallest population's warehouse, to build as of other days."""
    return copy_of(ran[0], tmp_path_factory.mktemp("as_of"))


def rows(home: Home, day: date, subjects: Sequence[str] | None = None) -> dict[str, list[str]]:
    """Each mart's rows as of a day, of everybody or of some; whether they are official aside."""
    found = {}
    with engine.connect(home, read=["warehouse"]) as connection:
        for mart in MARTS:
            columns = "columns(lambda name: name <> 'is_official')"
            relation = connection.sql(
                f"select {columns} from warehouse.{mart} where as_of_date = $day "
                "and ($subjects is null or list_contains($subjects, subject_id))",
                params={"day": day, "subjects": subjects},
            )
            found[mart] = sorted(str(row) for row in relation.fetchall())
    return found


def panel_file(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["subject_id,as_of_date", *lines]) + "\n")
    return path


def test_each_date_and_each_pair_of_a_panel_is_scored_as_if_alone(
    landed: Home, tmp_path: Path
) -> None:
    build(landed, as_of=[EARLY, LATE])
    late = rows(landed, LATE)
    assert all(late.values())
    with engine.connect(landed, read=["warehouse"]) as connection:
        subjects = [
            str(subject)
            for (subject,) in connection.execute(
                "select subject_id from warehouse.scores.scores where as_of_date = $day "
                "order by hash(subject_id) limit 100",
                {"day": EARLY},
            ).fetchall()
        ]
    early = rows(landed, EARLY, subjects)
    assert all(early.values())

    panel = panel_file(tmp_path / "panel.csv", *(f"{subject},{EARLY}" for subject in subjects))
    build(landed, as_of=[LATE], panel=panel)
    assert rows(landed, LATE) == late
    assert rows(landed, EARLY, subjects) == early
    with engine.connect(landed, read=["warehouse"]) as connection:
        assert connection.execute(
            "select distinct as_of_date from warehouse.scores.scores where is_official"
        ).fetchall() == [(LATE,)]


def test_a_panel_says_which_row_cannot_be_scored_and_why(landed: Home, tmp_path: Path) -> None:
    with engine.connect(landed, read=["identity"]) as connection:
        found = connection.execute(
            "select subject_id, greatest(registered_at, known_at)::date "
            "from raw_identity.main.subjects order by all limit 1"
        ).fetchone()
    assert found is not None
    subject, known = found
    panel = panel_file(
        tmp_path / "panel.csv",
        f"{subject},{EARLY}",
        f"{subject},2024-02-30",
        f"nobody,{EARLY}",
        f"{subject},{known}",
        f",{EARLY}",
    )
    with pytest.raises(SesameError) as raised:
        build(landed, panel=panel)
    message = str(raised.value)
    assert raised.value.exit_code == 2
    assert f"{panel}, row 2, column as_of_date: is no date" in message
    assert f"{panel}, row 3, column subject_id: names nobody" in message
    assert f"{panel}, row 4, column subject_id: names somebody who was not known" in message
    assert f"{panel}, row 5, column subject_id: names nobody" in message
    assert "row 1," not in message
    assert subject not in message


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("subject,as_of_date\na,2024-01-01\n", "its first line must be"),
        ("subject_id,as_of_date\na\n", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_panel_is_refused(
    home: Home, tmp_path: Path, text: str | None, problem: str
) -> None:
    path = tmp_path / "panel.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SesameError, match=problem) as raised:
        build(home, panel=path)
    assert str(path) in str(raised.value)


def test_the_command_takes_several_dates(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, object] = {}

    def remember(_: Home, **arguments: object) -> None:
        asked.update(arguments)
        raise SesameError("seen")

    monkeypatch.setattr("sesame.build.build", remember)
    assert main(["build", "--as-of", "2024-01-31", "2024-02-29", "--panel", "panel.csv"]) == 1
    assert asked["as_of"] == [date(2024, 1, 31), date(2024, 2, 29)]
    assert asked["panel"] == Path("panel.csv")
    capsys.readouterr()
