"""From outcomes to a card: points, weights and calibration, as rows of seeds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sesame import versions
from sesame.errors import SesameError
from sesame.training import additive_stumps, weight_of_evidence
from sesame.training.measures import auc
from sesame.training.panel import (
    OBSERVED,
    TICKS,
    Attribute,
    Booleans,
    Floats,
    Integers,
    Panel,
    Texts,
    catalogue,
    permitted,
)
from sesame.training.scorer import Scorer
from sesame.training.shapes import FACTORS, Learned, Shape, factor_sums
from sesame.training.weights import Evidence, Weights
from sesame.training.weights import fit as fit_weights
from sesame.versions import Card

Learn = Callable[[Sequence[Attribute], Panel, Integers, Integers, Mapping[str, float]], Learned]
LEARNERS: Mapping[str, Learn] = {
    "additive_stumps": additive_stumps.learn,
    "weight_of_evidence": weight_of_evidence.learn,
}

# Their values are made with the card of the champion: no card can be fitted to what another card
# made of them, for once it is champion they mean something else.
OF_THE_CHAMPION = ("ties_standing_mean", "firm_owner_standing_mean")


def parameters(seeds: Path = versions.SEEDS) -> dict[str, float]:
    """The numbers that decide how a version is fitted, by name."""
    rows = versions.rows("training_parameters", seeds)
    return {row["parameter"]: float(row["value"]) for row in rows}


@dataclass(frozen=True)
class FittedKind:
    """The part of a card that was fitted for one kind of subject, and how it came about."""

    kind: str
    tables: Mapping[str, Sequence[Mapping[str, str]]]
    learned: Learned
    weights: Weights


def fit_kind(
    learner: str, train: Panel, aside: Panel, base: Card, settings: Mapping[str, float]
) -> FittedKind:
    """Fit one kind of subject. `aside` decides on profiles' own weights and helps to calibrate.

    Profiles, what counts as evidence of a factor, and which factors there are, come from `base`.
    """
    kind = train.subject_kind
    attributes = permitted(train, OF_THE_CHAMPION)
    _refuse_leaks(attributes, train, settings)
    groups = _groups(attributes, train, base)
    folds = train.folds(int(settings["folds"]))
    learned = LEARNERS[learner](attributes, train, groups, folds, settings)
    shapes = [
        shape.counted(train.columns[shape.name], train.is_default) for shape in learned.shapes
    ]
    attribute_rows, bin_rows, kept = _attributes(shapes, train, settings)
    spreads = factor_sums(kept, train).std(axis=0)
    used = np.array([any(catalogue()[s.name].factor == factor for s in kept) for factor in FACTORS])
    used &= spreads > 0
    if not used.any():
        raise SesameError(
            f"{kind}: {learner} found nothing that ranks {len(train):,} outcomes with "
            f"{int(train.is_default.sum()):,} defaults: no attribute is known of enough of them "
            f"({settings['least_bin_count']:.0f} to a bin, seeds/training_parameters.csv) and "
            "says something; land more outcomes, or more of what is known of their subjects"
        )
    scales = np.where(used, np.maximum(spreads / settings["full_evidence"], 1e-8), 1.0).round(8)
    tables: dict[str, list[dict[str, str]]] = {
        "attribute_weights": attribute_rows,
        "bins": bin_rows,
        "factors": _factors(base, kind, np.where(used, 1.0, 0.0), scales, settings),
        "profiles": [dict(row) for row in base.tables["profiles"] if row["subject_kind"] == kind],
        "weights": [
            {**row, "basis": "global"}
            for row in base.tables["weights"]
            if row["subject_kind"] == kind
        ],
    }
    # The card without weights knows already who has which evidence and profile.
    scorer = Scorer(_draft(tables, base), kind, catalogue())

    def evidence(panel: Panel, log_odds: Floats) -> Evidence:
        seen = scorer.evidence(panel)
        return Evidence(
            sub_scores=(log_odds / (scales * settings["full_evidence"]))[:, used],
            is_there=seen.is_there[:, used],
            profile=seen.profile,
            is_good=~panel.is_default,
        )

    weights = fit_weights(
        evidence(train, learned.held_out),
        evidence(aside, factor_sums(kept, aside)),
        spreads[used],
        len(scorer.profiles),
        settings,
    )
    tables["factors"] = _factors(base, kind, _spread(weights.everyone, used), scales, settings)
    tables["profiles"], tables["weights"] = _profiles(tables, scorer, weights, used)
    return FittedKind(kind, tables, replace(learned, shapes=kept), weights)


def _refuse_leaks(
    attributes: Sequence[Attribute], panel: Panel, settings: Mapping[str, float]
) -> None:
    """Raise SesameError for an attribute that alone tells nearly all: it has seen the outcome.

    Asked of its values, and of whether it has one, where both sides have outcomes enough for the
    answer not to be chance.
    """
    least, most = settings["least_leak_defaults"], settings["most_attribute_auc"]
    folds = panel.folds(int(settings["folds"]))
    for attribute in attributes:
        column = panel.columns[attribute.name]
        observed = column.states == OBSERVED
        areas = [_area(np.where(observed, 1.0, 0.0), panel.is_default, least)]
        if observed.sum() >= 2 * settings["least_bin_count"]:
            is_default = panel.is_default[observed]
            if column.words is None:
                assert column.ticks is not None
                values = column.ticks[observed].astype(np.float64)
                areas.append(_area(values, is_default, least))
            else:
                # rates of the other folds: a word's own outcomes would tell of themselves
                rates = _rates(column.words[observed], is_default, folds[observed])
                areas.append(_area(-rates, is_default, least, has_direction=True))
        if max(areas) > most:
            raise SesameError(
                f"attribute {attribute.name} alone has an AUC of {max(areas):.3f} (bound "
                f"{most}, seeds/training_parameters.csv): it must be looking at what it should "
                "predict; check the clocks of the tables it is made of"
            )


def _area(
    values: Floats, is_default: Booleans, least: float, *, has_direction: bool = False
) -> float:
    """How well values (n,) alone rank outcomes, either way round unless they have a direction; .5
    where fewer than `least` are defaults, or are none.
    """
    if min(is_default.sum(), (~is_default).sum()) < least:
        return 0.5
    area = auc(values, is_default).value
    return area if has_direction else max(area, 1 - area)


def _rates(words: Texts, is_default: Booleans, folds: Integers) -> Floats:
    """Share of defaults (n,) among those of the same word in other folds; everyone's if none."""
    _, codes = np.unique(words.astype(str), return_inverse=True)
    rates = np.full(len(words), is_default.mean())
    for fold in np.unique(folds):
        mine, rest = folds == fold, folds != fold
        count = np.bincount(codes[rest], minlength=codes.max() + 1)
        defaults = np.bincount(codes[rest & is_default], minlength=codes.max() + 1)
        known = mine & (count[codes] > 0)
        rates[known] = (defaults / np.maximum(count, 1))[codes[known]]
    return rates


