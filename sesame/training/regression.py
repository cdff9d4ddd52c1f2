"""Logistic regressions with bounds and penalties, small enough for one page."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from sesame.training.panel import Booleans, Floats


def log_losses(log_odds: Floats, is_good: Booleans) -> Floats:
    """Minus the log-likelihood (n,) of each outcome; log_odds are those of being good."""
    return np.asarray(-log_expit(np.where(is_good, log_odds, -log_odds)), dtype=np.float64)


def ridge(
    columns: Floats, groups: Floats, is_good: Booleans, penalty: float
) -> tuple[Floats, Floats]:
    """Weights (p,) >= 0 of columns (n, p), and intercepts (g,) of groups (n, g) of dummies.

    The penalty is half its size times the squared weights, in units of the log-likelihood;
    intercepts are held, weakly, to the sample's own log-odds.
    """
    count, size = columns.shape[1], groups.shape[1]
    level = float(np.log((is_good.sum() + 0.5) / ((~is_good).sum() + 0.5)))
    signs = np.where(is_good, 1.0, -1.0)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        weights, intercepts = parameters[:count], parameters[count:]
        margins = signs * (columns @ weights + groups @ intercepts)
        slopes = -signs * expit(-margins)
        value = (
            -log_expit(margins).sum()
            + penalty * weights @ weights / 2
            + ((intercepts - level) ** 2).sum() / 2
        )
        gradient = np.concatenate(
            [
                columns.T @ slopes + penalty * weights,
                groups.T @ slopes + (intercepts - level),
            ]
        )
        return float(value), gradient

    start = np.concatenate([np.full(count, 0.5), np.full(size, level)])
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * count + [(None, None)] * size,
        options={"maxiter": 1000, "ftol": 1e-10, "gtol": 1e-6},
    )
    return found.x[:count], found.x[count:]
