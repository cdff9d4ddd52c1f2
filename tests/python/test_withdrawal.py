"""What `python -m sesame.withdrawal` says somebody would gain is what they would get."""

import json
import subprocess
from pathlib import Path

import pytest
from warehouses import MODELS, copy_of, project_copy, run_dbt

from sesame import engine, versions, withdrawal
from sesame.contract import domain_tables
from sesame.errors import SesameError
from sesame.home import Home

Ran = tuple[Home, subprocess.CompletedProcess[str], float]

SCORES = """
select subject_id, score from warehouse.scores.scores
where is_official and score_version = $version and list_contains($subjects, subject_id)
order by all
"""
# One consumer in ten, but those with a tie among the others of them.
STRANGERS = """
with chosen as (
    select subject_id
    from warehouse.scores.current_scores
    where hash(subject_id) % 10 = 0 and subject_kind = 'consumer'
)

select subject_id from chosen
where subject_id not in (
    select unnest([from_subject_id, to_subject_id])
    from raw_social.main.friendships
    where
        from_subject_id in (select subject_id from chosen)
        and to_subject_id in (select subject_id from chosen)
)
order by all
"""


def test_an_unbuilt_warehouse_is_told_so(home: Home) -> None:
    with pytest.raises(SesameError, match="no warehouse in"):
        withdrawal.measure(home)


def test_the_figures_are_whole_and_the_warehouse_is_left_alone(ran: Ran, tmp_path: Path) -> None:
    home = copy_of(ran[0], tmp_path / "home")
    files = {path.name: path.read_bytes() for path in home.databases.iterdir()}
    by_domain, best = withdrawal.measure(home)
    assert {path.name: path.read_bytes() for path in home.databases.iterdir()} == files
    assert not list(home.root.glob("withdrawal-*"))
    card = versions.read(versions.champion())
    catalogue = {row["attribute_name"]: row["domain"] for row in versions.rows("attributes")}
    domains = {catalogue[row["attribute_name"]] for row in card.tables["attribute_weights"]}
    assert {row[0] for row in by_domain} == domains - {"identity"}
    for _, _, subjects, lost, _, uncapped, _, _, gain, mean, _ in by_domain:
        assert subjects > 0
        assert 0 <= lost <= 1
        assert 0 <= uncapped <= 1
        assert gain == 0 or mean >= 1
    assert any(row[8] > 0 for row in by_domain)
    # tighter caps never let more subjects gain, and bind for more
    for kind in ("consumer", "business"):
        rows = [row for row in best if row[1] == kind]
        assert [row[0] for row in rows] == list(withdrawal.TIGHTER)
        assert [row[3] for row in rows] == sorted(row[3] for row in rows)


@pytest.mark.slow
def test_the_score_without_a_domain_is_the_score_after_its_rows_are_gone(
    ran: Ran, tmp_path: Path
) -> None:
    """Withdrawn for some at once whom no tie connects, so that each is alone in withdrawing."""
    home = copy_of(ran[0], tmp_path / "home")
    project = project_copy(tmp_path / "project")
    champion = versions.champion()
    without = withdrawal.add_versions(project / "seeds")["payments"]
    run_dbt(home, tmp_path / "target", *MODELS, project=project)
    with engine.connect(home, write=["payments"], read=["warehouse", "social"]) as connection:
        subjects = [subject for (subject,) in connection.execute(STRANGERS).fetchall()]
        foretold = connection.execute(SCORES, {"version": without, "subjects": subjects}).fetchall()
        before = connection.execute(SCORES, {"version": champion, "subjects": subjects}).fetchall()
        for table in domain_tables("payments").values():
            owner = next(column.name for column in table.columns if column.is_subject)
            connection.execute(
                f"delete from raw_payments.main.{table.name} "
                f"where list_contains($subjects, {owner})",
                {"subjects": subjects},
            )
        connection.execute("checkpoint raw_payments")
    variables = json.dumps({"as_of": str(as_of(home))})
    arguments = (*MODELS, "--full-refresh", "--vars", variables)
    run_dbt(home, tmp_path / "target", *arguments, project=project)
    with engine.connect(home, read=["warehouse"]) as connection:
        after = connection.execute(SCORES, {"version": champion, "subjects": subjects}).fetchall()
    assert len(subjects) > 20
    assert after != before
    assert after == foretold


def as_of(home: Home) -> object:
    with engine.connect(home, read=["warehouse"]) as connection:
        found = connection.execute(
            "select max(as_of_date) from warehouse.scores.scores where is_official"
        ).fetchone()
    assert found is not None
    return found[0]
