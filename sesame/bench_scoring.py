"""`python -m sesame.bench_scoring`: what scoring costs, from the marts to the reasons.

The marts of a small population are multiplied: as many subjects, under ids of their own, as have
120 million attributes together, which is a million with 120 each (a consumer has 104, a firm 46).
The champion's card is widened to all of them. Then dbt runs the models of scoring, from the
values to contributions and reasons. Beside it, in the same run, on as many rows of the consumers'
attributes: optbinning's own `Scorecard.score()` and LightGBM's `predict` with two threads, both in
doubles that lie in memory already, for a number per row and nothing else. Every step is a process
of its own. Nothing here passes or fails.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm
import pandas
from optbinning import BinningProcess, Scorecard
from sklearn.linear_model import LogisticRegression

from sesame import engine
from sesame.bench_marts import Cost, apart, dbt, say, sesame
from sesame.home import DOMAINS, Home
from sesame.training.shapes import FACTORS

SUBJECTS = 1_000_000
ATTRIBUTES = 120
SOURCE_SCALE = 0.002
FITTED_ROWS = 10_000
CHUNK_ROWS = 100_000

KINDS = ("consumer", "business")
# What scoring reads of a subject and an as-of date.
COPIED = (
    "intermediate.int_scored_subjects",
    "intermediate.int_measured_subjects",
    "intermediate.int_consent__in_force",
    *(f"factors.{kind}_{factor}" for kind in KINDS for factor in FACTORS),
)
FIRST_EVIDENCE = "warehouse.intermediate.int_product_first_evidence"
SCORING = (
    *("path:models/intermediate/attributes", "path:models/intermediate/scores"),
    "path:models/marts/scores",
)

# What the card does not weigh gets two bins, parted at its median, or one where it has none.
WIDENED = """
    create temp table missing_attributes as
    with values_seen as (
        select attribute_name, value from warehouse.intermediate.int_own_values
        union all
        select attribute_name, value from warehouse.intermediate.int_relationship_values
    )

    select attributes.attribute_name, quantile_disc(values_seen.value, 0.5) as edge
    from warehouse.seeds.attributes as attributes
    left join values_seen using (attribute_name)
    where attributes.attribute_name not in (
        select attribute_name from warehouse.intermediate.int_cards
    )
    group by all;
    create temp table champion as
    select score_version from warehouse.intermediate.int_score_versions where is_champion;
    insert into warehouse.seeds.attribute_weights by name
    select champion.score_version, attribute_name, 1 as evidence_weight
    from missing_attributes
    cross join champion;
    insert into warehouse.seeds.bins by name
    with halves as (
        select 1 as bin_number, null as lower_bound, edge as upper_bound, attribute_name
        from missing_attributes
        union all
        select 2, edge, null, attribute_name from missing_attributes where edge is not null
    )

    select
        champion.score_version, attribute_name, bin_number, 'half' as bin_label,
        'observed' as value_state, lower_bound, upper_bound, bin_number - 1.5 as points
    from halves
    cross join champion;
