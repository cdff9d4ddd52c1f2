"""`python -m sesame.bench_features D`: what a feature engine takes for the slice that it can do.

featuretools knows one event time and a training window, but neither a second clock nor months that
are counted although nothing happened in them. The slice is what is left: number and sum of
everybody's transactions by direction in the six months before a date. The rows are cut to what was
known by then before featuretools sees them. Beside it the same slice in SQL, from the same rows.
"""

import sys
import time
from datetime import date

import featuretools
import pandas

from sesame import engine
from sesame.home import Home

# {as_of} is a date as fromisoformat has parsed it.
ROWS = """
    select transaction_id, subject_id, direction, cast(amount as double) as amount, occurred_at
    from raw_payments.main.wallet_transactions
    where
        occurred_at >= date '{as_of}' - interval 6 months
        and occurred_at < date '{as_of}'
        and known_at < date '{as_of}'
"""
IN_SQL = """
    select
        subject_id,
        count(*) filter (direction = 'in') as in_count,
        count(*) filter (direction = 'out') as out_count,
        sum(amount) filter (direction = 'in') as in_sum,
        sum(amount) filter (direction = 'out') as out_sum
    from ({rows})
    group by subject_id
    order by subject_id
"""


def by_featuretools(rows: pandas.DataFrame) -> pandas.DataFrame:
    """Number and sum of transactions by subject and direction, one row per subject."""
    entities = featuretools.EntitySet("slice")
    entities.add_dataframe(
        dataframe_name="transactions",
        dataframe=rows,
        index="transaction_id",
        time_index="occurred_at",
        # told, not inferred from the text
        logical_types={
            "transaction_id": "Unknown",
            "subject_id": "Unknown",
            "direction": "Categorical",
            "amount": "Double",
            "occurred_at": "Datetime",
        },
    )
    entities.normalize_dataframe("transactions", "subjects", "subject_id")
    entities.add_interesting_values(
        dataframe_name="transactions", values={"direction": ["in", "out"]}
    )
    features, _ = featuretools.dfs(
        entityset=entities,
        target_dataframe_name="subjects",
        agg_primitives=["count", "sum"],
        where_primitives=["count", "sum"],
        trans_primitives=[],
    )
    return features


def main() -> None:
    as_of = date.fromisoformat(sys.argv[1])
    rows = ROWS.format(as_of=as_of.isoformat())
    with engine.connect(Home.current(), read=["payments"]) as connection:
        started = time.monotonic()
        counted = connection.execute(IN_SQL.format(rows=rows)).df()
        in_sql = time.monotonic() - started
        started = time.monotonic()
        features = by_featuretools(connection.execute(rows).df()).sort_index()
        in_featuretools = time.monotonic() - started
    theirs = features["COUNT(transactions WHERE direction = in)"].astype(int)
    same = theirs.tolist() == counted["in_count"].tolist()
    sys.stdout.write(
        f"{len(counted):,} subjects: SQL {in_sql:.2f} s, featuretools {in_featuretools:.2f} s "
        f"({in_featuretools / in_sql:.0f} times), counts equal: {same}\n"
    )


if __name__ == "__main__":
    main()
