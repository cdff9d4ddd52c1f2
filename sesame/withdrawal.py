"""What withdrawing consent to one domain would do to everyone's score, one at a time.

`python -m sesame.withdrawal` prints docs/withdrawal.md's figures for the warehouse at hand, and
`… VERSION` what they were, were that version champion. Beside it a build in a copy of the warehouse
scores one more version per domain: the champion's card without the attributes that need the domain.
That is the score of somebody who withdraws while nobody else does, on the path that every score
takes; a tie's standing stays the champion's.
"""

import argparse
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

# Points by which caps below the highest are lowered in the second table: what a tighter policy
# would do, and to whom.
TIGHTER = (0, 50, 100, 150, 200)

_CHANGES = """
with

scored as (
    select
        steps.subject_id,
        steps.as_of_date,
        steps.score_version,
        subjects.subject_kind,
        round(
            greatest(
                least(base_points + attribute_points, scales.maximum_score), scales.minimum_score
            )
        ) as uncapped_score,
        case
            when profiles.score_cap < scales.maximum_score
                then greatest(profiles.score_cap - $tighter, scales.minimum_score)
            else profiles.score_cap
        end as score_cap
    from warehouse.intermediate.int_score_steps as steps
    inner join warehouse.intermediate.int_scored_subjects as subjects
        using (subject_id, as_of_date)
    inner join warehouse.intermediate.int_subject_profiles as profiles
        using (subject_id, as_of_date, score_version)
    inner join warehouse.seeds.scales as scales using (score_version)
    where subjects.is_official
),

changes as (
    select
        domains.domain,
        kept.subject_id,
        kept.subject_kind,
        kept.score_cap < kept.uncapped_score as is_capped,
        without.uncapped_score is null as is_lost,
        without.uncapped_score - kept.uncapped_score as uncapped_gain,
        least(without.uncapped_score, without.score_cap)
        - least(kept.uncapped_score, kept.score_cap) as gain
    from scored as kept
    cross join (
        select unnest($domains) as domain, unnest($versions) as score_version
    ) as domains
    -- only who gave it can withdraw it
    inner join warehouse.intermediate.int_consent__in_force as consents
        on
            kept.subject_id = consents.subject_id
            and kept.as_of_date = consents.as_of_date
            and domains.domain = consents.domain
    left join scored as without
        on
            kept.subject_id = without.subject_id
            and kept.as_of_date = without.as_of_date
            and domains.score_version = without.score_version
    where kept.score_version = $champion
)
"""
_BY_DOMAIN = """
select
    domain,
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
group by domain, subject_kind
order by domain, subject_kind desc
"""
# The best a subject can do by withdrawing one domain, or none.
_BEST = """
, best as (
    select
        subject_id,
        subject_kind,
        greatest(max(gain), 0) as gain,
        max(is_capped::integer) as is_capped
    from changes
    group by subject_id, subject_kind
)

select
    $tighter as tighter,
    subject_kind,
    count(*) as subjects,
    avg(is_capped) as capped_ratio,
    count(case when gain > 0 then 1 end) / count(*) as gain_ratio,
    avg(gain) filter (gain > 0) as mean_gain,
    quantile_cont(gain, 0.95) as gain_95
from best
group by subject_kind
order by subject_kind desc
"""

Rows = list[tuple[Any, ...]]


def measure(home: Home, version: str | None = None) -> tuple[Rows, Rows]:
    """Rows of _BY_DOMAIN with the caps as they are, and of _BEST with each of TIGHTER.

    version: taken for the champion in the copy; the champion itself by default. Raises SesameError
    if the warehouse was never built or there is no such version.
    """
    if not home.database("warehouse").exists():
        raise SesameError(f"no warehouse in {home.root}: sesame run", exit_code=2)
    with TemporaryDirectory(dir=home.root, prefix="withdrawal-") as folder:
        project, copy = _project(Path(folder) / "project"), _copy(home, Path(folder) / "home")
        if version is not None:
            _decide(version, "champion", project / "seeds")
        champion = versions.champion(project / "seeds")
        without = add_versions(project / "seeds")
        arguments = ["build", "--exclude-resource-type", "test", "--exclude-resource-type"]
        selected = ("path:seeds", "score_versions+", "--exclude", "path:models/marts/monitoring")
        dbt(copy, [*arguments, "unit_test", "--select", *selected], lambda message: None, project)
        names = {
            "domains": list(without),
            "versions": list(without.values()),
            "champion": champion,
        }
        with engine.connect(copy, read=["warehouse"]) as connection:

            def query(sql: str, tighter: int) -> Rows:
                parameters = {**names, "tighter": tighter}
                return connection.execute(_CHANGES + sql, parameters).fetchall()

            best = [row for tighter in TIGHTER for row in query(_BEST, tighter)]
            return query(_BY_DOMAIN, 0), best


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


def add_versions(seeds: Path) -> dict[str, str]:
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
        _decide(name, "challenger", seeds)
        names[domain] = name
    return names


def _decide(version: str, status: str, seeds: Path) -> None:
    versions.decide(
        version,
        status,
        approved_by="sesame.withdrawal",
        reason="what the domain is worth to whom",
        decided=date.min,
        seeds=seeds,
    )


def main(arguments: Sequence[str]) -> int:
    """Print both tables; returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m sesame.withdrawal")
    parser.add_argument("version", nargs="?", help="taken for the champion (default: the champion)")
    try:
        by_domain, best = measure(Home.current(), parser.parse_args(arguments).version)
    except SesameError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    lines = [
        *markdown_table(
            (
                *("domain", "kind", "subjects", "no score", "median change"),
                *("gain, uncapped", "mean", "95 %", "gain", "mean", "95 %"),
            ),
            (
                (
                    *(domain, kind, f"{subjects:,}", _share(lost), _points(median)),
                    *(_share(uncapped), _points(uncapped_mean), _points(uncapped_95)),
                    *(_share(gain), _points(mean), _points(gain_95)),
                )
                for (
                    domain,
                    kind,
                    subjects,
                    lost,
                    median,
                    uncapped,
                    uncapped_mean,
                    uncapped_95,
                    gain,
                    mean,
                    gain_95,
                ) in by_domain
            ),
        ),
        *markdown_table(
            ("caps lower by", "kind", "subjects", "capped", "gain by the best", "mean", "95 %"),
            (
                (
                    *(str(tighter), kind, f"{subjects:,}", _share(capped)),
                    *(_share(gain), _points(mean), _points(gain_95)),
                )
                for tighter, kind, subjects, capped, gain, mean, gain_95 in best
            ),
        ),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _share(value: float) -> str:
    return f"{value:.1%}"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:+.0f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
