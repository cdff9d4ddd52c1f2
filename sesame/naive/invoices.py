"""Attributes of firms from the invoices they issue and receive, and from who owns them."""

import polars as pl

from sesame.naive.amounts import (
    VALUE_DIGITS,
    digits_of,
    number,
    ratio,
    reference,
    units,
    variation,
)
from sesame.naive.as_of import AsOf

HALF = 6  # of the window's months the later half


def _invoices(at: AsOf) -> pl.LazyFrame:
    """Invoices in the months they lie in, those before the window without one.

    What a firm bills itself is no trade. A voided invoice never took effect and has no amount; a
    reversing one is negative and summed with the valid ones.
    """
    is_trade = pl.col("counterparty_id") != pl.col("subject_id")
    is_voided = pl.col("status") == "voided"
    return (
        at.rows("payments", "invoices", "issued_at")
        .filter(is_trade.fill_null(True))
        .select(
            "subject_id",
            "direction",
            "counterparty_id",
            "status",
            "issued_at",
            net=pl.when(~is_voided).then(reference("net_amount")),
            is_unconverted=~is_voided & reference("net_amount").is_null(),
            month=at.month_in("issued_at", 12),
        )
    )


def _totals(at: AsOf, direction: str) -> pl.LazyFrame:
    """Sums of a firm's invoices of one direction in the window, from sums per month.

    share_sum, squared_share_sum: of the months' shares of the turnover, in digits of one, whose
    squares fit a decimal whatever the amounts.
    """
    months = (
        _invoices(at)
        .filter(pl.col("direction") == direction)
        .group_by("subject_id", "month")
        .agg(
            first_at=pl.col("issued_at").min(),
            invoices=pl.len().cast(pl.Int64),
            valid=number(pl.col("status") == "valid"),
            voided=number(pl.col("status") == "voided"),
            reversed=number(pl.col("status") == "reversed"),
            unconverted=number(pl.col("is_unconverted")),
            net=pl.col("net").sum(),
        )
    )
    first = months.group_by("subject_id").agg(
        observed_months=at.month_back(pl.col("first_at").min(), 12)
    )
    turnover = pl.col("net").abs().sum().over("subject_id")
    share = digits_of(ratio(units(pl.col("net")), units(turnover)))
    sums = (
        months.drop_nulls("month")
        .with_columns(share=share)
        .group_by("subject_id")
        .agg(
            pl.col("invoices", "valid", "voided", "reversed", "unconverted", "net").sum(),
            later_net=pl.when(pl.col("month") <= HALF).then("net").sum(),
            active_months=number(pl.col("valid") > 0),
            share_sum=pl.col("share").sum(),
            squared_share_sum=(pl.col("share") * pl.col("share")).sum(),
        )
    )
    counts = pl.col("^(invoices|valid|voided|reversed|unconverted|net|later_net|active_months)$")
    return first.join(sums, on="subject_id", how="left").with_columns(counts.fill_null(0))


def sales(at: AsOf) -> pl.LazyFrame:
    """A firm that issued none in the window sold 0; of one that never did nothing is known."""
    net, observed = units(pl.col("net")), pl.col("observed_months")
    bought = _totals(at, "received").select(
        "subject_id",
        bought=pl.when((pl.col("unconverted") == 0) & (pl.col("invoices") > 0)).then("net"),
    )
    is_converted = pl.col("unconverted") == 0
    return (
        _totals(at, "issued")
        .join(bought, on="subject_id", how="left")
        .select(
            "subject_id",
            firm_void_invoice_ratio_12m=ratio(pl.col("voided"), pl.col("invoices")),
            firm_reversed_invoice_ratio_12m=ratio(pl.col("reversed"), pl.col("invoices")),
            firm_active_months_12m="active_months",
            firm_valid_invoice_count_12m="valid",
            firm_sales_monthly_mean_12m=pl.when(is_converted).then(ratio(net, observed)),
            firm_sales_trend_ratio_12m=pl.when(is_converted & (observed == 2 * HALF)).then(
                ratio(units(pl.col("later_net")), net)
            ),
            firm_sales_variation_ratio_12m=pl.when(is_converted).then(
                variation(
                    units(pl.col("share_sum"), VALUE_DIGITS),
                    units(pl.col("squared_share_sum"), 2 * VALUE_DIGITS),
                    observed,
                )
            ),
            firm_purchase_to_sales_ratio_12m=pl.when(is_converted).then(
                ratio(units(pl.col("bought")), net)
            ),
        )
    )


def _counterparties(at: AsOf, direction: str) -> pl.LazyFrame:
    """Counterparties in the window: number, those of several months, concentration.

    One whose invoices were all taken back has no share of the trade. Older invoices add to no
    count, but make a firm one that traded with nobody.
    """
    has_month = pl.col("month").is_not_null()
    is_valid = has_month & (pl.col("status") == "valid")
    share = digits_of(ratio(units(pl.col("net")), units(pl.col("net").sum().over("subject_id"))))
    return (
        _invoices(at)
        .filter(pl.col("direction") == direction)
        .drop_nulls("counterparty_id")
        .group_by("subject_id", "counterparty_id")
        .agg(
            months=pl.col("month").filter(is_valid).n_unique(),
            unconverted=number(has_month & pl.col("is_unconverted")),
            net=pl.when(has_month).then("net").sum().clip(lower_bound=0),
        )
        .with_columns(share=share)
        .group_by("subject_id")
        .agg(
            counterparties=number(pl.col("months") > 0),
            repeated=number(pl.col("months") > 1),
            concentration=pl.when(
                (pl.col("unconverted").sum() == 0) & (pl.col("net").sum() > 0)
            ).then(units((pl.col("share") * pl.col("share")).sum(), 2 * VALUE_DIGITS)),
        )
    )


def buyers(at: AsOf) -> pl.LazyFrame:
    return _counterparties(at, "issued").select(
        "subject_id",
        firm_buyer_count_12m="counterparties",
        firm_repeat_buyer_ratio_12m=ratio(pl.col("repeated"), pl.col("counterparties")),
        firm_buyer_concentration_ratio_12m="concentration",
    )


def suppliers(at: AsOf) -> pl.LazyFrame:
    return _counterparties(at, "received").select(
        "subject_id",
        firm_supplier_count_12m="counterparties",
        firm_repeat_supplier_ratio_12m=ratio(pl.col("repeated"), pl.col("counterparties")),
        firm_supplier_concentration_ratio_12m="concentration",
    )


def _ownerships(at: AsOf) -> pl.LazyFrame:
    """Ownerships as their latest reports state them; an end arrives as one with the same start."""
    return (
        at.rows("identity", "business_owners", "since_at")
        .sort("known_at", "ownership_id")
        .group_by("subject_id", "owner_subject_id", pl.col("since_at").dt.date())
        .agg(pl.col("until_at").last())
    )


def owners(at: AsOf) -> pl.LazyFrame:
    present = pl.col("owner_subject_id").filter(at.lasts("until_at"))
    return (
        _ownerships(at)
        .group_by("subject_id")
        .agg(firm_owner_count=present.n_unique().cast(pl.Int64))
    )


def present_owners(at: AsOf) -> pl.LazyFrame:
    """subject_id of a firm and related_id of one that owns it, each pair once."""
    return (
        _ownerships(at)
        .filter(at.lasts("until_at"))
        .select("subject_id", related_id="owner_subject_id")
        .unique()
    )
