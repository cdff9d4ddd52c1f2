"""All attributes of one kind of subject, as the factor marts hold them."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import polars as pl

from sesame.errors import SesameError
from sesame.naive import (
    identity,
    invoices,
    marketplace,
    partners,
    payments,
    public_records,
    shops,
    social,
)
from sesame.naive.amounts import VALUE_DIGITS, decimal, half_up, whole
from sesame.naive.as_of import AsOf
from sesame.naive.raw import seed
from sesame.naive.standing import RELATIONSHIPS, mean_standing, standings

Group = Callable[[AsOf], pl.LazyFrame]

# Each gives a frame with one row per subject it says anything about, and its attributes' columns.
GROUPS: dict[str, tuple[Group, ...]] = {
    "consumer": (
        payments.bills,
        payments.cards,
        payments.instalments,
        payments.lateness,
        payments.lines,
        payments.wallets,
        payments.balances,
        payments.standing_orders,
        payments.holdings,
        payments.deposits,
        partners.inquiries,
        public_records.negatives,
        public_records.social_insurance,
        public_records.property_and_vehicles,
        public_records.education,
        marketplace.orders,
        marketplace.deliveries,
        marketplace.categories,
        marketplace.cases,
        marketplace.page_views,
        marketplace.reviews,
        identity.account_age,
        identity.verification,
        identity.completeness,
        identity.addresses,
        identity.phones,
        identity.employment,
        identity.devices,
        social.ties,
        social.late_ties,
        social.interactions,
        social.ratings,
        social.ratings_given,
    ),
    "business": (
        payments.bills,
        payments.supplier_credit,
        payments.instalments,
        payments.lateness,
        payments.lines,
        payments.wallets,
        payments.balances,
        public_records.negatives,
        public_records.register,
        public_records.capital,
        identity.verification,
        invoices.sales,
        invoices.buyers,
        invoices.suppliers,
        invoices.owners,
        shops.sales,
        shops.reviews,
        social.ratings,
    ),
}

# From what several groups found.
COMBINED: dict[str, dict[str, pl.Expr]] = {
    "consumer": {**payments.burdens(), **marketplace.shopping()},
    "business": shops.reviewed(),
}

# The mean standing of whom.
STANDINGS: dict[str, tuple[str, Group]] = {
    "consumer": ("ties_standing_mean", social.present_ties),
    "business": ("firm_owner_standing_mean", invoices.present_owners),
}

# What a firm shares with persons goes by the same name behind this prefix, but for:
FIRM = "firm_"
OTHER_NAMES = {
    "firm_loan_on_time_ratio_12m": "instalment_on_time_ratio_12m",
    "firm_penalty_count": "administrative_penalties_count",
}

# Ratios that may lie beyond 0 to 1, whatever a partner reports.
UNBOUNDED = {
    "card_utilisation_mean_6m",
    "card_utilisation_peak_6m",
    "payment_to_balance_ratio_6m",
    "card_utilisation_change_6m",
    "spend_variation_ratio_6m",
    "browse_to_order_ratio_6m",
    "return_ratio_12m",
    "favourite_to_view_ratio_6m",
    "top_up_variation_ratio_6m",
    "inflow_variation_ratio_6m",
    "salary_variation_ratio_6m",
    "debt_service_ratio_6m",
    "standing_order_burden_ratio_6m",
    "net_cash_flow_ratio_6m",
    "firm_sales_trend_ratio_12m",
    "firm_sales_variation_ratio_12m",
    "firm_purchase_to_sales_ratio_12m",
    "firm_net_cash_flow_ratio_6m",
}


def attributes(at: AsOf) -> dict[str, pl.DataFrame]:
    """Per kind of subject: subject_id and the attributes, in the order of the catalogue.

    What events tell comes before what a partner reports. Counts are Int64, other numbers
    Decimal(38, 10), categories text; units as the catalogue says. One row per subject of the kind
    that is known by the date. Raises SesameError for an attribute of the catalogue that nothing
    here measures.
    """
    found = _measured(at)
    # Standing is that of the month's first day: one computation more where that is another day.
    first = replace(at, day=at.day.replace(day=1))
    everything = seed("attributes")
    own = everything.filter(pl.col("factor") != RELATIONSHIPS)
    known = standings(_merged(first, found if first == at else _measured(first), own))
    for kind, (name, relations) in STANDINGS.items():
        means = mean_standing(relations(at), known, name).collect()
        found[kind] = found[kind].join(means, on="subject_id", how="left")
    return _merged(at, found, everything)


def _measured(at: AsOf) -> dict[str, pl.DataFrame]:
    """Per kind of subject what the groups found, one row per subject known by the date."""
    people = identity.subjects(at).collect()
    found = {kind: people.filter(pl.col("kind") == kind).select("subject_id") for kind in GROUPS}
    # One group after the other: the largest alone decides how much memory there must be.
    for group in dict.fromkeys(chain(*GROUPS.values())):
        frame = group(at).collect(engine="streaming")
        for kind, groups in GROUPS.items():
            if group in groups:
                found[kind] = found[kind].join(frame, on="subject_id", how="left")
    return {kind: frame.with_columns(**COMBINED[kind]) for kind, frame in found.items()}


def _merged(
    at: AsOf, found: dict[str, pl.DataFrame], wanted: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Those rows of the catalogue that are wanted, from what was found and what was reported."""
    reports = (
        partners.reported(at)
        .collect()
        .pivot(on="attribute_name", index="subject_id", values=["value", "category"])
    )
    return {
        kind: _merged_of_kind(frame, reports, wanted.filter(pl.col("subject_kind") == kind))
        for kind, frame in found.items()
    }


def _merged_of_kind(
    found: pl.DataFrame, reports: pl.DataFrame, wanted: pl.DataFrame
) -> pl.DataFrame:
    frame = found.join(reports, on="subject_id", how="left")

    def column(name: str, dtype: pl.DataType) -> pl.Expr:
        return pl.col(name) if name in frame.columns else pl.lit(None, dtype=dtype)

    columns = []
    for name, unit in wanted.select("attribute_name", "unit").iter_rows():
        own = OTHER_NAMES.get(name, name if name in found.columns else name.removeprefix(FIRM))
        value = column(f"value_{name}", pl.Decimal(28, VALUE_DIGITS))
        if unit == "category":
            merged = pl.coalesce(column(own, pl.String()), column(f"category_{name}", pl.String()))
        elif own not in found.columns:
            raise SesameError(f"{name}: the naive implementation does not measure it")
        elif found.schema[own] == pl.Int64:
            count = half_up(whole(value, VALUE_DIGITS), VALUE_DIGITS).cast(pl.Int64)
            merged = pl.coalesce(pl.col(own), pl.when(value >= 0).then(count))
        else:
            is_share = unit == "ratio" and name not in UNBOUNDED
            plausible = value.is_between(0, 1) if is_share else value.is_not_null()
            merged = decimal(
                pl.coalesce(pl.col(own), pl.when(plausible).then(value.cast(pl.Float64)))
            )
        columns.append(merged.alias(name))
    return frame.select("subject_id", *columns)
