"""Attributes from the marketplace of those who buy: orders, cases, page views."""

import polars as pl

from sesame.naive.amounts import half_up, number, ratio, reference, units, variation
from sesame.naive.as_of import AsOf
from sesame.naive.raw import seed


def _orders(at: AsOf) -> pl.LazyFrame:
    """Orders in the months they lie in; a cancelled one has no amount, and needs none."""
    is_completed = pl.col("status") == "completed"
    return at.rows("marketplace", "orders", "ordered_at").select(
        "subject_id",
        "status",
        "ordered_at",
        is_unconverted=is_completed & reference("amount").is_null(),
        amount=pl.when(is_completed).then(reference("amount")),
        month_6=at.month_in("ordered_at", 6),
        month_12=at.month_in("ordered_at", 12),
    )


def orders(at: AsOf) -> pl.LazyFrame:
    """Everything about a buyer's orders, from sums per buyer and month.

    orders_6m, orders_12m and completed_12m are not of the catalogue.
    """
    months = (
        _orders(at)
        .group_by("subject_id", "month_6", "month_12")
        .agg(
            first_at=pl.col("ordered_at").min(),
            orders=pl.len().cast(pl.Int64),
            completed=number(pl.col("status") == "completed"),
            cancelled=number(pl.col("status") == "cancelled"),
            unconverted=number(pl.col("is_unconverted")),
            spent=pl.col("amount").sum(),
        )
    )
    in_year = pl.col("month_12").is_not_null()
    buyers = months.group_by("subject_id").agg(
        observed_months=at.month_back(pl.col("first_at").min(), 6),
        orders_12m=pl.when(in_year).then("orders").sum(),
        completed_12m=pl.when(in_year).then("completed").sum(),
        cancelled_12m=pl.when(in_year).then("cancelled").sum(),
        marketplace_active_months_12m=pl.col("month_12").drop_nulls().n_unique().cast(pl.Int64),
    )
    spending = (
        months.drop_nulls("month_6")
        .group_by("subject_id", "month_6")
        .agg(pl.col("orders", "completed", "unconverted", "spent").sum())
        # whole units, whose squares fit a decimal whatever they are
        .with_columns(whole_spent=half_up(pl.col("spent"), 4).cast(pl.Int128))
        .group_by("subject_id")
        .agg(
            pl.col("orders", "completed", "unconverted", "spent", "whole_spent").sum(),
            squares=(pl.col("whole_spent") * pl.col("whole_spent")).sum(),
        )
    )
    is_converted = pl.col("unconverted") == 0
    observed = pl.col("observed_months")
    return buyers.join(spending, on="subject_id", how="left").select(
        "subject_id",
        "orders_12m",
        "completed_12m",
        "marketplace_active_months_12m",
        orders_6m=pl.col("orders").fill_null(0),
        spend_monthly_mean_6m=pl.when(is_converted).then(ratio(units(pl.col("spent")), observed)),
        order_amount_mean_6m=pl.when(is_converted).then(
            ratio(units(pl.col("spent")), pl.col("completed"))
        ),
        spend_variation_ratio_6m=pl.when(is_converted).then(
            variation(
                pl.col("whole_spent").cast(pl.Float64),
                pl.col("squares").cast(pl.Float64),
                observed,
            )
        ),
        cancellation_ratio_12m=ratio(pl.col("cancelled_12m"), pl.col("orders_12m")),
    )


def deliveries(at: AsOf) -> pl.LazyFrame:
    declared = (
        at.rows("identity", "addresses", "valid_from_at")
        .select("subject_id", "address_token", is_declared=True)
        .unique()
    )
    return (
        at.rows("marketplace", "orders", "ordered_at", months=12)
        .drop_nulls("delivery_address_token")
        .join(
            declared,
            left_on=["subject_id", "delivery_address_token"],
            right_on=["subject_id", "address_token"],
            how="left",
        )
        .group_by("subject_id")
        .agg(delivery_match_ratio_12m=ratio(number(pl.col("is_declared")), pl.len()))
    )


