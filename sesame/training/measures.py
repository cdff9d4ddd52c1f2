"""How good scores are: discrimination and calibration, with intervals."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit, ndtri
from scipy.stats import beta

from sesame.training.panel import Booleans, Floats
from sesame.training.scorer import Scorer, Scores
from sesame.training.shapes import FACTORS

_QUANTILE = float(ndtri(0.975))


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval."""

    value: float
    lower: float
    upper: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.lower:.4f} to {self.upper:.4f})"


def _around(value: float, error: float) -> Interval:
    return Interval(value, value - _QUANTILE * error, value + _QUANTILE * error)


def auc(log_odds: Floats, is_default: Booleans) -> Interval:
    """Share of pairs of a default and none that log_odds (n,) of no default put in order; a tie
    counts half. The interval is DeLong's on the logit scale, so that it ends within 0 and 1; there
    is none of fewer than two defaults or others, or where all pairs are in one order.
    """
    good, bad = np.sort(log_odds[~is_default]), np.sort(log_odds[is_default])
    if not len(good) or not len(bad):
        return Interval(math.nan, math.nan, math.nan)

    def placements(values: Floats, others: Floats) -> Floats:
        below = np.searchsorted(others, values, side="left")
        upto = np.searchsorted(others, values, side="right")
        return np.asarray((below + upto) / 2 / len(others))

    of_good, of_bad = placements(good, bad), 1 - placements(bad, good)
    area = float(of_good.mean())
    if min(len(good), len(bad)) < 2 or not 0 < area < 1:
        return Interval(area, math.nan, math.nan)
    variance = of_good.var(ddof=1) / len(of_good) + of_bad.var(ddof=1) / len(of_bad)
    reach = _QUANTILE * math.sqrt(variance) / (area * (1 - area))
    return Interval(area, float(expit(logit(area) - reach)), float(expit(logit(area) + reach)))


def calibration(log_odds: Floats, good_share: Floats) -> tuple[Interval, Interval]:
    """Slope and intercept of the logistic regression of no default on log_odds (n,): 1 and 0 where
    they mean what they say. good_share (n,) is 1 or 0, or the true probability of no default, for
    which the intervals, those of drawn outcomes, are too wide. nan where there is only one outcome
    or one value of log_odds.
    """
    if not len(log_odds) or np.ptp(log_odds) == 0 or good_share.max() == 0 or good_share.min() == 1:
        return Interval(math.nan, math.nan, math.nan), Interval(math.nan, math.nan, math.nan)
    columns = np.column_stack([log_odds, np.ones_like(log_odds)])

    def loss(line: Floats) -> tuple[float, Floats]:
        values = columns @ line
        value = -(good_share * log_expit(values) + (1 - good_share) * log_expit(-values)).sum()
        return float(value), columns.T @ (expit(values) - good_share)

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS")
    chance = expit(columns @ found.x)
    information = (columns * (chance * (1 - chance))[:, None]).T @ columns
    errors = np.sqrt(np.diag(np.linalg.pinv(information)))
    return _around(found.x[0], errors[0]), _around(found.x[1], errors[1])


@dataclass(frozen=True)
class Band:
    """Of scores from `lower` to below `upper`: outcomes, defaults, those expected, and whether the
    exact interval of the observed rate, widened for the number of bands, holds the expected one.
    """

    lower: int
    upper: int
    count: int
    defaults: float
    expected: float
    is_covered: bool


def bands(
    scores: Floats, log_odds: Floats, defaults: Floats, *, width: int = 50, least: float = 100
) -> list[Band]:
    """Bands of so many points with at least so many expected defaults, narrower ones pooled."""
    if not len(scores):
        return []
    chance = expit(-log_odds)
    found: list[tuple[int, int, Booleans]] = []
    lower = int(scores.min()) // width * width
    for edge in range(lower + width, int(scores.max()) + 2 * width, width):
        chosen = (scores >= lower) & (scores < edge)
        if chance[chosen].sum() >= least:
            found.append((lower, edge, chosen))
            lower = edge
    if found:  # what is left over belongs to the last
        start, _, _ = found[-1]
        found[-1] = (start, int(scores.max()) + 1, scores >= start)
    tail = 0.025 / max(len(found), 1)
    result = []
    for start, end, chosen in found:
        count, bad, expected = chosen.sum(), defaults[chosen].sum(), chance[chosen].sum()
        low = beta.ppf(tail, bad, count - bad + 1) if bad > 0 else 0.0
        high = beta.ppf(1 - tail, bad + 1, count - bad) if bad < count else 1.0
        covered = bool(low <= expected / count <= high)
        result.append(Band(start, end, int(count), float(bad), float(expected), covered))
    return result


@dataclass(frozen=True)
class Jump:
    """What changes for subjects near a border of two profiles when they cross it, in points."""

    profiles: tuple[str, str]
    factor: str
    count: int
    mean: float
    most: float


def jumps(
    scorer: Scorer, scores: Scores, sub_scores: Floats, least: float, near: float = 0.1
) -> list[Jump]:
    """The jump at each border where `least` pairs have evidence within `near` of what is asked.

    sub_scores (n, 5) are r * s. A border is between two profiles that differ in whether one factor
    has enough evidence; what crosses it keeps its points, and gets other weights and calibration.
    """
    evidence = scores.evidence / 1e10
    found = []
    for position, row in enumerate(scorer.profiles):
        for other, line in enumerate(scorer.profiles[:position]):
            differing = [
                factor
                for factor in FACTORS
                if factor in scorer.factors
                and scorer.weights[row["profile"], factor]["requires_evidence"]
                != scorer.weights[line["profile"], factor]["requires_evidence"]
            ]
            if len(differing) != 1:
                continue
            column = FACTORS.index(differing[0])
            needed = float(scorer.factors[differing[0]]["profile_evidence_ratio"])
            chosen = np.isin(scores.profiles.astype(str), [row["profile"], line["profile"]]) & (
                np.abs(evidence[:, column] - needed) <= near
            )
            if chosen.sum() < least:
                continue
            there = evidence[chosen] > 0
            one = scorer.log_odds_in(position, sub_scores[chosen], there)
            two = scorer.log_odds_in(other, sub_scores[chosen], there)
            points = np.abs(one - two) * scorer.step / math.log(scorer.step_odds)
            found.append(
                Jump(
                    (line["profile"], row["profile"]),
                    differing[0],
                    int(chosen.sum()),
                    float(points.mean()),
                    float(points.max()),
                )
            )
    return found
