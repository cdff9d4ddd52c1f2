"""The standing of ties and owners: what the champion's card makes of their own four factors.

A subject's standing is the weighted sum of its factors' sub-scores, each shrunk by its evidence, in
log-odds; an attribute without a value neither adds nor counts as evidence. Relationships are no
part of it, so that no standing rests on another. That a jurisdiction bans an attribute is not
provided for: the catalogue knows no ban.
"""

from decimal import Decimal

import polars as pl

from sesame.naive.amounts import VALUE_DIGITS, digits_of, ratio, units, whole
from sesame.naive.raw import seed

RELATIONSHIPS = "interpersonal_relationships"
CARD_DIGITS = 4  # of points, evidence weights and scales
WEIGHT_DIGITS = 6  # of factors' weights


def standings(values: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """subject_id and standing, in digits of one (Int128), of everyone of whom anything is known.

    values: per kind of subject the attributes of the four factors, as `catalogue` gives them.
    """
    version = _champion()
    return pl.concat(
        [
            _of_kind(frame, factors)
            for kind, frame in values.items()
            if (factors := _factors(version, kind))
        ]
    )


def mean_standing(relations: pl.LazyFrame, known: pl.DataFrame, name: str) -> pl.LazyFrame:
    """Mean standing of the subjects that someone is related to; who has none is left out.

    relations: subject_id and related_id, each pair once. known: as `standings` gives it.
    """
    standing = pl.col("standing")
    return (
        relations.join(known.lazy(), left_on="related_id", right_on="subject_id")
        .group_by("subject_id")
        .agg(ratio(units(standing.sum(), VALUE_DIGITS), standing.count()).alias(name))
    )


def _champion() -> str:
    """The version that the latest decision on a champion names."""
    decisions = seed("score_versions").filter(pl.col("status") == "champion")
    version: str = decisions.sort(pl.col("decision_number").cast(pl.Int64))["score_version"][-1]
    return version


def _factors(version: str, kind: str) -> dict[str, dict[str, str]]:
    """The version's enabled factors of a kind of subject, but relationships, by name."""
    rows = seed("factors").filter(
        pl.col("score_version") == version,
        pl.col("subject_kind") == kind,
        pl.col("is_enabled") == "true",
        pl.col("factor") != RELATIONSHIPS,
    )
    return rows.rows_by_key("factor", named=True, unique=True, include_key=True)


def _of_kind(frame: pl.DataFrame, factors: dict[str, dict[str, str]]) -> pl.DataFrame:
    scores = frame.select(
        "subject_id", **{name: _weighted_score(row, frame) for name, row in factors.items()}
    )
    # of all factors, whatever the evidence: one of which nothing is known says nothing
    weights = sum(_digits(row["global_weight_ratio"], WEIGHT_DIGITS) for row in factors.values())
    total = units(pl.sum_horizontal(*factors), VALUE_DIGITS)
    standing = _quotient(total, pl.lit(weights / 10**WEIGHT_DIGITS))
    return scores.filter(pl.any_horizontal(pl.col(*factors).is_not_null())).select(
        "subject_id", standing=digits_of(standing)
    )


def _weighted_score(factor: dict[str, str], frame: pl.DataFrame) -> pl.Expr:
    """Weight times evidence times sub-score, in digits of one; null without evidence."""
    version = factor["score_version"]
    points, weights = [], []
    for name, weight in _weights(version, factor["factor"], frame.columns):
        point = _points(version, name, is_category=frame.schema[name] == pl.String)
        points.append(point * weight)
        weights.append(pl.when(point.is_not_null()).then(weight))
    evidence = units(pl.sum_horizontal(weights), CARD_DIGITS)
    mean = ratio(units(pl.sum_horizontal(points), 2 * CARD_DIGITS), evidence)

    def constant(column: str) -> pl.Expr:
        return pl.lit(float(factor[column]))

    share = pl.min_horizontal(1.0, _quotient(evidence, constant("full_evidence_weight")))
    score = _quotient(mean - constant("offset_points"), constant("scale_points"))
    product = (
        constant("global_weight_ratio")
        * units(digits_of(share), VALUE_DIGITS)
        * units(digits_of(score), VALUE_DIGITS)
    )
    return digits_of(product)


def _quotient(numerator: pl.Expr, constant: pl.Expr) -> pl.Expr:
    """A true division by a constant, which Polars makes a product of (see `units`)."""
    return numerator / pl.when(numerator.is_not_null()).then(constant)


def _weights(version: str, factor: str, known: list[str]) -> list[tuple[str, int]]:
    """Attributes of the version's card in a factor, with their evidence weights in digits."""
    of_factor = seed("attributes").filter(pl.col("factor") == factor)["attribute_name"]
    rows = seed("attribute_weights").filter(
        pl.col("score_version") == version,
        pl.col("attribute_name").is_in(of_factor.implode()),
        pl.col("attribute_name").is_in(known),
    )
    return [
        (name, _digits(weight, CARD_DIGITS))
        for name, weight in rows.select("attribute_name", "evidence_weight").iter_rows()
    ]


def _points(version: str, name: str, *, is_category: bool) -> pl.Expr:
    """Points of an attribute in digits; null without a value."""
    bins = seed("bins").filter(
        pl.col("score_version") == version,
        pl.col("attribute_name") == name,
        pl.col("value_state") == "observed",
    )
    value = pl.col(name) if is_category else whole(pl.col(name), VALUE_DIGITS)
    # a bin of a category comes before the one that takes all others
    points = pl.lit(None, dtype=pl.Int64)
    for row in bins.sort("category", nulls_last=False).iter_rows(named=True):
        fits = value.is_not_null()
        if row["category"] is not None:
            fits &= value == row["category"]
        if row["lower_bound"] is not None:
            fits &= value >= _digits(row["lower_bound"], VALUE_DIGITS)
        if row["upper_bound"] is not None:
            fits &= value < _digits(row["upper_bound"], VALUE_DIGITS)
        points = pl.when(fits).then(_digits(row["points"], CARD_DIGITS)).otherwise(points)
    return points


def _digits(text: str, digits: int) -> int:
    """A decimal written in a seed as a whole number of its last digit."""
    return int(Decimal(text).scaleb(digits))
