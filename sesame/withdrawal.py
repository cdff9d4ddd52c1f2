"""What withdrawing consent to one domain would do to everyone's score, one at a time.

`python -m sesame.withdrawal` prints docs/withdrawal.md's figures for the warehouse at hand. Beside
the champion, a build in a copy of the warehouse scores one more version per domain: the champion's
card without the attributes that need the domain. That is the score of somebody who withdraws while
nobody else does, on the path that every score takes; a tie's standing stays the champion's.
"""

import shutil
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sesame import engine, versions
from sesame.build import dbt
from sesame.dictionary import markdown_table
from sesame.errors import SesameError
from sesame.home import PROJECT, Home

# Who withdraws identity is no subject any more: there is no score to gain.
WITHOUT_SUBJECT = "identity"

_GAINS = """
with

steps as (
    select
        steps.*,
        subjects.subject_kind,
        round(
            greatest(
                least(base_points + attribute_points, scales.maximum_score), scales.minimum_score
            )
        ) as uncapped_score
    from warehouse.intermediate.int_score_steps as steps
    inner join warehouse.intermediate.int_scored_subjects as subjects
        using (subject_id, as_of_date)
    inner join warehouse.seeds.scales as scales using (score_version)
    where subjects.is_official
),

changes as (
    select
        kept.subject_kind,
        without.score_version,
        without.score is null as is_lost,
        without.uncapped_score - kept.uncapped_score as uncapped_gain,
        without.score - kept.score as gain
    from steps as kept
    -- only who gave it can withdraw it
    inner join warehouse.intermediate.int_consent__in_force as consents
        on
            kept.subject_id = consents.subject_id
            and kept.as_of_date = consents.as_of_date
            and consents.domain = $domain
    left join steps as without
        on
            kept.subject_id = without.subject_id
            and kept.as_of_date = without.as_of_date
            and without.score_version = $version
    where kept.score_version = $champion
)

select
    subject_kind,
    count(*) as subjects,
    count(case when is_lost then 1 end) / count(*) as lost_ratio,
    median(gain) as median_change,
    count(case when uncapped_gain > 0 then 1 end) / count(*) as uncapped_gain_ratio,
    avg(uncapped_gain) filter (uncapped_gain > 0) as uncapped_mean_gain,
    quantile_cont(uncapped_gain, 0.95) as uncapped_gain_95,
    count(case when gain > 0 then 1 end) / count(*) as gain_ratio,
    avg(gain) filter (gain > 0) as mean_gain,
    quantile_cont(gain, 0.95) as gain_95
from changes
group by subject_kind
order by subject_kind desc
"""


def measure(home: Home) -> list[tuple[Any, ...]]:
    """A row per domain and kind of subject: the domain, then the columns of _GAINS.

    Raises SesameError if the warehouse was never built.
    """
    if not home.database("warehouse").exists():
        raise SesameError(f"no warehouse in {home.root}: sesame run", exit_code=2)
    with TemporaryDirectory(dir=home.root, prefix="withdrawal-") as folder:
        project, copy = _project(Path(folder) / "project"), _copy(home, Path(folder) / "home")
        without = _add_versions(project / "seeds")
        selected = ("path:seeds", "score_versions+", "--exclude", "path:models/marts/monitoring")
        arguments = ["build", "--exclude-resource-type", "test", "--exclude-resource-type"]
        dbt(copy, [*arguments, "unit_test", "--select", *selected], lambda message: None, project)
        champion = versions.champion()
        with engine.connect(copy, read=["warehouse"]) as connection:
            return [
                (domain, *row)
                for domain, version in without.items()
                for row in connection.execute(
                    _GAINS, {"domain": domain, "version": version, "champion": champion}
                ).fetchall()
            ]


def _project(target: Path) -> Path:
    """The files that dbt reads, so that the versions to be added are nobody else's."""
    for name in ("models", "seeds", "macros"):
        shutil.copytree(PROJECT / name, target / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, target / name)
    return target


def _copy(home: Home, root: Path) -> Home:
    copy = Home(root).make()
    shutil.copytree(home.databases, copy.databases, dirs_exist_ok=True)
    shutil.copy(home.key_file, copy.key_file)
    return copy


def _add_versions(seeds: Path) -> dict[str, str]:
    """Add the champion without each domain of its card; returns their names by domain."""
    domains = {row["attribute_name"]: row["domain"] for row in versions.rows("attributes", seeds)}
    card = versions.read(versions.champion(seeds), seeds)
    origins = {row["score_version"]: row for row in versions.rows(versions.ORIGINS, seeds)}
    names = {}
    on_card = {domains[row["attribute_name"]] for row in card.tables["attribute_weights"]}
    for domain in sorted(on_card - {WITHOUT_SUBJECT}):
        name = f"{card.score_version}-without-{domain}"
        tables = {
            table: [
                {**row, "score_version": name}
                for row in rows
                if domains.get(row.get("attribute_name", "")) != domain
            ]
            for table, rows in card.tables.items()
        }
        origin = {**origins[card.score_version], "score_version": name}
        versions.add(versions.Card(name, tables), origin, seeds)
        versions.decide(
            name,
            "challenger",
            approved_by="sesame.withdrawal",
            reason="what the domain is worth to whom",
            decided=date.min,
            seeds=seeds,
        )
        names[domain] = name
    return names


def main() -> int:
    """Print the figures as a table; returns an exit code."""
    try:
        measured = measure(Home.current())
    except SesameError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    header = (
        *("domain", "kind", "subjects", "no score", "median change"),
        *("gain, uncapped", "mean", "95 %", "gain", "mean", "95 %"),
    )
    print("\n".join(markdown_table(header, map(_cells, measured))))
    return 0


def _cells(row: Sequence[Any]) -> list[str]:
    """Shares in percent, points with a sign."""

    def share(value: float) -> str:
        return f"{value:.1%}"

    def points(value: float | None) -> str:
        return "–" if value is None else f"{value:+.0f}"

    domain, kind, subjects, lost, median, *gains = row
    return [
        domain,
        kind,
        f"{subjects:,}",
        share(lost),
        points(median),
        *(share(gain) if place % 3 == 0 else points(gain) for place, gain in enumerate(gains)),
    ]


if __name__ == "__main__":
    sys.exit(main())
