"""Attributes from payments: credit, bills, wallets, balances, holdings, deposits."""

import polars as pl

from sesame.naive.amounts import (
    AMOUNT_DIGITS,
    VALUE_DIGITS,
    digits_of,
    half_up,
    number,
    ratio,
    reference,
    share,
    units,
    variation,
)
from sesame.naive.as_of import AsOf


def bills(at: AsOf) -> pl.LazyFrame:
    """By date: a bill due on the 5th and paid in the evening of the 5th is on time."""
    on_time = pl.col("paid_at").dt.date() <= pl.col("due_at").dt.date()
    in_year = at.within("issued_at", 12)
    is_telecom = in_year & pl.col("kind").is_in(["phone", "broadband"])
    is_utility = in_year & (pl.col("kind") == "utility")
    return (
        at.rows("payments", "bills", "issued_at", months=24)
        .group_by("subject_id")
        .agg(
            bill_on_time_ratio_12m=share(on_time, in_year),
            bill_on_time_ratio_24m=ratio(number(on_time), pl.len()),
            telecom_bill_on_time_ratio_12m=share(on_time, is_telecom),
            utility_bill_on_time_ratio_12m=share(on_time, is_utility),
        )
    )


def _statements_of(at: AsOf) -> pl.LazyFrame:
    """Statements of the last year with the kind of their account, if that is known by now."""
    accounts = at.raw.scan("payments", "credit_accounts").filter(at.before("known_at"))
    return at.rows("payments", "credit_statements", "statement_at", months=12).join(
        accounts.select("account_id", "kind"), on="account_id", how="left"
    )


def cards(at: AsOf) -> pl.LazyFrame:
    """Until its account is known, a statement with a limit is taken for one of a card."""
    within = at.within("statement_at", 6)
    billed = pl.col("balance_amount").clip(lower_bound=0)
    utilisation = ratio(billed, pl.col("limit_amount"))
    is_minimum = (pl.col("paid_amount") <= pl.col("due_amount")) & (
        pl.col("balance_amount") > pl.col("due_amount")
    )
    is_full = (pl.col("paid_amount") >= pl.col("balance_amount")) & (pl.col("balance_amount") > 0)
    statements = (
        _statements_of(at)
        .filter(
            pl.when(pl.col("kind").is_null())
            .then(pl.col("limit_amount").is_not_null())
            .otherwise(pl.col("kind") == "card")
        )
        .select(
            "subject_id",
            "days_past_due",
            # digits of one ratio, so that their sum is exact
            utilisation=pl.when(within).then(digits_of(utilisation)),
            is_recent=within,
            is_later=at.within("statement_at", 3),
            is_paid_known=pl.col("paid_amount").is_not_null() & within,
            limit=pl.when(within).then(reference("limit_amount")),
            billed=pl.when(within).then(reference(billed)),
            paid=pl.when(within).then(reference("paid_amount")),
            is_minimum_known=pl.col("paid_amount").is_not_null()
            & pl.col("due_amount").is_not_null(),
            minimum_month=pl.when(is_minimum).then(at.month_back("statement_at", 12)),
            full_month=pl.when(is_full).then(at.month_back("statement_at", 12)),
            has_paid=pl.col("paid_amount").is_not_null(),
        )
    )
    lacks_rate = pl.col("is_recent") & pl.col("billed").is_null()
    is_converted = ~lacks_rate.any()
    is_paid_converted = ~(pl.col("is_paid_known") & lacks_rate).any()
    paid = units(pl.when("is_paid_known").then("paid").sum())
    is_later = pl.col("is_later")
    return statements.group_by("subject_id").agg(
        card_on_time_ratio_12m=ratio(
            number(pl.col("days_past_due") == 0), pl.col("days_past_due").count()
        ),
        card_utilisation_mean_6m=ratio(
            units(pl.col("utilisation").sum(), VALUE_DIGITS), pl.col("utilisation").count()
        ),
        card_utilisation_peak_6m=units(pl.col("utilisation").max(), VALUE_DIGITS),
        card_utilisation_change_6m=_change_of_means(
            pl.when(is_later).then("utilisation"), pl.when(~is_later).then("utilisation")
        ),
        card_limit_6m=pl.when(is_converted).then(units(pl.col("limit").max())),
        card_balance_mean_6m=pl.when(is_converted).then(
            ratio(units(pl.col("billed").sum()), number(pl.col("is_recent")))
        ),
        card_paid_mean_6m=pl.when(is_paid_converted).then(
            ratio(paid, number(pl.col("is_paid_known")))
        ),
        payment_to_balance_ratio_6m=pl.when(is_paid_converted).then(
            ratio(paid, units(pl.when("is_paid_known").then("billed").sum()))
        ),
        minimum_payment_months_12m=pl.when(pl.col("is_minimum_known").any()).then(
            pl.col("minimum_month").drop_nulls().n_unique().cast(pl.Int64)
        ),
        full_payment_months_12m=pl.when(pl.col("has_paid").any()).then(
            pl.col("full_month").drop_nulls().n_unique().cast(pl.Int64)
        ),
    )


