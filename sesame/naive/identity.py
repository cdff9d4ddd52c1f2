"""Attributes from identity: verification, completeness, tenures, devices."""

import polars as pl

from sesame.naive.amounts import number, ratio
from sesame.naive.as_of import AsOf


def subjects(at: AsOf) -> pl.LazyFrame:
    """Everyone known by the date: subject_id, kind, country."""
    return at.rows("identity", "subjects", "registered_at").select("subject_id", "kind", "country")


def account_age(at: AsOf) -> pl.LazyFrame:
    return at.rows("identity", "subjects", "registered_at").select(
        "subject_id", account_age_months=at.whole_months_since("registered_at")
    )


def verification(at: AsOf) -> pl.LazyFrame:
    """Attempts that all failed are a count of zero; no attempt is no value."""
    is_passed = pl.col("is_passed")
    passed_at = pl.when(is_passed).then("verified_at").max()
    return (
        at.rows("identity", "verification_events", "verified_at")
        .group_by("subject_id")
        .agg(
            identity_verified_count=pl.col("method").filter(is_passed).n_unique().cast(pl.Int64),
            verification_passed_ratio=ratio(number(is_passed), pl.len()),
            verification_age_months=at.whole_months_since(passed_at),
        )
    )


def completeness(at: AsOf) -> pl.LazyFrame:
    people = at.rows("identity", "subjects", "registered_at").select(
        "subject_id",
        pl.col("identity_number_token", "name_token", "birth_date").is_not_null(),
    )
    for table, event in (
        ("addresses", "valid_from_at"),
        ("phones", "valid_from_at"),
        ("employment", "started_at"),
    ):
        known = at.rows("identity", table, event).select("subject_id", pl.lit(True).alias(table))
        people = people.join(known.unique(), on="subject_id", how="left")
    items = pl.all().exclude("subject_id").fill_null(False)
    return people.select(
        "subject_id", profile_completeness_ratio=pl.mean_horizontal(items.cast(pl.Float64))
    )


def addresses(at: AsOf) -> pl.LazyFrame:
    is_begun = at.within("valid_from_at", 24)
    return (
        at.rows("identity", "addresses", "valid_from_at")
        .filter(pl.col("kind") == "home")
        .group_by("subject_id")
        .agg(
            address_tenure_months=at.whole_months_since(pl.col("valid_from_at").max()),
            address_changes_count_24m=number(is_begun),
        )
    )


def phones(at: AsOf) -> pl.LazyFrame:
    return (
        at.rows("identity", "phones", "valid_from_at")
        .group_by("subject_id")
        .agg(
            phone_tenure_months=at.whole_months_since(pl.col("valid_from_at").max()),
            phone_changes_count_24m=number(at.within("valid_from_at", 24)),
        )
    )


def employment(at: AsOf) -> pl.LazyFrame:
    """Of several current employments the latest counts."""
    lasts = at.lasts("ended_at")
    is_employed = lasts & pl.col("occupation").is_in(["employed", "self_employed"])
    is_unemployed = lasts & (pl.col("occupation") == "unemployed")
    tenure = at.whole_months_since(pl.when(is_employed).then("started_at").max())
    return (
        at.rows("identity", "employment", "started_at")
        .group_by("subject_id")
        .agg(
            employment_tenure_months=pl.coalesce(tenure, pl.when(is_unemployed.any()).then(0)),
            employment_changes_count_24m=number(at.within("started_at", 24)),
        )
    )


def devices(at: AsOf) -> pl.LazyFrame:
    return (
        at.rows("identity", "devices", "first_seen_at")
        .group_by("subject_id")
        .agg(
            device_count_12m=number(at.within("first_seen_at", 12)),
            device_tenure_months=at.whole_months_since(pl.col("first_seen_at").min()),
        )
    )
