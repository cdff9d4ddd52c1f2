"""Second level: how much each factor weighs, for everyone and in each profile, and calibration.

The algebra is the score's own: log-odds = A + B * sum(w * r * s), where a factor without evidence
gives its weight to the others in proportion. With v = B * w, one value per factor, that is
A + sum(v) / sum(v of factors with evidence) * sum(v * r * s).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from sesame.training.panel import Booleans, Floats, Integers
from sesame.training.regression import log_losses


@dataclass(frozen=True)
class Evidence:
    """Of n outcomes: r * s (n, f) of each factor, whether it has evidence (n, f), profile (n,)."""

    sub_scores: Floats
    is_there: Booleans
    profile: Integers
    is_good: Booleans

    def rows(self, chosen: Booleans) -> "Evidence":
        return Evidence(
            self.sub_scores[chosen],
            self.is_there[chosen],
            self.profile[chosen],
            self.is_good[chosen],
        )


@dataclass(frozen=True)
class Gate:
    """What data set aside says of a profile's own weights.

    gain is the mean fall of the log loss against global weights, error its standard error; both nan
    where the profile has too few defaults to be asked.
    """

    train_defaults: int
    gate_defaults: int
    gain: float
    error: float
    is_kept: bool


@dataclass(frozen=True)
class Weights:
    """Values v (f,) per factor, for everyone and for profiles whose own were kept, and (A, B)."""

    everyone: Floats
    of_profile: Mapping[int, Floats]
    gates: Mapping[int, Gate]
    calibration: Mapping[int, tuple[float, float]]

    def worth(self, profile: int) -> Floats:
        return self.of_profile.get(profile, self.everyone)


def weighted(worth: Floats, evidence: Evidence) -> Floats:
    """The weighted sum (n,) of sub-scores, weights of absent factors given to the others."""
    there = evidence.is_there @ worth
    return np.asarray(
        np.where(there > 0, worth.sum() / np.where(there > 0, there, 1.0), 0.0)
        * (evidence.sub_scores @ worth)
    )


def fit_worth(
    evidence: Evidence, centre: Floats, deviation: float, groups: Integers
) -> tuple[Floats, Floats]:
    """Values v (f,) > 0 of the factors, and an intercept (g,) for each group 0 to g - 1.

    v is drawn towards `centre` (f,): the logarithm of their quotient has a normal prior with that
    standard deviation. Intercepts have one of 1 around the sample's log-odds.
    """
    good = evidence.is_good
    level = float(np.log((good.sum() + 0.5) / ((~good).sum() + 0.5)))
    signs = np.where(good, 1.0, -1.0)
    count = len(centre)
    dummies = np.eye(int(groups.max(initial=0)) + 1)[groups]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        worth = centre * np.exp(parameters[:count])
        intercepts = parameters[count:]
        there = evidence.is_there @ worth
        safe = np.where(there > 0, there, 1.0)
        share = np.where(there > 0, worth.sum() / safe, 0.0)
        total = evidence.sub_scores @ worth
        margins = signs * (dummies @ intercepts + share * total)
        slopes = -signs * expit(-margins)
        by_worth = (
            np.where(there > 0, total / safe, 0.0)[:, None]
            + share[:, None] * evidence.sub_scores
            - (share * total / safe)[:, None] * evidence.is_there
        )
        value = (
            -log_expit(margins).sum()
            + (parameters[:count] ** 2).sum() / (2 * deviation**2)
            + ((intercepts - level) ** 2).sum() / 2
        )
        gradient = np.concatenate(
            [
                worth * (by_worth.T @ slopes) + parameters[:count] / deviation**2,
                dummies.T @ slopes + intercepts - level,
            ]
        )
        return float(value), gradient

    found = minimize(
        loss,
        np.concatenate([np.zeros(count), np.full(dummies.shape[1], level)]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-4, 4)] * count + [(None, None)] * dummies.shape[1],
        options={"maxiter": 500, "ftol": 1e-11, "gtol": 1e-7},
    )
    return centre * np.exp(found.x[:count]), found.x[count:]


def gate(
    train: Evidence,
    aside: Evidence,
    everyone: Floats,
    parameters: Mapping[str, float],
) -> tuple[Gate, Floats]:
    """Fit a profile's own weights on its `train` outcomes and ask those set aside about them.

    They are kept where the log loss aside falls by at least `gate_errors` standard errors: of
    weights that differ by noise alone, that lets through about one in six at one standard error.
    """
    defaults = int((~train.is_good).sum()), int((~aside.is_good).sum())
    least = parameters["least_profile_defaults"]
    if defaults[0] < least or defaults[1] < least * parameters["gate_share"]:
        return Gate(*defaults, np.nan, np.nan, False), everyone
    one_group = np.zeros(len(train.is_good), dtype=np.int64)
    own, own_level = fit_worth(train, everyone, parameters["profile_deviation"], one_group)
    _, level = fit_worth(train, everyone, 1e-6, one_group)
    falls = log_losses(level + weighted(everyone, aside), aside.is_good) - log_losses(
        own_level + weighted(own, aside), aside.is_good
    )
    gain, error = float(falls.mean()), float(falls.std(ddof=1) / np.sqrt(len(falls)))
    kept = bool(gain >= parameters["gate_errors"] * error and gain > 0)
    return Gate(*defaults, gain, error, kept), own


def calibrate(
    sums: Floats, is_good: Booleans, profile: Integers, profiles: int, deviation: float
) -> dict[int, tuple[float, float]]:
    """Intercept and slope of the log-odds on the weighted sums, for each profile.

    Each profile's are drawn towards everyone's by a normal prior with that standard deviation, so
    that a profile without outcomes has exactly everyone's.
    """
    everyone = _affine(sums, is_good, (0.0, 1.0), np.inf)
    return {
        position: _affine(
            sums[profile == position], is_good[profile == position], everyone, deviation
        )
        for position in range(profiles)
    }


def _affine(
    sums: Floats, is_good: Booleans, centre: tuple[float, float], deviation: float
) -> tuple[float, float]:
    if not len(sums):
        return centre
    signs = np.where(is_good, 1.0, -1.0)

    def loss(line: Floats) -> tuple[float, Floats]:
        margins = signs * (line[0] + line[1] * sums)
        slopes = -signs * expit(-margins)
        away = (line - np.array(centre)) / deviation**2
        value = -log_expit(margins).sum() + (away * (line - np.array(centre))).sum() / 2
        return float(value), np.array([slopes.sum(), slopes @ sums]) + away

    found = minimize(
        loss,
        np.array(centre),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None), (0.05, None)],
        options={"ftol": 1e-12, "gtol": 1e-8},
    )
    return float(found.x[0]), float(found.x[1])


def fit(
    train: Evidence,
    aside: Evidence,
    spreads: Floats,
    profiles: int,
    parameters: Mapping[str, float],
) -> Weights:
    """Weights for everyone and each profile, and calibration.

    train holds sub-scores of shapes that were fitted without the outcome's own fold, aside those
    of outcomes that shapes never saw. spreads (f,) is what the shapes say a factor is worth.
    """
    everyone, _ = fit_worth(
        train, np.maximum(spreads, 1e-3), parameters["factor_deviation"], train.profile + 1
    )
    of_profile: dict[int, Floats] = {}
    gates: dict[int, Gate] = {}
    for position in range(profiles):
        mine, theirs = train.profile == position, aside.profile == position
        if not mine.any():
            continue
        verdict, own = gate(train.rows(mine), aside.rows(theirs), everyone, parameters)
        gates[position] = verdict
        if verdict.is_kept:
            of_profile[position] = own
    both = Evidence(
        np.concatenate([train.sub_scores, aside.sub_scores]),
        np.concatenate([train.is_there, aside.is_there]),
        np.concatenate([train.profile, aside.profile]),
        np.concatenate([train.is_good, aside.is_good]),
    )
    sums = np.zeros(len(both.is_good))
    for position in np.unique(both.profile):
        mine = both.profile == position
        worth = of_profile.get(int(position), everyone)
        sums[mine] = weighted(worth, both.rows(mine))
    calibration = calibrate(
        sums, both.is_good, both.profile, profiles, parameters["calibration_deviation"]
    )
    return Weights(everyone, of_profile, gates, calibration)
