"""Attributes from ties, interactions and ratings, of persons and firms alike."""

import polars as pl

from sesame.naive.amounts import number, ratio, share
from sesame.naive.as_of import AsOf
from sesame.naive.payments import obligations


def _ties(at: AsOf) -> pl.LazyFrame:
    """One row per subject and tie that both ends declared, ended ones too.

    mutual_at: when the later end declared it, null where it has ended. Periods of the two ends
    that never overlapped make no tie.
    """
    declared = at.rows("social", "friendships", "since_at").filter(
        pl.col("from_subject_id") != pl.col("to_subject_id")
    )
    pairs = declared.join(
        declared,
        left_on=["from_subject_id", "to_subject_id"],
        right_on=["to_subject_id", "from_subject_id"],
    ).select(
        subject_id="from_subject_id",
        tie_id="to_subject_id",
        mutual_at=pl.max_horizontal("since_at", "since_at_right"),
        until_at=pl.min_horizontal("until_at", "until_at_right"),
    )
    is_overlap = pl.col("mutual_at").dt.date() <= pl.col("until_at").dt.date()
    return (
        pairs.filter(pl.col("until_at").is_null() | is_overlap)
        .group_by("subject_id", "tie_id")
        .agg(pl.when(at.lasts("until_at")).then("mutual_at").min())
    )


def ties(at: AsOf) -> pl.LazyFrame:
    months = at.whole_months_since("mutual_at")
    count = pl.col("mutual_at").count().cast(pl.Int64)
    return (
        _ties(at)
        .group_by("subject_id")
        .agg(
            reciprocated_ties_count=count,
            tie_age_mean_months=ratio(months.sum(), count),
            oldest_tie_age_months=months.max(),
            new_ties_count_12m=number(at.within("mutual_at", 12)),
            ended_ties_ratio=ratio(pl.len().cast(pl.Int64) - count, pl.len()),
        )
    )


def present_ties(at: AsOf) -> pl.LazyFrame:
    """subject_id and related_id of a tie that has not ended, each pair once."""
    return _ties(at).drop_nulls("mutual_at").select("subject_id", related_id="tie_id")


def late_ties(at: AsOf) -> pl.LazyFrame:
    """A tie without credit says nothing about paying late and is left out."""
    rated = (
        obligations(at)
        .filter(at.within("due_at", 12))
        .group_by("subject_id")
        .agg(was_late=(pl.col("days_past_due") > 0).any())
    )
    return (
        _ties(at)
        .drop_nulls("mutual_at")
        .join(rated, left_on="tie_id", right_on="subject_id")
        .group_by("subject_id")
        .agg(late_ties_ratio_12m=ratio(number(pl.col("was_late")), pl.len()))
    )


def interactions(at: AsOf) -> pl.LazyFrame:
    """A month belongs to both ends, from its first day.

    Whoever was ever in contact has counts, if need be of zero.
    """
    months = (
        at.raw.scan("social", "interactions")
        .filter(
            pl.col("messages") + pl.col("transfers") > 0,
            pl.col("from_subject_id") != pl.col("to_subject_id"),
        )
        .with_columns(pl.col("month_at").dt.truncate("1mo"))
        .filter(at.before("month_at", "known_at"))
        .with_columns(month=pl.when(at.within("month_at", 12)).then("month_at"))
    )
    ends = pl.concat(
        months.select("month", "transfers", subject_id=end, partner_id=other)
        for end, other in (
            ("from_subject_id", "to_subject_id"),
            ("to_subject_id", "from_subject_id"),
        )
    )
    count = pl.col("month").drop_nulls().n_unique().cast(pl.Int64)
    active = ends.group_by("subject_id").agg(interaction_active_months_12m=count)
    partners = (
        ends.group_by("subject_id", "partner_id")
        .agg(months=count, transfers=pl.when(pl.col("month").is_not_null()).then("transfers").sum())
        .group_by("subject_id")
        .agg(
            interaction_partners_count_12m=number(pl.col("months") > 0),
            repeat_partner_ratio_12m=share(pl.col("months") > 1, pl.col("months") > 0),
            transfer_partners_count_12m=number(pl.col("transfers") > 0),
        )
    )
    return active.join(partners, on="subject_id")


def ratings(at: AsOf) -> pl.LazyFrame:
    """Nobody rates themselves. Whoever was ever rated has counts, if need be of zero."""
    recent = at.within("rated_at", 24)
    value = pl.when(recent).then(pl.col("value").cast(pl.Int64))
    return (
        at.rows("social", "ratings", "rated_at")
        .filter(pl.col("from_subject_id") != pl.col("to_subject_id"))
        .group_by(subject_id="to_subject_id")
        .agg(
            rating_received_mean_24m=ratio(value.sum(), number(recent)),
            rating_received_count_24m=number(recent),
            negative_rating_ratio_24m=ratio(number(value < 0), number(recent)),
        )
    )


def ratings_given(at: AsOf) -> pl.LazyFrame:
    return (
        at.rows("social", "ratings", "rated_at")
        .filter(pl.col("from_subject_id") != pl.col("to_subject_id"))
        .group_by(subject_id="from_subject_id")
        .agg(rating_given_count_24m=number(at.within("rated_at", 24)))
    )
