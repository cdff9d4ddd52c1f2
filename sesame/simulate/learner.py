"""A plain model that every simulated population is measured with: ridge regression, cross-fitted.

Numbers in, numbers out, the same on every run; nothing to tune: penalties follow from the data.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from sesame.errors import SesameError
from sesame.simulate.areas import Booleans, Floats, Integers, midranks

FOLDS = 5
STEPS = 20
CURVATURES = 3  # steps that compute it anew; later it hardly changes, and it is what costs
KINDS = 3  # groups of columns per factor: score, square, presence
LEVEL = -1  # the group of the intercept
MOST_PENALTY = 1e6  # as good as left out


@dataclass(frozen=True)
class Design:
    """Columns (n, q) for a linear model, mean 0 and variance 1, and the group (q,) of each."""

    columns: Floats
    groups: Integers

    def rows(self, chosen: Booleans) -> "Design":
        return Design(self.columns[chosen], self.groups)


def design_of(features: Floats) -> Design:
    """A design from features (n, p), nan where there is no evidence.

    Each feature becomes the normal score of its rank, which no outlier or unit moves, and that
    squared, for what is good in the middle; both 0 where missing, which a column of its own says.
    The three are groups of their own. Columns that say nothing, or the same as one before, are
    left out. Ranks are over all rows: they know features of rows held out, never their outcome.
    """
    columns: list[Floats] = []
    groups: list[int] = []
    seen: set[bytes] = set()
    for feature in features.T:
        present = ~np.isnan(feature)
        score, square = np.zeros(len(feature)), np.zeros(len(feature))
        if present.any():
            score[present] = ndtri((midranks(feature[present]) - 0.5) / present.sum())
            score[present] -= score[present].mean()
            square[present] = score[present] ** 2 - np.mean(score[present] ** 2)
        for group, column in enumerate((score, square, present.astype(np.float64))):
            scale = column.std()
            # Whatever comes of one table is missing together.
            if scale > 1e-9 and (content := column.tobytes()) not in seen:
                seen.add(content)
                columns.append((column - column.mean()) / scale)
                groups.append(group)
    if not columns:
        return Design(np.zeros((len(features), 0)), np.zeros(0, dtype=np.int64))
    return Design(np.column_stack(columns), np.array(groups))


def joined(designs: list[Design]) -> Design:
    """Side by side; the groups stay apart."""
    return Design(
        np.concatenate([design.columns for design in designs], axis=1),
        np.concatenate([number * KINDS + design.groups for number, design in enumerate(designs)]),
    )


# Of a design (n, q) and target (n,): coefficients (q,).
Learner = Callable[[Design, Floats], Floats]


def cross_fit(learn: Learner, design: Design, target: Floats, folds: Integers) -> Floats:
    """Predictions (n,) by models that did not see the row, as ranks (0 to 1) within its fold.

    Ranks, because the folds' models differ in level, which says nothing about their rows.
    """
    predictions = np.full(len(target), np.nan)
    for fold in range(FOLDS):
        held = folds == fold
        if not held.any() or held.all():
            raise SesameError(
                f"{len(target)} consumers are too few for {FOLDS} folds; simulate more"
            )
        coefficients = learn(design.rows(~held), target[~held])
        # Rounded, so that equals stay equal in whichever order they are summed.
        scores = np.round(design.columns[held] @ coefficients, 9)
        predictions[held] = (midranks(scores) - 0.5) / held.sum()
    return predictions


def linear(design: Design, target: Floats) -> Floats:
    """Ridge regression, of design (n, q) on target (n,): coefficients (q,)."""
    columns = design.columns - design.columns.mean(axis=0)
    centred = target - target.mean()
    gram, moments = columns.T @ columns, columns.T @ centred
    penalties = np.ones(len(moments))
    noise = float(np.mean(centred**2))
    for _ in range(STEPS):
        coefficients, penalties = _penalised(
            gram / noise, moments / noise, penalties, design.groups
        )
        noise = float(np.mean((centred - columns @ coefficients) ** 2))
    return coefficients


def logistic(design: Design, target: Floats) -> Floats:
    """Ridge logistic regression (Newton's method): coefficients (q,), the level left out."""
    columns = np.column_stack([design.columns, np.ones(len(target))])
    groups = np.append(design.groups, LEVEL)
    penalties = np.where(groups == LEVEL, 0.0, 100.0)
    share = (target.sum() + 0.5) / (len(target) + 1)  # a fold's others may hold no default
    coefficients = np.where(groups == LEVEL, np.log(share / (1 - share)), 0.0)
    for step in range(STEPS):
        scores = columns @ coefficients
        chances = expit(scores)
        if step < CURVATURES:
            # Not of one square-rooted factor: OpenBLAS on two threads takes five times as long
            # for a product with its own transpose as for one of two matrices.
            gram = columns.T @ (columns * (chances * (1 - chances))[:, None])
        # Newton's step is least squares on a target straightened out. Where the curvature is an
        # earlier step's, the gradient is not: the solution is the same.
        moments = gram @ coefficients + columns.T @ (target - chances)
        before = coefficients
        coefficients, penalties = _penalised(gram, moments, penalties, groups)
        if np.abs(coefficients - before).max() < 1e-3:
            break
    return np.asarray(coefficients[groups != LEVEL], dtype=np.float64)


def _penalised(
    gram: Floats, moments: Floats, penalties: Floats, groups: Integers
) -> tuple[Floats, Floats]:
    """Solve (gram + diag(penalties)) x = moments, with the penalties that the solution calls for.

    A penalty is the inverse variance of its group's coefficients, and so is estimated from them:
    of q coefficients the data determine some (q less the share the penalty determines), and those
    over the sum of squares are the next penalty (MacKay 1992, Neural Computation 4, 415-447). A
    factor that tells nothing is thus put out instead of adding noise. The level is not penalised.
    """
    for _ in range(2):
        penalised = gram.copy()
        penalised[np.diag_indices_from(penalised)] += penalties
        inverse = np.linalg.inv(penalised)
        solution = inverse @ moments
        undetermined = penalties * np.diag(inverse)
        penalties = penalties.copy()
        for group in np.unique(groups[groups != LEVEL]):
            members = groups == group
            determined = float(np.sum(members) - np.sum(undetermined[members]))
            size = max(float(np.sum(solution[members] ** 2)), 1e-12)
            penalties[members] = min(max(determined / size, 1e-3), MOST_PENALTY)
    return solution, penalties