def categories(at: AsOf) -> pl.LazyFrame:
    lines = pl.col("lines")
    return (
        at.rows("marketplace", "order_items", "ordered_at", months=12)
        .drop_nulls("category_id")
        .group_by("subject_id", "category_id")
        .agg(lines=pl.len().cast(pl.Int64))
        .group_by("subject_id")
        .agg(
            category_count_12m=pl.len().cast(pl.Int64),
            category_concentration_ratio_12m=ratio(
                (lines * lines).sum(), lines.sum() * lines.sum()
            ),
        )
    )


def cases(at: AsOf) -> pl.LazyFrame:
    """Refunds granted and disputes lost; neither is of the catalogue."""
    is_granted = (pl.col("kind") == "refund") & (pl.col("outcome") == "granted")
    is_lost = (pl.col("kind") == "dispute") & (pl.col("outcome") == "lost_by_buyer")
    return (
        at.rows("marketplace", "refunds_and_disputes", "opened_at", months=12)
        .group_by("subject_id")
        .agg(granted_12m=number(is_granted), lost_12m=number(is_lost))
    )


def page_views(at: AsOf) -> pl.LazyFrame:
    """Nights are counted by the clock of every jurisdiction, then the subject's own is taken.

    views_6m and carts_6m are not of the catalogue.
    """
    clocks = seed("jurisdictions").rows_by_key("jurisdiction", named=True, unique=True)
    minute = pl.col("viewed_at").dt.hour().cast(pl.Int32) * 60 + pl.col("viewed_at").dt.minute()
    is_timed = pl.col("has_time_of_day").fill_null(True)
    nights = {
        f"night {country}": number(
            is_timed
            & ((minute + int(clock["utc_offset_minutes"])) % 1440 < int(clock["night_minutes"]))
        )
        for country, clock in clocks.items()
    }
    own_night = pl.coalesce(
        *(pl.when(pl.col("country") == country).then(f"night {country}") for country in clocks),
        pl.col("night *"),
    )
    views = (
        at.rows("marketplace", "page_views", "viewed_at", months=6)
        .group_by("subject_id")
        .agg(
            timed=number(is_timed),
            views_6m=number(pl.col("action") == "view"),
            carts_6m=number(pl.col("action") == "cart"),
            favourites=number(pl.col("action") == "favourite"),
            **nights,
        )
    )
    countries = at.rows("identity", "subjects", "registered_at").select("subject_id", "country")
    return views.join(countries, on="subject_id").select(
        "subject_id",
        "views_6m",
        "carts_6m",
        favourite_to_view_ratio_6m=ratio(pl.col("favourites"), pl.col("views_6m")),
        night_share_ratio_6m=ratio(own_night, pl.col("timed")),
    )


def reviews(at: AsOf) -> pl.LazyFrame:
    """written_12m is not of the catalogue."""
    is_received = pl.col("direction") == "of_buyer"
    stars = pl.when(is_received).then(pl.col("rating").cast(pl.Int64))
    return (
        at.rows("marketplace", "reviews", "reviewed_at", months=12)
        .group_by("subject_id")
        .agg(
            written_12m=number(pl.col("direction") == "of_shop"),
            buyer_rating_mean_12m=ratio(stars.sum(), number(is_received)),
        )
    )


def shopping() -> dict[str, pl.Expr]:
    """What takes orders together with cases, page views or reviews.

    Whoever ordered and has no case lost none; of whoever has neither nothing is known. A review
    may be of an order from before the window: at most all orders are reviewed.
    """
    ordered = pl.col("orders_6m").fill_null(0)
    granted, lost = pl.col("granted_12m").fill_null(0), pl.col("lost_12m").fill_null(0)
    is_known = pl.col("orders_6m").is_not_null() | pl.col("lost_12m").is_not_null()
    completed = pl.col("completed_12m")
    reviewed = pl.min_horizontal(pl.col("written_12m").fill_null(0), completed)
    without_order = 1 - ratio(ordered, pl.col("carts_6m"))
    return {
        "return_ratio_12m": ratio(granted, pl.col("orders_12m")),
        "disputes_lost_count_12m": pl.when(is_known).then(lost),
        "browse_to_order_ratio_6m": ratio(ordered, pl.col("views_6m")),
        "reviewed_ratio_12m": ratio(reviewed, completed),
        "cart_abandonment_ratio_6m": without_order.clip(lower_bound=0),
    }
