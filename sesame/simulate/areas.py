"""Areas under ROC curves and rank correlations, ties shared, with their standard errors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sesame.errors import SesameError

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Area:
    """Area under the ROC curve, its standard error, and how many it was measured on."""

    auc: float
    standard_error: float
    rows: int
    defaults: int


def area(scores: Floats, is_default: Booleans) -> Area:
    """AUC of `scores` (n,) for `is_default` (n,), ties counted half, with DeLong's standard error.

    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845: the variance of the
    placements, that is of each default's share of others below it and each other's share of
    defaults above it. Raises SesameError for fewer than two of either.
    """
    check_two_of_each(is_default, "scores")
    values, place = np.unique(scores, return_inverse=True)
    bads = np.bincount(place[is_default], minlength=len(values))
    goods = np.bincount(place[~is_default], minlength=len(values))
    return area_of_counts(goods, bads)


def difference(scores: Floats, others: Floats, is_default: Booleans) -> tuple[float, float]:
    """AUC of `scores` minus that of `others`, on the same rows, and its standard error.

    The two areas are correlated, and mostly so: DeLong et al. (1988) take the variance of the
    paired differences of placements. Raises SesameError as `area` does.
    """
    check_two_of_each(is_default, "scores")
    first, second = (_row_placements(each, is_default) for each in (scores, others))
    gap = first - second
    variance = sum(
        float(np.var(part, ddof=1)) / len(part) for part in (gap[is_default], gap[~is_default])
    )
    return float(np.mean(gap[is_default])), variance**0.5


def rank_correlation(first: Floats, second: Floats) -> float:
    """Spearman's: Pearson's correlation of the ranks (n,), ties shared; 0 where one is constant."""
    ranks = [midranks(values) - (len(values) + 1) / 2 for values in (first, second)]
    scale = float(np.sqrt(np.sum(ranks[0] ** 2) * np.sum(ranks[1] ** 2)))
    return float(np.sum(ranks[0] * ranks[1])) / scale if scale else 0.0


def area_of_counts(goods: Integers, bads: Integers) -> Area:
    """From counts per distinct score, ascending."""
    of_bads, of_goods = _placements(goods, bads)
    auc = float(np.sum(bads * of_bads) / np.sum(bads))
    variance = sum(
        float(np.sum(counts * (placements - auc) ** 2)) / (total - 1) / total
        for counts, placements in ((bads, of_bads), (goods, of_goods))
        if (total := int(np.sum(counts)))
    )
    return Area(auc, variance**0.5, int(np.sum(goods) + np.sum(bads)), int(np.sum(bads)))


def _placements(goods: Integers, bads: Integers) -> tuple[Floats, Floats]:
    """Per distinct score: the share of goods below it, and of bads above it; equals count half."""
    of_bads = (np.cumsum(goods) - goods / 2) / np.sum(goods)
    of_goods = 1 - (np.cumsum(bads) - bads / 2) / np.sum(bads)
    return of_bads, of_goods


def _row_placements(scores: Floats, is_default: Booleans) -> Floats:
    values, place = np.unique(scores, return_inverse=True)
    of_bads, of_goods = _placements(
        np.bincount(place[~is_default], minlength=len(values)),
        np.bincount(place[is_default], minlength=len(values)),
    )
    return np.where(is_default, of_bads[place], of_goods[place])


def check_two_of_each(is_default: Booleans, what: str) -> None:
    defaults = int(np.sum(is_default))
    if min(defaults, len(is_default) - defaults) < 2:
        raise SesameError(
            f"cannot measure: {defaults} of {len(is_default)} {what} default; simulate more "
            "subjects or months, or give another as_of"
        )


def midranks(values: Floats) -> Floats:
    """1 to n, ties shared."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]
