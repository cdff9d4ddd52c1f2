"""Attributes from public records: negatives, insurance, property, education, the register."""

import polars as pl

from sesame.naive.amounts import number, reference, units
from sesame.naive.as_of import AsOf
from sesame.naive.identity import subjects
from sesame.naive.raw import seed


def _consenting(at: AsOf) -> pl.LazyFrame:
    """Subjects whose latest decision on public records grants them, with their country.

    Of two decisions at one moment a withdrawal outweighs a grant.
    """
    latest = ["decided_at", "action", "known_at", "consent_event_id"]
    granted = (
        at.rows("consent", "consent_events", "decided_at")
        .filter(pl.col("domain") == "public_records")
        .sort(latest)
        .group_by("subject_id")
        .agg(pl.col("action").last())
        .filter(pl.col("action") == "grant")
    )
    return subjects(at).join(granted, on="subject_id", how="semi")


def negatives(at: AsOf) -> pl.LazyFrame:
    """With consent, no record is a finding and counts as zero; without it nothing is known."""
    clocks = seed("jurisdictions").rows_by_key("jurisdiction", named=True, unique=True)
    retained_from = {
        country: at.start(int(clock["negative_retention_months"]))
        for country, clock in clocks.items()
    }
    counted = _consenting(at).with_columns(
        retained_from=pl.col("country").replace_strict(
            retained_from, default=retained_from["*"], return_dtype=pl.Date
        )
    )
    people = counted
    for table, happened_at, ended_at, name in (
        ("court_judgments", "judged_at", "satisfied_at", "court_judgments_count"),
        ("enforcement_cases", "opened_at", "closed_at", "enforcement_cases_count"),
        ("tax_arrears", "assessed_at", "cleared_at", "tax_arrears_count"),
        # a penalty is never closed: it leaves with the retention alone
        ("administrative_penalties", "imposed_at", None, "administrative_penalties_count"),
    ):
        rows = at.rows("public_records", table, happened_at)
        if ended_at is not None:
            rows = rows.filter(at.lasts(ended_at))
        found = (
            rows.join(people, on="subject_id")
            .filter(pl.col(happened_at).dt.date() >= pl.col("retained_from"))
            .group_by("subject_id")
            .agg(pl.len().cast(pl.Int64).alias(name))
        )
        counted = counted.join(found, on="subject_id", how="left")
    return counted.select("subject_id", pl.col("^.*_count$").fill_null(0))


def social_insurance(at: AsOf) -> pl.LazyFrame:
    """A month is covered from its first day, whatever day of it the contribution names."""
    month = pl.col("covered_at").filter(at.within("covered_at", 24))
    return (
        at.raw.scan("public_records", "social_insurance_months")
        .with_columns(pl.col("covered_at").dt.truncate("1mo"))
        .filter(at.before("covered_at", "known_at"))
        .group_by("subject_id")
        .agg(social_insurance_months_24m=month.n_unique().cast(pl.Int64))
    )


def property_and_vehicles(at: AsOf) -> pl.LazyFrame:
    return (
        at.rows("public_records", "property_and_vehicles", "registered_at")
        .group_by("subject_id")
        .agg(property_count=number(at.lasts("disposed_at")))
    )


def education(at: AsOf) -> pl.LazyFrame:
    levels = seed("education_levels").select("level", pl.col("level_rank").cast(pl.Int64))
    return (
        at.rows("public_records", "education", "completed_at")
        .join(levels.lazy(), on="level")
        .group_by("subject_id")
        .agg(education_level=pl.col("level").get(pl.col("level_rank").arg_max()))
    )


def register(at: AsOf) -> pl.LazyFrame:
    """One entry of any kind proves that the register was read: no licence is then a finding."""
    is_change = pl.col("kind").is_in(["address_changed", "owner_changed"])
    return (
        at.rows("public_records", "business_registrations", "effective_at")
        .group_by("subject_id")
        .agg(
            firm_registration_age_months=at.whole_months_since(pl.col("effective_at").min()),
            firm_licence_count=number(pl.col("kind") == "licence_granted"),
            firm_register_changes_count_24m=number(is_change & at.within("effective_at", 24)),
        )
    )


def capital(at: AsOf) -> pl.LazyFrame:
    """A latest capital in a currency without a rate is none, and does not bring back another."""
    return (
        at.rows("public_records", "business_registrations", "effective_at")
        .drop_nulls("capital_amount")
        .sort("effective_at", "known_at", "registration_id")
        .group_by("subject_id")
        .agg(firm_capital_amount=units(reference("capital_amount").last()))
    )
