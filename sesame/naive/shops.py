"""Attributes of firms from what others do in their shops.

A row is the firm's once both it and whose shop it names are known; what a firm does in its own
shop says nothing.
"""

import polars as pl

from sesame.naive.amounts import number, ratio, reference, units
from sesame.naive.as_of import AsOf


def _in_shops(at: AsOf, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of others in shops that are known by now: subject_id the firm's, buyer_id theirs."""
    shops = (
        at.raw.scan("marketplace", "shops")
        .filter(at.before("known_at"))
        .select("shop_id", "subject_id")
    )
    return (
        rows.rename({"subject_id": "buyer_id"})
        .join(shops, on="shop_id")
        .filter(pl.col("buyer_id") != pl.col("subject_id"))
    )


def sales(at: AsOf) -> pl.LazyFrame:
    """A shop that sold nothing in the window has sales and buyers of 0.

    A dispute may be about an order from before the window: at most all orders are disputed.
    """
    in_window = at.within("ordered_at", 12)
    is_completed = in_window & (pl.col("status") == "completed")
    is_promised = is_completed & pl.col("promised_at").is_not_null()
    buyers = (
        _in_shops(at, at.rows("marketplace", "orders", "ordered_at"))
        .with_columns(amount=pl.when(is_completed).then(reference("amount")))
        .group_by("subject_id", "buyer_id")
        .agg(
            first_at=pl.col("ordered_at").min(),
            orders=number(in_window),
            cancelled=number(in_window & (pl.col("status") == "cancelled")),
            completed=number(is_completed),
            promised=number(is_promised),
            on_time=number(is_promised & (pl.col("delivered_at") <= pl.col("promised_at"))),
            unconverted=number(is_completed & pl.col("amount").is_null()),
            amount=pl.col("amount").sum(),
        )
    )
    firms = buyers.group_by("subject_id").agg(
        pl.col("orders", "cancelled", "promised", "on_time", "unconverted", "amount").sum(),
        observed_months=at.month_back(pl.col("first_at").min(), 12),
        buyers=number(pl.col("completed") > 0),
        repeated=number(pl.col("completed") > 1),
    )
    lost = pl.min_horizontal(pl.col("lost").fill_null(0), "orders")
    return firms.join(_disputes(at), on="subject_id", how="left").select(
        "subject_id",
        firm_dispute_ratio_12m=ratio(lost, pl.col("orders")),
        firm_cancellation_ratio_12m=ratio(pl.col("cancelled"), pl.col("orders")),
        firm_delivery_on_time_ratio_12m=ratio(pl.col("on_time"), pl.col("promised")),
        firm_order_amount_monthly_mean_12m=pl.when(pl.col("unconverted") == 0).then(
            ratio(units(pl.col("amount")), pl.col("observed_months"))
        ),
        firm_shop_buyer_count_12m="buyers",
        firm_shop_repeat_buyer_ratio_12m=ratio(pl.col("repeated"), pl.col("buyers")),
    )


def _disputes(at: AsOf) -> pl.LazyFrame:
    """Disputes won by buyers. A case that names no shop is of its order's, once that is known."""
    won = at.rows("marketplace", "refunds_and_disputes", "opened_at", months=12).filter(
        pl.col("kind") == "dispute", pl.col("outcome") == "won_by_buyer"
    )
    orders = (
        at.raw.scan("marketplace", "orders")
        .filter(at.before("known_at"))
        .select("order_id", order_shop_id="shop_id")
    )
    without_shop = (
        won.filter(pl.col("shop_id").is_null())
        .join(orders, on="order_id")
        .select("subject_id", shop_id="order_shop_id")
    )
    with_shop = won.select("subject_id", "shop_id")
    return (
        _in_shops(at, pl.concat([with_shop, without_shop]))
        .group_by("subject_id")
        .agg(lost=pl.len().cast(pl.Int64))
    )


def reviews(at: AsOf) -> pl.LazyFrame:
    """`reviews` is not of the catalogue."""
    of_shops = at.rows("marketplace", "reviews", "reviewed_at", months=12).filter(
        pl.col("direction") == "of_shop"
    )
    return (
        _in_shops(at, of_shops)
        .group_by("subject_id")
        .agg(
            firm_rating_mean_12m=ratio(pl.col("rating").cast(pl.Int64).sum(), pl.len()),
            reviews=pl.len().cast(pl.Int64),
        )
    )


def reviewed() -> dict[str, pl.Expr]:
    """A shop that sold and was never reviewed has no reviews; of no shop nothing is known."""
    has_sold = pl.col("firm_shop_buyer_count_12m").is_not_null()
    return {"firm_review_count_12m": pl.coalesce("reviews", pl.when(has_sold).then(0))}
