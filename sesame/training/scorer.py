"""The score once more, in numpy, from the same rows of the seeds: what SQL has to agree with.

Decimals are whole numbers of their last place, doubles are used where SQL uses them and rounded as
DuckDB rounds them, so that the two agree to the last digit and not only nearly.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from sesame.training.panel import (
    REACH,
    TICKS,
    Attribute,
    Booleans,
    Floats,
    Integers,
    Panel,
    Texts,
    banned,
)
from sesame.training.shapes import FACTORS, Shape
from sesame.versions import Card, Row


def whole(text: str, places: int) -> int:
    """A decimal as a whole number of its last place. It must have no more places than that."""
    scaled = Decimal(text) * 10**places
    assert scaled == int(scaled), f"{text} has more than {places} decimal places"
    return int(scaled)


def rounded(values: Floats, places: int) -> Integers:
    """Doubles (n,) to whole numbers of a decimal's last place, half away from zero."""
    scaled = values * float(10**places)
    size = np.abs(scaled)
    up = np.floor(size) + (size - np.floor(size) >= 0.5)
    return np.asarray(np.copysign(up, scaled), dtype=np.int64)


def _half_away(values: Integers, unit: int) -> Integers:
    """Whole numbers (n,) over a unit, half away from zero."""
    return np.asarray(np.sign(values) * ((2 * np.abs(values) + unit) // (2 * unit)), dtype=np.int64)


@dataclass(frozen=True)
class Item:
    """An attribute on a card; evidence_weight and points in units of the fourth decimal."""

    shape: Shape
    factor: int
    evidence_weight: int
    points: Integers
    banned_in: frozenset[str]


@dataclass(frozen=True)
class Evidence:
    """What a card sees of n pairs, before any profile: (n, 5) per factor.

    weighted_points in units of the eighth decimal, ratio of the tenth, weight of the fourth. These
    are of all that has points; profile and reliability rest on what is observed alone.
    """

    weight: Integers
    weighted_points: Integers
    ratio: Integers
    is_there: Booleans
    profile: Integers
    reliability: Integers
    bins: Sequence[Integers]


@dataclass(frozen=True)
class Scores:
    """Scores of n pairs. Points in units of the sixth decimal; score -1 where there is none.

    weights and evidence (n, 5) and reliability (n,) in units of the tenth decimal; log_odds (n,)
    are those of no default before cap and clipping.
    """

    score: Integers
    profiles: Texts
    reliability: Integers
    weights: Integers
    evidence: Integers
    contributions: Mapping[str, Integers]
    base: Integers
    cap: Integers
    clipping: Integers
    log_odds: Floats


class Scorer:
    """A version's card for one kind of subject, read from its rows."""

    def __init__(self, card: Card, kind: str, attributes: Mapping[str, Attribute]) -> None:
        scale = card.tables["scales"][0]
        self.step = float(whole(scale["step_points"], 6)) / 1e6
        self.step_odds = float(whole(scale["step_odds"], 6)) / 1e6
        self.base_odds = float(whole(scale["base_odds"], 6)) / 1e6
        self.base_score = int(scale["base_score"])
        self.limits = int(scale["minimum_score"]), int(scale["maximum_score"])
        self.factors = {
            row["factor"]: row
            for row in card.tables["factors"]
            if row["subject_kind"] == kind and row["is_enabled"] == "true"
        }
        self.profiles = sorted(
            (row for row in card.tables["profiles"] if row["subject_kind"] == kind),
            key=lambda row: (int(row["priority"]), row["profile"]),
        )
        self.weights = {
            (row["profile"], row["factor"]): row
            for row in card.tables["weights"]
            if row["subject_kind"] == kind
        }
        self.reliability = sorted(
            card.tables["reliability"], key=lambda row: Decimal(row["lower_bound"])
        )
        self.items = [
            _item(row, card, attributes[row["attribute_name"]])
            for row in card.tables["attribute_weights"]
            if attributes[row["attribute_name"]].subject_kind == kind
            and attributes[row["attribute_name"]].factor in self.factors
        ]

    def _of_factors(self, column: str, places: int) -> Integers:
        return np.array(
            [
                whole(self.factors[factor][column], places) if factor in self.factors else 0
                for factor in FACTORS
            ],
            dtype=np.int64,
        )

    def evidence(self, panel: Panel) -> Evidence:
        """Sums, evidence, profile (its position, -1 for none) and reliability of n pairs."""
        weight = np.zeros((len(panel), len(FACTORS)), dtype=np.int64)
        weighted, observed = np.zeros_like(weight), np.zeros_like(weight)
        bins = []
        for item in self.items:
            found = item.shape.bins(panel.columns[item.shape.name])
            found[banned(item.banned_in, panel.countries)] = -1
            bins.append(found)
            weight[:, item.factor] += np.where(found >= 0, item.evidence_weight, 0)
            weighted[:, item.factor] += np.where(
                found >= 0, item.evidence_weight * item.points[found], 0
            )
            is_observed = (found >= 0) & (found < len(item.shape.points))
            observed[:, item.factor] += np.where(is_observed, item.evidence_weight, 0)
        full = np.maximum(self._of_factors("full_evidence_weight", 4), 1)
        ratio = rounded(np.minimum(1.0, (weight / 1e4) / (full / 1e4)), 10)
        observed_ratio = rounded(np.minimum(1.0, (observed / 1e4) / (full / 1e4)), 10)
        reliability = _half_away(
            (observed_ratio * self._of_factors("global_weight_ratio", 6)).sum(axis=1), 10**6
        )
        counts = observed_ratio >= self._of_factors("profile_evidence_ratio", 6) * 10**4
        profile = np.full(len(panel), -1, dtype=np.int64)
        for position in reversed(range(len(self.profiles))):
            fits = np.ones(len(panel), dtype=bool)
            for index, factor in enumerate(FACTORS):
                if factor in self.factors:
                    wanted = self.weights[self.profiles[position]["profile"], factor]
                    if wanted["requires_evidence"]:
                        fits &= counts[:, index] == (wanted["requires_evidence"] == "true")
            profile[fits] = position
        return Evidence(weight, weighted, ratio, weight > 0, profile, reliability, bins)

    def score(self, panel: Panel) -> Scores:
        """Score every pair, with what each attribute gives."""
        seen = self.evidence(panel)
        known = seen.profile >= 0
        position = np.maximum(seen.profile, 0)
        weight_ratio = np.array(
            [
                [
                    whole(self.weights[row["profile"], factor]["weight_ratio"], 6)
                    if factor in self.factors
                    else 0
                    for factor in FACTORS
                ]
                for row in self.profiles
            ],
            dtype=np.int64,
        )[position]
        evidenced = np.where(seen.is_there, weight_ratio, 0)
        total = evidenced.sum(axis=1, keepdims=True)
        weights = rounded(
            np.where(total > 0, (evidenced / 1e6) / (np.maximum(total, 1) / 1e6), 0.0), 10
        )
        slope = np.array([whole(row["calibration_slope"], 6) / 1e6 for row in self.profiles])
        level = np.array([whole(row["calibration_intercept"], 6) / 1e6 for row in self.profiles])
        scale = np.maximum(self._of_factors("scale_points", 8), 1) / 1e8
        offset = self._of_factors("offset_points", 4)
        per_point = rounded(
            np.where(
                seen.is_there,
                self.step
                / math.log(self.step_odds)
                * slope[position][:, None]
                * (weights / 1e10)
                * (seen.ratio / 1e10)
                / (scale * (np.maximum(seen.weight, 1) / 1e4)),
                0.0,
            ),
            12,
        )
        contributions = {
            item.shape.name: np.where(
                found >= 0,
                rounded(
                    (per_point[:, item.factor] / 1e12)
                    * (item.evidence_weight / 1e4)
                    * ((item.points[found] - offset[item.factor]) / 1e4),
                    6,
                ),
                0,
            )
            for item, found in zip(self.items, seen.bins, strict=True)
        }
        base = rounded(
            self.base_score
            + self.step / math.log(self.step_odds) * (level[position] - math.log(self.base_odds)),
            6,
        )
        raw = base + sum(contributions.values(), np.zeros(len(panel), dtype=np.int64))
        row = self._rows_of_reliability(seen.reliability)
        caps = np.array([int(line["score_cap"]) for line in self.reliability])[row] * 10**6
        scoreable = np.array([line["is_scoreable"] == "true" for line in self.reliability])[row]
        # at the end of the scale it is the scale that clips, and no cap
        cap = np.where(caps < self.limits[1] * 10**6, np.minimum(caps - raw, 0), 0)
        clipped = np.clip(raw + cap, self.limits[0] * 10**6, self.limits[1] * 10**6)
        names = np.array([*(line["profile"] for line in self.profiles), None], dtype=object)
        per_log_odds = self.step / math.log(self.step_odds)
        return Scores(
            score=np.where(known & scoreable, _half_away(clipped, 10**6), -1),
            profiles=names[seen.profile],
            reliability=seen.reliability,
            weights=weights,
            evidence=seen.ratio,
            contributions=contributions,
            base=base,
            cap=cap,
            clipping=clipped - raw - cap,
            log_odds=(raw / 1e6 - self.base_score) / per_log_odds + math.log(self.base_odds),
        )

    def sub_scores(self, panel: Panel) -> Floats:
        """r * s (n, 5) of each factor, in doubles; zero without evidence."""
        seen = self.evidence(panel)
        scale = np.maximum(self._of_factors("scale_points", 8), 1) / 1e8
        offset = self._of_factors("offset_points", 4) / 1e4
        mean = (seen.weighted_points / 1e8) / (np.maximum(seen.weight, 1) / 1e4)
        return np.where(seen.is_there, seen.ratio / 1e10 * (mean - offset) / scale, 0.0)

    def log_odds_in(self, position: int, sub_scores: Floats, is_there: Booleans) -> Floats:
        """Log-odds (n,) of no default, were the profile the one at that position."""
        row = self.profiles[position]
        weights = np.array(
            [
                float(self.weights[row["profile"], factor]["weight_ratio"])
                if factor in self.factors
                else 0.0
                for factor in FACTORS
            ]
        )
        there = is_there @ weights
        share = np.where(there > 0, 1 / np.where(there > 0, there, 1.0), 0.0)
        return np.asarray(
            float(row["calibration_intercept"])
            + float(row["calibration_slope"]) * share * (sub_scores @ weights)
        )

    def _rows_of_reliability(self, reliability: Integers) -> npt.NDArray[np.intp]:
        bounds = np.array([whole(row["lower_bound"], 10) for row in self.reliability])
        return np.searchsorted(bounds, reliability, side="right") - 1


def _item(row: Row, card: Card, attribute: Attribute) -> Item:
    bins = sorted(
        (line for line in card.tables["bins"] if line["attribute_name"] == row["attribute_name"]),
        key=lambda line: int(line["bin_number"]),
    )
    observed = [line for line in bins if line["value_state"] == "observed"]
    missing = [line for line in bins if line["value_state"] == "missing"]
    if attribute.is_category:
        # the bin without a name, which takes every other word, comes last
        observed.sort(key=lambda line: line["category"] == "")
        edges = None
    else:
        edges = np.array(
            [whole(line["lower_bound"], 10) for line in observed if line["lower_bound"]],
            dtype=np.int64,
        )
        assert len(edges) == 0 or np.abs(edges).max() < REACH * TICKS
    points = [whole(line["points"], 4) for line in observed]
    points.append(whole(missing[0]["points"], 4) if missing else 0)
    return Item(
        shape=Shape(
            name=row["attribute_name"],
            points=np.array(points[:-1]) / 1e4,
            edges=edges,
            words=tuple(line["category"] for line in observed if line["category"]),
            missing=points[-1] / 1e4 if missing else None,
        ),
        factor=FACTORS.index(attribute.factor),
        evidence_weight=whole(row["evidence_weight"], 4),
        points=np.array([*points, 0], dtype=np.int64),
        banned_in=attribute.banned_in,
    )