def _groups(attributes: Sequence[Attribute], panel: Panel, base: Card) -> Integers:
    """Groups (n,) by which factors there is evidence of, each attribute counting alike.

    Points are fitted beside an intercept of each group, so that what it means to have no file at
    all is not learnt as a property of the values of those who have one.
    """
    needed = {
        row["factor"]: float(row["profile_evidence_ratio"])
        for row in base.tables["factors"]
        if row["subject_kind"] == panel.subject_kind
    }
    groups = np.zeros(len(panel), dtype=np.int64)
    for factor in FACTORS:
        states = [
            panel.columns[item.name].states == OBSERVED
            for item in attributes
            if item.factor == factor
        ]
        if states:
            groups = 2 * groups + (np.mean(states, axis=0) >= needed.get(factor, 0.0))
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _attributes(
    shapes: Sequence[Shape], panel: Panel, settings: Mapping[str, float]
) -> tuple[list[dict[str, str]], list[dict[str, str]], list[Shape]]:
    """Rows of attributes and bins, and the shapes as these rows have them.

    An attribute's evidence weight is how far apart its points lie: the standard deviation of what
    it says, as a share of its factor's. So evidence is the share of what could be known that is.
    """
    attributes = catalogue()
    spread = {
        shape.name: float(
            shape.values(panel.columns[shape.name])[
                panel.columns[shape.name].states == OBSERVED
            ].std()
        )
        for shape in shapes
    }
    totals = {
        factor: sum(
            spread[shape.name] for shape in shapes if attributes[shape.name].factor == factor
        )
        for factor in FACTORS
    }
    attribute_rows, bin_rows, kept = [], [], []
    for shape in shapes:
        total = totals[attributes[shape.name].factor]
        if spread[shape.name] <= settings["least_evidence_share"] * total:
            continue
        weight = round(settings["full_evidence"] * spread[shape.name] / total, 4)
        attribute_rows.append({"attribute_name": shape.name, "evidence_weight": f"{weight:.4f}"})
        points = np.round(shape.points / weight, 4)
        missing = None if shape.missing is None else round(shape.missing / weight, 4)
        kept.append(
            replace(
                shape, points=points * weight, missing=None if missing is None else missing * weight
            )
        )
        bin_rows += _bins(shape, points, missing)
    return attribute_rows, bin_rows, kept


