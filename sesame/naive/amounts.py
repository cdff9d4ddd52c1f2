"""Exact amounts, and the doubles that attributes end in.

Amounts are whole numbers of ten-thousandths, so that every sum of them is exact; doubles come in
with the last division only, once per value.
"""

from decimal import Decimal

import polars as pl

from sesame.naive.raw import seed

AMOUNT_DIGITS = 4  # an amount of 1 is 10 ** 4
RATE_DIGITS = 6
VALUE_DIGITS = 10


def whole(number: pl.Expr, digits: int) -> pl.Expr:
    """A decimal of up to so many digits as a whole number of its last one (Int128)."""
    return number.cast(pl.Decimal(38, digits)).to_physical()


def _rates() -> dict[str, int]:
    """Millionths of the reference currency per unit of each currency."""
    rates = seed("currencies").select(
        "currency",
        units=whole(pl.col("reference_units").str.to_decimal(scale=RATE_DIGITS), RATE_DIGITS),
    )
    return dict(rates.cast({"units": pl.Int64}).iter_rows())


def reference(amount: str | pl.Expr) -> pl.Expr:
    """An amount of the row's `currency` in reference currency; null where that has no rate."""
    amount = pl.col(amount) if isinstance(amount, str) else amount
    rate = pl.col("currency").replace_strict(_rates(), default=None, return_dtype=pl.Int64)
    return half_up(whole(amount, AMOUNT_DIGITS) * rate, RATE_DIGITS).cast(pl.Int64)


def half_up(number: pl.Expr, digits: int) -> pl.Expr:
    """A whole number without its last digits, rounded; halves away from zero."""
    unit = 10**digits
    rounded: pl.Expr = number.sign() * ((number.abs() + unit // 2) // unit)
    return rounded


def units(number: pl.Expr, digits: int = AMOUNT_DIGITS) -> pl.Expr:
    """A whole number of ten-thousandths (or of another last digit) as the nearest double.

    By way of a decimal: Polars divides doubles by a constant as times its inverse, which is off
    in the last bit for every third amount.
    """
    return _scaled(number, digits).cast(pl.Float64)


def _scaled(number: pl.Expr, digits: int) -> pl.Expr:
    """A whole number of a decimal's last digit as that decimal."""
    scaled: pl.Expr = number.cast(pl.Decimal(38, 0)) * Decimal(1).scaleb(-digits)
    return scaled


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """A quotient as a double; null where the denominator is not above zero."""
    return pl.when(denominator > 0).then(numerator.cast(pl.Float64) / denominator.cast(pl.Float64))


def number(condition: pl.Expr) -> pl.Expr:
    """How many rows of a group meet a condition."""
    return condition.sum().cast(pl.Int64)


def share(condition: pl.Expr, among: pl.Expr) -> pl.Expr:
    """Share of the rows of a group that meet a condition among those that meet another."""
    return ratio(number(condition & among), number(among))


def variation(amount: pl.Expr, squares: pl.Expr, months: pl.Expr) -> pl.Expr:
    """Standard deviation over mean of monthly amounts, those of no month being zero.

    amount, squares: sums over the months, as doubles. Null for less than two months or no amount.
    """
    variance = pl.max_horizontal(squares * months - amount * amount, 0.0)
    return pl.when((months > 1) & (amount > 0)).then(variance.sqrt() / amount)


def digits_of(value: pl.Expr) -> pl.Expr:
    """A double as a whole number of its tenth digit, halves away from zero (Int128)."""
    digits: pl.Expr = (value * 10**VALUE_DIGITS).round(mode="half_away_from_zero")
    return digits.cast(pl.Int128)


def decimal(value: pl.Expr) -> pl.Expr:
    """A double as a decimal of ten digits, halves away from zero."""
    return _scaled(digits_of(value), VALUE_DIGITS)
