"""Second learner: LightGBM with trees of one split each, which add up to a table per attribute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from sesame.training.panel import (
    MISSING,
    OBSERVED,
    TICKS,
    Attribute,
    Booleans,
    Floats,
    Integers,
    Panel,
)
from sesame.training.regression import log_losses
from sesame.training.shapes import FACTORS, Learned, Shape, factor_sums, readable_edges

_DIRECTIONS = {"higher_is_better": 1, "lower_is_better": -1, "none": 0}


@dataclass(frozen=True)
class Stump:
    """A split of one column of the design, and log-odds of no default on its two sides.

    A number goes left up to and including the threshold, a category if its code is among codes.
    """

    column: int
    threshold: float
    codes: tuple[float, ...]
    left: float
    right: float

    def at(self, values: Floats) -> Floats:
        """Log-odds (n,) of values (n,)."""
        is_left = np.isin(values, self.codes) if self.codes else values <= self.threshold
        return np.where(is_left, self.left, self.right)


class Design:
    """Columns for the stumps: a number or a code per attribute, and flags of values not there.

    LightGBM would put a nan with the lowest or the highest values, which would then be paid for
    what it means to have none. So a value that is not there is filled in with what is usual, and a
    flag says so: one where it is missing though expected, one where it is absent or not consented.
    What the second learns is thrown away: such values say nothing.
    """

    def __init__(
        self, attributes: Sequence[Attribute], panel: Panel, parameters: Mapping[str, float]
    ) -> None:
        least = parameters["least_bin_count"]
        self.attributes = [
            attribute
            for attribute in attributes
            if (panel.columns[attribute.name].states == OBSERVED).sum() >= 2 * least
        ]
        self.words: dict[str, list[str]] = {}
        self.usual: dict[str, float] = {}
        # the attribute's name, and whether the flag is of values missing though expected
        self.flags: list[tuple[str, bool]] = []
        for attribute in self.attributes:
            column = panel.columns[attribute.name]
            observed = column.states == OBSERVED
            if column.words is not None:
                words, counts = np.unique(column.words[observed].astype(str), return_counts=True)
                kept = counts >= least
                self.words[attribute.name] = [str(word) for word in words[kept]]
                # where no word has enough outcomes, all of them have the code of the others
                self.usual[attribute.name] = float(counts[kept].argmax()) if kept.any() else 0.0
            else:
                assert column.ticks is not None
                self.usual[attribute.name] = float(
                    np.quantile(column.ticks[observed] / TICKS, 0.5, method="lower")
                )
            is_missing = column.states == MISSING
            if is_missing.sum() >= least:
                self.flags.append((attribute.name, True))
            if (~observed & ~is_missing).sum() >= least:
                self.flags.append((attribute.name, False))

    @property
    def directions(self) -> list[int]:
        return [
            0 if attribute.is_category else _DIRECTIONS[attribute.direction]
            for attribute in self.attributes
        ] + [0] * len(self.flags)

    @property
    def categories(self) -> list[int]:
        return [
            position for position, attribute in enumerate(self.attributes) if attribute.is_category
        ]

    def is_kept(self, position: int) -> bool:
        """Whether what the stumps make of a column has a place on the card."""
        flag = position - len(self.attributes)
        return flag < 0 or self.flags[flag][1]

    def matrix(self, panel: Panel) -> Floats:
        """Values (n, p + f) of attributes, then flags; without nan."""
        matrix = np.zeros((len(panel), len(self.directions)))
        for position, attribute in enumerate(self.attributes):
            column = panel.columns[attribute.name]
            observed = column.states == OBSERVED
            matrix[:, position] = self.usual[attribute.name]
            if column.words is not None:
                codes = {word: code for code, word in enumerate(self.words[attribute.name])}
                # a code of its own for all words that are not listed
                matrix[observed, position] = [
                    codes.get(word, len(codes)) for word in column.words[observed]
                ]
            else:
                assert column.ticks is not None
                matrix[observed, position] = column.ticks[observed] / TICKS
        for position, (name, of_missing) in enumerate(self.flags, len(self.attributes)):
            states = panel.columns[name].states
            matrix[:, position] = (
                states == MISSING if of_missing else (states != OBSERVED) & (states != MISSING)
            )
        return matrix


def boost(
    design: Design, panel: Panel, levels: Floats, parameters: Mapping[str, float], *, rounds: int
) -> list[Stump]:
    """Stumps, boosted from the log-odds of default `levels` (n,)."""
    if not design.attributes:
        return []
    data = lightgbm.Dataset(
        design.matrix(panel),
        panel.is_default.astype(float),
        init_score=levels,
        categorical_feature=design.categories,
        free_raw_data=False,
    )
    settings: dict[str, Any] = {
        "objective": "binary",
        "num_leaves": 2,
        "learning_rate": parameters["learning_rate"],
        "min_data_in_leaf": int(parameters["least_bin_count"]),
        "lambda_l2": parameters["leaf_penalty"],
        "max_bin": int(parameters["most_stump_bins"]),
        "min_data_in_bin": int(parameters["least_bin_count"]),
        # log-odds of default: what is better lowers them
        "monotone_constraints": [-direction for direction in design.directions],
        "max_cat_to_onehot": 64,
        "cat_smooth": 0.0,
        "cat_l2": parameters["leaf_penalty"],
        "boost_from_average": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": 1,
        "verbose": -1,
    }
    booster = lightgbm.train(settings, data, num_boost_round=rounds)
    roots = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    return [_stump(root) for root in roots if "split_feature" in root]


def held_out_losses(
    stumps: Sequence[Stump], design: Design, panel: Panel, levels: Floats
) -> Floats:
    """Mean log loss (k + 1,) of 0 to k stumps on outcomes they have not seen, as far as a card has
    what they say.
    """
    matrix, log_odds = design.matrix(panel), -levels
    losses = [log_losses(log_odds, ~panel.is_default).mean()]
    for stump in stumps:
        if design.is_kept(stump.column):
            log_odds = log_odds + stump.at(matrix[:, stump.column])
        losses.append(log_losses(log_odds, ~panel.is_default).mean())
    return np.array(losses)


def shapes(stumps: Sequence[Stump], design: Design, panel: Panel, least: float) -> list[Shape]:
    """What stumps add up to, exactly, as a table per attribute."""
    of_column: dict[int, list[Stump]] = {}
    for stump in stumps:
        of_column.setdefault(stump.column, []).append(stump)
    found = []
    for position, attribute in enumerate(design.attributes):
        mine = of_column.get(position, [])
        column = panel.columns[attribute.name]
        if not mine:
            continue
        missing = None
        if (attribute.name, True) in design.flags:
            flag = len(design.attributes) + design.flags.index((attribute.name, True))
            without, with_flag = _sums(of_column.get(flag, []), np.array([0.0, 1.0]))
            usual = _sums(mine, np.array([design.usual[attribute.name]]))[0]
            missing = float(usual + with_flag - without)
        if attribute.is_category:
            words = design.words[attribute.name]
            points = _sums(mine, np.arange(len(words) + 1.0))
            shape = Shape(attribute.name, points, words=tuple(words), missing=missing)
        else:
            assert column.ticks is not None
            # LightGBM sends a value to the left up to and including its threshold.
            splits = sorted({float(np.nextafter(stump.threshold, np.inf)) for stump in mine})
            known = np.unique(column.ticks[column.states == OBSERVED])
            edges = readable_edges(splits, known)
            # A value that was seen of each bin: between those, where an edge lies is free.
            seen = known[np.concatenate([[0], np.searchsorted(known, edges)])] / TICKS
            shape = Shape(attribute.name, _sums(mine, seen), edges=edges, missing=missing)
        found.append(shape.centred(column, least))
    return found


def learn(
    attributes: Sequence[Attribute],
    panel: Panel,
    groups: Integers,
    folds: Integers,
    parameters: Mapping[str, float],
) -> Learned:
    """Boost stumps from each group's own level, as many as predict outcomes held out best."""
    design = Design(attributes, panel, parameters)
    most, least = int(parameters["most_rounds"]), parameters["least_bin_count"]
    of_fold = {}
    losses = np.zeros(most + 1)
    for fold in range(int(folds.max(initial=0)) + 1):
        mine, rest = folds == fold, folds != fold
        if not mine.any():
            continue
        levels = _levels(panel.is_default[rest], groups[rest], int(groups.max()) + 1)
        of_fold[fold] = boost(
            design, panel.rows(rest), levels[groups[rest]], parameters, rounds=most
        )
        found = held_out_losses(of_fold[fold], design, panel.rows(mine), levels[groups[mine]])
        # where no further stump is found, boosting ends early
        losses += mine.sum() * np.append(found, np.full(most + 1 - len(found), found[-1]))
    rounds = int(losses[1:].argmin()) + 1
    held_out = np.zeros((len(panel), len(FACTORS)))
    for fold, stumps in of_fold.items():
        mine = folds == fold
        known = shapes(stumps[:rounds], design, panel.rows(~mine), least)
        held_out[mine] = factor_sums(known, panel.rows(mine))
    levels = _levels(panel.is_default, groups, int(groups.max(initial=0)) + 1)
    stumps = boost(design, panel, levels[groups], parameters, rounds=rounds)
    return Learned(
        shapes(stumps, design, panel, least),
        held_out,
        float(losses[rounds]) / len(panel),
        float(rounds),
    )


def _levels(is_default: Booleans, groups: Integers, count: int) -> Floats:
    """Log-odds of default (g,) of each group, those of few drawn to the sample's."""
    rate = (is_default.sum() + 0.5) / (len(is_default) + 1)
    size = np.bincount(groups, minlength=count) + 50.0
    bad = np.bincount(groups[is_default], minlength=count) + 50.0 * rate
    return np.asarray(np.log(bad / (size - bad)), dtype=np.float64)


def _stump(root: Mapping[str, Any]) -> Stump:
    """A tree of one split as LightGBM dumps it; its leaves are log-odds of default."""
    is_category = root["decision_type"] == "=="
    codes = [float(code) for code in root["threshold"].split("||")] if is_category else []
    return Stump(
        int(root["split_feature"]),
        np.nan if is_category else float(root["threshold"]),
        tuple(codes),
        -float(root["left_child"]["leaf_value"]),
        -float(root["right_child"]["leaf_value"]),
    )


def _sums(stumps: Sequence[Stump], values: Floats) -> Floats:
    """What stumps of one column add up to at values (n,)."""
    return sum((stump.at(values) for stump in stumps), np.zeros(len(values)))
