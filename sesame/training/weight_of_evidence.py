"""First learner: optimal bins by optbinning, weights of evidence, a bounded ridge regression."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
from optbinning import OptimalBinning
from sklearn.isotonic import isotonic_regression

from sesame.training.panel import MISSING, OBSERVED, TICKS, Attribute, Floats, Integers, Panel
from sesame.training.regression import log_losses, ridge
from sesame.training.shapes import FACTORS, Learned, Shape, factor_sums, readable_edges

logging.getLogger("ortools").setLevel(logging.ERROR)

# A larger value of the attribute means a lower or a higher share of defaults.
_TRENDS = {"higher_is_better": "descending", "lower_is_better": "ascending"}


def evidence_shape(
    attribute: Attribute, panel: Panel, parameters: Mapping[str, float]
) -> Shape | None:
    """Bins of one attribute with smoothed weights of evidence; None where it parts nothing.

    Numbers are binned by optbinning; a word with enough outcomes is a bin, the others are one.
    Smoothing adds to each bin `smoothing_count` outcomes at the sample's rate of default: a bin of
    few says little. What smoothing turns around is pooled, so that the declared direction holds.
    """
    column = panel.columns[attribute.name]
    observed = column.states == OBSERVED
    is_default = panel.is_default[observed]
    least = max(
        parameters["least_bin_count"], parameters["least_bin_ratio"] * max(observed.sum(), 1)
    )
    if observed.sum() < 2 * least or is_default.all() or not is_default.any():
        return None
    if attribute.is_category:
        assert column.words is not None
        words, counts = np.unique(column.words[observed].astype(str), return_counts=True)
        kept = tuple(str(word) for word in words[counts >= least])
        shape = Shape(attribute.name, points=np.zeros(len(kept) + 1), words=kept)
    else:
        assert column.ticks is not None
        ticks = column.ticks[observed]
        binning = OptimalBinning(
            name=attribute.name,
            monotonic_trend=_TRENDS.get(attribute.direction, "auto_asc_desc"),
            max_n_prebins=int(parameters["most_prebins"]),
            min_prebin_size=min(least / observed.sum(), 0.5),
            min_bin_size=min(least / observed.sum(), 0.5),
        ).fit(ticks / TICKS, is_default.astype(int))
        edges = readable_edges(binning.splits, ticks)
        if not len(edges):
            return None
        shape = Shape(attribute.name, points=np.zeros(len(edges) + 1), edges=edges)
    if (column.states == MISSING).sum() >= least:
        shape = Shape(shape.name, shape.points, shape.edges, shape.words, missing=0.0)
    shape = shape.counted(column, panel.is_default)
    assert shape.counts is not None
    assert shape.defaults is not None
    rate = is_default.mean()
    evidence = _evidence(shape.counts, shape.defaults, rate, parameters["smoothing_count"])
    points = evidence[:-1]
    if not attribute.is_category and attribute.direction != "none":
        points = isotonic_regression(
            points,
            sample_weight=shape.counts[:-1] + parameters["smoothing_count"],
            increasing=attribute.direction == "higher_is_better",
        )
    return Shape(
        shape.name,
        np.asarray(points, dtype=np.float64),
        shape.edges,
        shape.words,
        missing=None if shape.missing is None else float(evidence[-1]),
    ).centred(column, parameters["least_bin_count"])


def _evidence(counts: Integers, defaults: Integers, rate: float, smoothing: float) -> Floats:
    """Weight of evidence (k,): log-odds of no default in each bin less those of the sample."""
    bad = defaults + smoothing * rate
    good = counts - defaults + smoothing * (1 - rate)
    return np.asarray(np.log(good / bad) - np.log((1 - rate) / rate), dtype=np.float64)


def shapes(
    attributes: Sequence[Attribute], panel: Panel, parameters: Mapping[str, float]
) -> list[Shape]:
    """The shape of each attribute that parts the sample, each as if it were alone."""
    found = (evidence_shape(attribute, panel, parameters) for attribute in attributes)
    return [shape for shape in found if shape is not None]


def _combined(alone: Sequence[Shape], weights: Floats) -> list[Shape]:
    """The shapes with what each is worth beside the others; those worth nothing are left out."""
    return [
        shape.times(float(weight))
        for shape, weight in zip(alone, weights, strict=True)
        if weight > 1e-6
    ]


def _columns(found: Sequence[Shape], panel: Panel) -> Floats:
    values = [shape.values(panel.columns[shape.name]) for shape in found]
    return np.column_stack(values) if values else np.zeros((len(panel), 0))


def learn(
    attributes: Sequence[Attribute],
    panel: Panel,
    groups: Integers,
    folds: Integers,
    parameters: Mapping[str, float],
) -> Learned:
    """Bins of each attribute alone, then what each is worth beside the others.

    Weights are not negative: an attribute moves a score in its declared direction or not at all.
    The penalty on them is the one under which outcomes held out are predicted best.
    """
    penalties = [
        parameters["least_penalty"] * parameters["penalty_factor"] ** rung
        for rung in range(int(parameters["penalties"]))
    ]
    dummies = np.eye(int(groups.max(initial=0)) + 1)[groups]
    good = ~panel.is_default
    losses = np.zeros(len(penalties))
    held_out = np.zeros((len(penalties), len(panel), len(FACTORS)))
    for fold in range(int(folds.max(initial=0)) + 1):
        mine, rest = folds == fold, folds != fold
        if not mine.any():
            continue
        alone = shapes(attributes, panel.rows(rest), parameters)
        columns = _columns(alone, panel)
        for rung, penalty in enumerate(penalties):
            weights, levels = ridge(columns[rest], dummies[rest], good[rest], penalty)
            log_odds = columns[mine] @ weights + dummies[mine] @ levels
            losses[rung] += log_losses(log_odds, good[mine]).sum()
            held_out[rung, mine] = factor_sums(_combined(alone, weights), panel.rows(mine))
    best = int(losses.argmin())
    alone = shapes(attributes, panel, parameters)
    weights, _ = ridge(_columns(alone, panel), dummies, good, penalties[best])
    return Learned(
        _combined(alone, weights), held_out[best], float(losses[best]) / len(panel), penalties[best]
    )