def _change_of_means(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    """Mean of the later less that of the earlier, in whole numbers; half a digit away from zero."""
    pairs = later.count() * earlier.count()
    difference = later.sum() * earlier.count() - earlier.sum() * later.count()
    rounded = difference.sign() * ((2 * difference.abs() + pairs) // (2 * pairs))
    return pl.when(pairs > 0).then(units(rounded, VALUE_DIGITS))


def supplier_credit(at: AsOf) -> pl.LazyFrame:
    """A statement is a supplier's once its account is known to be one."""
    days = pl.col("days_past_due")
    return (
        _statements_of(at)
        .filter(pl.col("kind") == "supplier_credit")
        .group_by("subject_id")
        .agg(supplier_on_time_ratio_12m=ratio(number(days == 0), days.count()))
    )


def instalments(at: AsOf) -> pl.LazyFrame:
    """instalment_due_monthly_mean_6m, over the months since the first, is not of the catalogue."""
    recent = at.within("due_at", 6)
    due = pl.when(recent).then(reference("due_amount"))
    observed_months = at.month_back(pl.col("due_at").min(), 6)
    return (
        at.rows("payments", "loan_instalments", "due_at", months=12)
        .group_by("subject_id")
        .agg(
            instalment_on_time_ratio_12m=ratio(number(pl.col("days_past_due") == 0), pl.len()),
            instalment_due_monthly_mean_6m=pl.when(~(recent & due.is_null()).any()).then(
                ratio(units(due.sum()), observed_months)
            ),
        )
    )


def obligations(at: AsOf) -> pl.LazyFrame:
    """What was owed, of which it is known how late it was paid: due_at, days_past_due."""
    statements = at.rows("payments", "credit_statements", "statement_at").select(
        "subject_id", "days_past_due", due_at="statement_at"
    )
    due = at.rows("payments", "loan_instalments", "due_at").select(
        "subject_id", "days_past_due", "due_at"
    )
    return pl.concat([statements, due]).drop_nulls("days_past_due")


def lateness(at: AsOf) -> pl.LazyFrame:
    """Whoever ever owed has counts, if need be of zero."""
    days = pl.col("days_past_due")
    within_24 = at.within("due_at", 24)
    late_at = pl.when((days > 0) & within_24).then("due_at").max()
    day = pl.when(at.within("due_at", 12)).then(pl.col("due_at").dt.date())
    return (
        obligations(at)
        .group_by("subject_id")
        .agg(
            worst_days_past_due_12m=pl.when(at.within("due_at", 12)).then(days).max(),
            latest_days_past_due_12m=pl.when(day == day.max()).then(days).max(),
            late_30_count_24m=number((days >= 30) & within_24),
            late_60_count_24m=number((days >= 60) & within_24),
            late_90_count_24m=number((days >= 90) & within_24),
            late_at=late_at,
        )
        .select(
            "subject_id",
            pl.col("worst_days_past_due_12m", "latest_days_past_due_12m").cast(pl.Int64),
            "late_30_count_24m",
            "late_60_count_24m",
            "late_90_count_24m",
            months_since_last_late_24m=at.whole_months_since("late_at").fill_null(24),
        )
    )


def lines(at: AsOf) -> pl.LazyFrame:
    return (
        at.rows("payments", "credit_accounts", "opened_at")
        .group_by("subject_id")
        .agg(
            oldest_line_age_months=at.whole_months_since(pl.col("opened_at").min()),
            new_lines_count_12m=number(at.within("opened_at", 12)),
        )
    )


def wallets(at: AsOf) -> pl.LazyFrame:
    """Everything about transactions, from sums per subject and month.

    An amount in a currency without a rate leaves no amount to trust; months count from the first
    transaction, which may lie before the window. outflow_monthly_mean_6m is not of the catalogue.
    """
    is_in, is_out = pl.col("direction") == "in", pl.col("direction") == "out"
    kind, amount = pl.col("kind"), pl.col("amount")
    is_salary, is_top_up = is_in & kind.is_in(["salary", "pension"]), kind == "top_up"
    months = (
        at.rows("payments", "wallet_transactions", "occurred_at")
        .select(
            "subject_id",
            "kind",
            "direction",
            "occurred_at",
            amount=reference("amount"),
            month_6=at.month_in("occurred_at", 6),
            month_12=at.month_in("occurred_at", 12),
        )
        .group_by("subject_id", "month_6", "month_12")
        .agg(
            first_at=pl.col("occurred_at").min(),
            unconverted=number(amount.is_null()),
            inflow=pl.when(is_in).then(amount).sum(),
            outflow=pl.when(is_out).then(amount).sum(),
            cash=pl.when(is_out & (kind == "cash")).then(amount).sum(),
            salary=pl.when(is_salary).then(amount).sum(),
            top_up=pl.when(is_top_up).then(amount).sum(),
            has_inflow=is_in.any(),
            has_salary=is_salary.any(),
            has_top_up=is_top_up.any(),
        )
    )
    subjects = months.group_by("subject_id").agg(
        observed_months=at.month_back(pl.col("first_at").min(), 6),
        inflow_active_months_12m=_active_months("has_inflow"),
        salary_active_months_12m=_active_months("has_salary"),
        top_up_active_months_12m=_active_months("has_top_up"),
    )
    inflow, outflow = units(pl.col("inflow")), units(pl.col("outflow"))
    net = units(pl.col("inflow") - pl.col("outflow"))
    observed = pl.col("observed_months")
    return subjects.join(_flows(months), on="subject_id", how="left").select(
        "subject_id",
        "inflow_active_months_12m",
        "salary_active_months_12m",
        "top_up_active_months_12m",
        cash_share_ratio_6m=ratio(units(pl.col("cash")), outflow),
        inflow_monthly_mean_6m=ratio(inflow, observed),
        outflow_monthly_mean_6m=ratio(outflow, observed),
        inflow_variation_ratio_6m=pl.when(pl.col("inflow") > 0).then(_variation("inflow")),
        salary_variation_ratio_6m=_variation("salary"),
        top_up_variation_ratio_6m=_variation("top_up"),
        net_cash_flow_ratio_6m=ratio(net, inflow),
    )


def _active_months(condition: str) -> pl.Expr:
    return pl.when(condition).then("month_12").drop_nulls().n_unique().cast(pl.Int64)


def _variation(flow: str) -> pl.Expr:
    amount, squares = pl.col(f"whole {flow}"), pl.col(f"squares {flow}")
    return variation(amount.cast(pl.Float64), squares.cast(pl.Float64), pl.col("observed_months"))


def _flows(months: pl.LazyFrame) -> pl.LazyFrame:
    """Sums over six months of subjects all of whose amounts have a rate.

    Of a month's amounts whole units are squared: their squares fit a decimal, whatever they are.
    """
    flows = pl.col("inflow", "salary", "top_up")
    whole_units = pl.col("^whole .*$")
    return (
        months.drop_nulls("month_6")
        .group_by("subject_id", "month_6")
        .agg(pl.col("unconverted", "inflow", "outflow", "cash", "salary", "top_up").sum())
        .with_columns(half_up(flows, AMOUNT_DIGITS).cast(pl.Int128).name.prefix("whole "))
        .group_by("subject_id")
        .agg(
            pl.col("unconverted", "inflow", "outflow", "cash").sum(),
            whole_units.sum(),
            (whole_units * whole_units).sum().name.replace("whole", "squares"),
        )
        .filter(pl.col("unconverted") == 0)
    )


def balances(at: AsOf) -> pl.LazyFrame:
    within = at.within("measured_at", 6)
    is_below_zero = (pl.col("balance_amount") < 0) & at.within("measured_at", 12)
    readings = at.rows("payments", "wallet_balances", "measured_at").select(
        "subject_id",
        is_overdrawn=is_below_zero,
        is_recent=within,
        is_later=at.within("measured_at", 3),
        balance=pl.when(within).then(reference("balance_amount")),
    )
    is_converted = ~(pl.col("is_recent") & pl.col("balance").is_null()).any()
    return readings.group_by("subject_id").agg(
        balance_mean_6m=pl.when(is_converted).then(_mean_balance(pl.col("is_recent"))),
        balance_change_6m=pl.when(is_converted).then(
            _mean_balance(pl.col("is_later"))
            - _mean_balance(pl.col("is_recent") & ~pl.col("is_later"))
        ),
        balance_minimum_6m=pl.when(is_converted).then(units(pl.col("balance").min())),
        overdrawn_readings_count_12m=number(pl.col("is_overdrawn")),
    )


def _mean_balance(condition: pl.Expr) -> pl.Expr:
    balance = pl.when(condition).then("balance")
    return ratio(units(balance.sum()), number(condition))


def standing_orders(at: AsOf) -> pl.LazyFrame:
    """Whoever ever gave one has a count. standing_orders_amount is not of the catalogue."""
    runs = at.lasts("ended_at")
    amount = pl.when(runs).then(reference("amount"))
    return (
        at.rows("payments", "standing_orders", "started_at")
        .group_by("subject_id")
        .agg(
            standing_orders_count=number(runs),
            standing_orders_amount=pl.when(~(runs & amount.is_null()).any()).then(
                units(amount.sum())
            ),
        )
    )


def burdens() -> dict[str, pl.Expr]:
    """What takes the flows of wallets together with balances, instalments or standing orders."""
    balance, due = pl.col("balance_mean_6m"), pl.col("instalment_due_monthly_mean_6m")
    inflow, outflow = pl.col("inflow_monthly_mean_6m"), pl.col("outflow_monthly_mean_6m")
    return {
        "buffer_months_6m": ratio(balance, outflow),
        "debt_service_ratio_6m": ratio(due, inflow),
        "standing_order_burden_ratio_6m": ratio(pl.col("standing_orders_amount"), inflow),
    }


def holdings(at: AsOf) -> pl.LazyFrame:
    """Of each kind what was measured on its latest day, summed."""
    day = pl.col("measured_at").dt.date()
    value = pl.col("value")
    return (
        at.rows("payments", "holdings", "measured_at", months=6)
        .select(
            "subject_id",
            "kind",
            day=day,
            value=reference("value_amount"),
            is_held=pl.col("value_amount") > 0,
        )
        .group_by("subject_id", "kind", "day")
        .agg(value.sum(), pl.col("is_held").any(), unconverted=number(value.is_null()))
        .sort("day")
        .group_by("subject_id", "kind")
        .agg(pl.col("value", "is_held", "unconverted").last())
        .group_by("subject_id")
        .agg(
            holdings_value_6m=pl.when(pl.col("unconverted").sum() == 0).then(units(value.sum())),
            holding_kinds_count_6m=number(pl.col("is_held")),
        )
    )


def deposits(at: AsOf) -> pl.LazyFrame:
    """The window is of endings: that a deposit was placed says nothing yet."""
    return (
        at.rows("payments", "deposits", "ended_at", months=24)
        .group_by("subject_id")
        .agg(deposits_returned_ratio_24m=ratio(number(pl.col("kept_amount") == 0), pl.len()))
    )