"""


def build(home: Home, scale: float) -> None:
    """A small warehouse, from a population of its own, built and not tested."""
    files = home.root / "files"
    sesame(home, "simulate", "--scale", str(scale), "--to", str(files))
    sesame(home, "land", str(files))
    dbt(home, "build", "--exclude-resource-type", "test", "unit_test")


def multiply(home: Home) -> tuple[int, int]:
    """Put copies of its subjects, as of the official date, in their place.

    Returns the numbers of subjects and of values of attributes.
    """
    with engine.connect(home, write=["warehouse"], read=DOMAINS) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(WIDENED)
        counted = connection.execute("""
            select count(*), sum(widths.attributes)
            from warehouse.intermediate.int_scored_subjects as subjects
            inner join (
                select subject_kind, count(*) as attributes
                from warehouse.seeds.attributes
                group by subject_kind
            ) as widths using (subject_kind)
            where subjects.is_official
        """).fetchone()
        assert counted is not None
        subjects, values = int(counted[0]), int(counted[1])
        copies = -(-SUBJECTS * ATTRIBUTES // values)
        connection.execute(f"""
            create temp table copies as
            select
                subject_id,
                as_of_date,
                substr(subject_id, 1, 1) || lpad(
                    (row_number() over (order by subject_id, copy))::varchar, 8, '0'
                ) as copy_id
            from warehouse.intermediate.int_scored_subjects
            cross join range({copies}) as _ (copy)
            where is_official
        """)
        # a view over the raw tables, which know no copies
        connection.execute(f"""
            create temp table first_evidence as from {FIRST_EVIDENCE};
            drop view {FIRST_EVIDENCE};
            create table {FIRST_EVIDENCE} as
            select first_evidence.* replace (copies.copy_id as subject_id)
            from first_evidence
            inner join copies using (subject_id)
        """)
        for table in COPIED:
            connection.execute(f"""
                create or replace table warehouse.{table} as
                select given.* replace (copies.copy_id as subject_id)
                from warehouse.{table} as given
                inner join copies using (subject_id, as_of_date)
            """)
        connection.execute("checkpoint warehouse")
    return subjects * copies, values * copies


def score(home: Home) -> tuple[Cost, dict[str, float]]:
    return dbt(home, "run", "--select", *SCORING, "--exclude", "int_product_first_evidence")


def kept(home: Home) -> tuple[int, int, int]:
    """Scores and reasons that were stored, and contributions that are not neutral."""
    with engine.connect(home, read=["warehouse"]) as connection:
        row = connection.execute("""
            select
                (select count(score) from warehouse.scores.scores),
                (select count(*) from warehouse.scores.contributions),
                (select count(*) from warehouse.scores.reasons)
        """).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def consumers(home: Home, rows: int) -> tuple[pandas.DataFrame, Any]:
    """Numeric attributes of some consumers, and whether each scores below the median."""
    joins = " ".join(
        f"inner join warehouse.factors.consumer_{factor} using (subject_id, as_of_date)"
        for factor in FACTORS
    )
    with engine.connect(home, read=["warehouse"]) as connection:
        connection.execute("set enable_progress_bar = false")
        frame = connection.execute(
            f"select * from warehouse.scores.scores {joins} "
            f"where is_champion and score is not null order by hash(subject_id) limit {rows}"
        ).df()
    low = (frame["score"] < frame["score"].median()).to_numpy()
    names = [name for name in _attributes(home) if frame[name].notna().any()]
    return frame[names].astype("float64"), low


def _attributes(home: Home) -> list[str]:
    with engine.connect(home, read=["warehouse"]) as connection:
        return [
            str(name)
            for (name,) in connection.execute(
                "select attribute_name from warehouse.seeds.attributes where "
                "subject_kind = 'consumer' and value_type = 'numeric' order by attribute_name"
            ).fetchall()
        ]


def opponent(home: Home, rows: int, kind: str) -> tuple[Cost, int]:
    """Cost of scoring so many rows by one of the two, fitted on some; and its number of columns.

    Rows repeat themselves in chunks, since all at once need more memory than scoring does in SQL.
    """
    frame, low = consumers(home, FITTED_ROWS)
    if kind == "optbinning":
        card = Scorecard(
            binning_process=BinningProcess(list(frame.columns)),
            estimator=LogisticRegression(max_iter=1000),
            scaling_method="pdo_odds",
            scaling_method_params={"pdo": 50, "odds": 20, "scorecard_points": 650},
        )
        card.fit(frame, low)
        scores: Callable[[pandas.DataFrame], object] = card.score
    else:
        trees = lightgbm.train(
            {"objective": "binary", "num_threads": 2, "verbose": -1},
            lightgbm.Dataset(frame, low),
            num_boost_round=200,
        )
        scores = partial(trees.predict, num_threads=2)
    chunk = pandas.concat([frame] * (CHUNK_ROWS // len(frame)), ignore_index=True)
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    for first in range(0, rows, CHUNK_ROWS):
        scores(chunk.head(min(CHUNK_ROWS, rows - first)))
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.monotonic() - started
    cores = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cores, after.ru_maxrss / 1024), len(frame.columns)


def measure(home: Home, scale: float) -> None:
    """Everything once, printed as it comes."""
    build(home, scale)
    subjects, values = apart(multiply, home)
    cost, nodes = score(home)
    whole = nodes.pop("nodes")
    scores, contributions, reasons = apart(kept, home)
    say(
        f"{subjects:,} subjects with {values:,} attributes: {scores:,} scores, "
        f"{contributions:,} contributions that are not neutral and {reasons:,} reasons stored"
    )
    say(
        f"dbt, from the marts to the reasons: nodes {whole:.1f} s, process {cost.wall:.1f} s, "
        f"{cost.cpu:.0f} s of cores, peak {cost.peak:,.0f} MiB"
    )
    for name, seconds in sorted(nodes.items(), key=lambda item: -item[1])[:8]:
        say(f"  {name:<40}{seconds:8.1f} s")
    for kind, call in (("optbinning", "Scorecard.score()"), ("LightGBM", "predict, 200 trees")):
        other, columns = apart(opponent, home, subjects, kind)
        say(
            f"{kind} {call}, {columns} columns: {other.wall:.1f} s, {other.cpu:.0f} s of cores, "
            f"peak {other.peak:,.0f} MiB; dbt's nodes take {whole / other.wall:.1f} times as long, "
            f"its process {cost.cpu / other.cpu:.1f} times the cores"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sesame.bench_scoring", description=__doc__)
    parser.add_argument(
        "--scale", type=float, default=SOURCE_SCALE, help="of the population copied"
    )
    options = parser.parse_args()
    root = Home.current().make().root
    with tempfile.TemporaryDirectory(prefix="bench-", dir=root) as folder:
        measure(Home(Path(folder)).make(), options.scale)


if __name__ == "__main__":
    main()
