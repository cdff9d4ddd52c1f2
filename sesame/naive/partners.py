"""What partners know: inquiries, and attributes that they report ready-made."""

import polars as pl

from sesame.naive.amounts import number
from sesame.naive.as_of import AsOf


def inquiries(at: AsOf) -> pl.LazyFrame:
    """Whoever was ever asked about has a count, if need be of zero."""
    is_credit = (pl.col("purpose") == "credit") & at.within("asked_at", 6)
    return (
        at.rows("partners", "inquiries", "asked_at")
        .group_by("subject_id")
        .agg(credit_inquiries_count_6m=number(is_credit))
    )


def reported(at: AsOf) -> pl.LazyFrame:
    """The latest report of each attribute: subject_id, attribute_name, value, category."""
    return (
        at.rows("partners", "reported_attributes", "reported_at")
        .sort("reported_at", "known_at", "reported_attribute_id")
        .group_by("subject_id", "attribute_name")
        .agg(pl.col("value", "category").last())
    )