def _bins(shape: Shape, points: Floats, missing: float | None) -> list[dict[str, str]]:
    assert shape.counts is not None
    assert shape.defaults is not None
    rows: list[dict[str, str]] = []

    def add(label: str, state: str, lower: str, upper: str, word: str, value: float) -> None:
        number = len(rows)
        position = number if state == "observed" else len(points)
        assert shape.counts is not None
        assert shape.defaults is not None
        rows.append(
            {
                "attribute_name": shape.name,
                "bin_number": str(number + 1),
                "bin_label": label,
                "value_state": state,
                "lower_bound": lower,
                "upper_bound": upper,
                "category": word,
                "points": f"{value + 0.0:.4f}",
                "train_count": str(shape.counts[position]),
                "train_default_count": str(shape.defaults[position]),
            }
        )

    if shape.edges is None:
        for word, value in zip([*shape.words, ""], points, strict=True):
            add(word or "any other", "observed", "", "", word, value)
    else:
        edges = ["", *(_decimal(int(edge)) for edge in shape.edges), ""]
        for lower, upper, value in zip(edges[:-1], edges[1:], points, strict=True):
            add(_label(lower, upper), "observed", lower, upper, "", value)
    if missing is not None:
        add("missing", "missing", "", "", "", missing)
    return rows


def _decimal(ticks: int) -> str:
    sign, size = ("-" if ticks < 0 else ""), abs(ticks)
    fraction = f"{size % TICKS:010d}".rstrip("0")
    return f"{sign}{size // TICKS}" + (f".{fraction}" if fraction else "")


def _label(lower: str, upper: str) -> str:
    if not lower and not upper:
        return "any value"
    if not lower:
        return f"under {upper}"
    return f"{lower} to under {upper}" if upper else f"{lower} and over"


def _spread(worth: Floats, used: np.ndarray) -> Floats:
    values = np.zeros(len(FACTORS))
    values[used] = worth
    return values


def shares(worth: Floats) -> list[str]:
    """Shares of the values (f,) to six decimals that add up to exactly one."""
    total = worth.sum()
    millionths = np.floor(worth / total * 1e6 + 0.5).astype(int) if total > 0 else worth.astype(int)
    if total > 0:
        millionths[int(millionths.argmax())] += 10**6 - millionths.sum()
    return [f"{value / 1e6:.6f}" for value in millionths]


def _factors(
    base: Card, kind: str, worth: Floats, scales: Floats, settings: Mapping[str, float]
) -> list[dict[str, str]]:
    weights = dict(zip(FACTORS, shares(worth), strict=True))
    return [
        {
            **row,
            "global_weight_ratio": weights[row["factor"]],
            "offset_points": "0",
            "scale_points": f"{scales[FACTORS.index(row['factor'])]:.8f}",
            "full_evidence_weight": f"{settings['full_evidence']:.4f}",
        }
        for row in base.tables["factors"]
        if row["subject_kind"] == kind
    ]


def _profiles(
    tables: Mapping[str, Sequence[Mapping[str, str]]],
    scorer: Scorer,
    weights: Weights,
    used: np.ndarray,
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    profile_rows, weight_rows = [], []
    for position, row in enumerate(scorer.profiles):
        level, slope = weights.calibration[position]
        worth = _spread(weights.worth(position), used)
        profile_rows.append(
            {
                **row,
                "calibration_intercept": f"{level:.6f}",
                "calibration_slope": f"{slope * worth.sum():.6f}",
            }
        )
        share = dict(zip(FACTORS, shares(worth), strict=True))
        weight_rows += [
            {
                **line,
                "weight_ratio": share[line["factor"]],
                "basis": "fitted" if position in weights.of_profile else "global",
            }
            for line in tables["weights"]
            if line["profile"] == row["profile"]
        ]
    return profile_rows, weight_rows


def _draft(tables: Mapping[str, Sequence[Mapping[str, str]]], base: Card) -> Card:
    return Card("draft", {**base.tables, **tables})


def card(version: str, base: Card, fitted: Sequence[FittedKind]) -> Card:
    """A whole card: the fitted kinds of subject, and what `base` says of everything else."""
    attributes = catalogue()
    kinds = {part.kind for part in fitted}
    tables: dict[str, list[dict[str, str]]] = {}
    for table in versions.TABLES:
        kept = [
            dict(row)
            for row in base.tables[table]
            if not (
                row.get("subject_kind") in kinds
                or (
                    attributes.get(row.get("attribute_name", "")) is not None
                    and attributes[row["attribute_name"]].subject_kind in kinds
                )
            )
        ]
        for part in fitted:
            kept += [dict(row) for row in part.tables.get(table, [])]
        tables[table] = [{**row, "score_version": version} for row in kept]
    return Card(version, tables)
