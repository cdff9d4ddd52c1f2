"""Second learner: LightGBM with trees of one split each, which add up to a table per attribute."""

from collections.abc import Mapping, Sequence
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
from sesame.training.shapes import FACTORS, Learned, Shape, factor_sums, readable_edges

_DIRECTIONS = {"higher_is_better": 1, "lower_is_better": -1, "none": 0}


class Design:
    """Columns for the stumps: a number or a code per attribute, and whether it is missing.

    Absent and not consented values are nan and have no column of their own: what the stumps make of
    them is thrown away, so that they stay neutral. Whether a value is missing may only cost.
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
        self.with_missing = []
        for attribute in self.attributes:
            column = panel.columns[attribute.name]
            if column.words is not None:
                words, counts = np.unique(
                    column.words[column.states == OBSERVED].astype(str), return_counts=True
                )
                self.words[attribute.name] = [
                    str(word) for word, count in zip(words, counts, strict=True) if count >= least
                ]
            if (column.states == MISSING).sum() >= least:
                self.with_missing.append(attribute.name)

    @property
    def directions(self) -> list[int]:
        return [
            0 if attribute.is_category else _DIRECTIONS[attribute.direction]
            for attribute in self.attributes
        ] + [-1] * len(self.with_missing)

    @property
    def categories(self) -> list[int]:
        return [
            position for position, attribute in enumerate(self.attributes) if attribute.is_category
        ]

    def matrix(self, panel: Panel) -> Floats:
        """Values (n, p + m)."""
        matrix = np.full((len(panel), len(self.directions)), np.nan)
        for position, attribute in enumerate(self.attributes):
            column = panel.columns[attribute.name]
            observed = column.states == OBSERVED
            if column.words is not None:
                codes = {word: code for code, word in enumerate(self.words[attribute.name])}
                # a code of its own for all words that are not listed
                matrix[observed, position] = [
                    codes.get(word, len(codes)) for word in column.words[observed]
                ]
            else:
                assert column.ticks is not None
                matrix[observed, position] = column.ticks[observed] / TICKS
        for offset, name in enumerate(self.with_missing, len(self.attributes)):
            matrix[:, offset] = panel.columns[name].states == MISSING
        return matrix


def boost(
    design: Design,
    panel: Panel,
    levels: Floats,
    parameters: Mapping[str, float],
    *,
    rounds: int,
    held_out: tuple[Panel, Floats] | None = None,
) -> tuple[lightgbm.Booster, Floats]:
    """Boost stumps from the log-odds of default `levels` (n,); returns them and, per round, the
    mean log loss (rounds,) on what was held out.
    """
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
    history: dict[str, dict[str, list[float]]] = {}
    callbacks = []
    sets = []
    if held_out is not None:
        other, other_levels = held_out
        sets.append(
            data.create_valid(
                design.matrix(other), other.is_default.astype(float), init_score=other_levels
            )
        )
        callbacks.append(lightgbm.record_evaluation(history))
    booster = lightgbm.train(
        settings, data, num_boost_round=rounds, valid_sets=sets, callbacks=callbacks
    )
    losses = next(iter(history.values()))["binary_logloss"] if history else []
    return booster, np.array(losses)


def shapes(booster: lightgbm.Booster, design: Design, panel: Panel, rounds: int) -> list[Shape]:
    """What the first stumps add up to, exactly, as a table per attribute.

    A stump is a split and two leaves; those of one attribute add up to a step function of it.
    """
    trees = booster.dump_model(num_iteration=rounds)["tree_info"]
    stumps: dict[int, list[dict[str, Any]]] = {}
    for tree in trees:
        root = tree["tree_structure"]
        if "split_feature" in root:
            stumps.setdefault(int(root["split_feature"]), []).append(root)
    found = []
    for position, attribute in enumerate(design.attributes):
        mine = stumps.get(position, [])
        column = panel.columns[attribute.name]
        missing = None
        if attribute.name in design.with_missing:
            offset = len(design.attributes) + design.with_missing.index(attribute.name)
            missing = _at(stumps.get(offset, []), 1.0)
        if not mine:
            continue
        if attribute.is_category:
            words = design.words[attribute.name]
            points = np.array([_of_code(mine, code) for code in range(len(words) + 1)])
            shape = Shape(attribute.name, points, words=tuple(words), missing=missing)
        else:
            assert column.ticks is not None
            # LightGBM sends a value to the left up to and including its threshold.
            splits = sorted({float(np.nextafter(stump["threshold"], np.inf)) for stump in mine})
            known = np.unique(column.ticks[column.states == OBSERVED])
            edges = readable_edges(splits, known)
            # A value that was seen of each bin: between those, where an edge lies is free.
            seen = known[np.concatenate([[0], np.searchsorted(known, edges)])] / TICKS
            points = np.array([_at(mine, float(value)) for value in seen])
            shape = Shape(attribute.name, points, edges=edges, missing=missing)
        found.append(shape.centred(column))
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
    most = int(parameters["most_rounds"])
    boosters = {}
    losses = np.zeros(most)
    for fold in range(int(folds.max(initial=0)) + 1):
        mine, rest = folds == fold, folds != fold
        if not mine.any():
            continue
        levels = _levels(panel.is_default[rest], groups[rest], int(groups.max()) + 1)
        boosters[fold], history = boost(
            design,
            panel.rows(rest),
            levels[groups[rest]],
            parameters,
            rounds=most,
            held_out=(panel.rows(mine), levels[groups[mine]]),
        )
        # where no further stump is found, boosting ends early
        losses += mine.sum() * np.append(history, np.full(most - len(history), history[-1]))
    rounds = int(losses.argmin()) + 1
    held_out = np.zeros((len(panel), len(FACTORS)))
    for fold, booster in boosters.items():
        mine = folds == fold
        found = shapes(booster, design, panel.rows(~mine), rounds)
        held_out[mine] = factor_sums(found, panel.rows(mine))
    levels = _levels(panel.is_default, groups, int(groups.max(initial=0)) + 1)
    booster, _ = boost(design, panel, levels[groups], parameters, rounds=rounds)
    return Learned(
        shapes(booster, design, panel, rounds),
        held_out,
        float(losses[rounds - 1]) / len(panel),
        float(rounds),
    )


def _levels(is_default: Booleans, groups: Integers, count: int) -> Floats:
    """Log-odds of default (g,) of each group, those of few drawn to the sample's."""
    rate = (is_default.sum() + 0.5) / (len(is_default) + 1)
    size = np.bincount(groups, minlength=count) + 50.0
    bad = np.bincount(groups[is_default], minlength=count) + 50.0 * rate
    return np.asarray(np.log(bad / (size - bad)), dtype=np.float64)


def _at(stumps: Sequence[Mapping[str, Any]], value: float) -> float:
    """Log-odds of no default that stumps of a number give to a value."""
    return -sum(_leaf(stump, value <= stump["threshold"]) for stump in stumps)


def _of_code(stumps: Sequence[Mapping[str, Any]], code: int) -> float:
    """The same of a category's code."""
    return -sum(_leaf(stump, str(code) in stump["threshold"].split("||")) for stump in stumps)


def _leaf(stump: Mapping[str, Any], is_left: bool) -> float:
    return float(stump["left_child" if is_left else "right_child"]["leaf_value"])
