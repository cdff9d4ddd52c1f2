"""What an attribute says, as a table: bins of values or categories, each with its log-odds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from sesame.training.panel import (
    MISSING,
    OBSERVED,
    REACH,
    TICKS,
    Booleans,
    Column,
    Floats,
    Integers,
    Panel,
    catalogue,
)

FACTORS = (
    "credit_history",
    "behaviour_preference",
    "fulfilment_capacity",
    "personal_characteristics",
    "interpersonal_relationships",
)


@dataclass(frozen=True)
class Shape:
    """Log-odds of no default per bin of one attribute, zero for what says nothing.

    A numeric attribute has edges (k,) in ticks, ascending, and points (k + 1,): an edge belongs to
    the bin above it. A category has words (k,) and points (k + 1,), the last for every word not
    listed. missing is what a value that is not there though expected is worth, None where such a
    value has no say. counts and defaults (of each bin, then of missing) are of the sample.
    """

    name: str
    points: Floats
    edges: Integers | None = None
    words: tuple[str, ...] = ()
    missing: float | None = None
    counts: Integers | None = None
    defaults: Integers | None = None

    def bins(self, column: Column) -> Integers:
        """The bin (n,) of each value, 0 to k; k + 1 for missing; -1 where it has no points."""
        if self.edges is not None:
            assert column.ticks is not None
            found = np.searchsorted(self.edges, column.ticks, side="right").astype(np.int64)
        else:
            assert column.words is not None
            positions = {word: position for position, word in enumerate(self.words)}
            found = np.array(
                [positions.get(word, len(self.words)) for word in column.words], dtype=np.int64
            )
        found[column.states != OBSERVED] = -1
        if self.missing is not None:
            found[column.states == MISSING] = len(self.points)
        return found

    def values(self, column: Column) -> Floats:
        """Log-odds (n,) of each value; zero where it has no points."""
        table = np.append(self.points, [self.missing or 0.0, 0.0])
        return np.asarray(table[self.bins(column)], dtype=np.float64)

    def counted(self, column: Column, is_default: Booleans) -> "Shape":
        """The same with how many of a sample fell into each bin, and how many defaulted."""
        found = self.bins(column)
        size = len(self.points) + 1
        return replace(
            self,
            counts=np.bincount(found[found >= 0], minlength=size).astype(np.int64),
            defaults=np.bincount(found[(found >= 0) & is_default], minlength=size).astype(np.int64),
        )

    def centred(self, column: Column, least: float) -> "Shape":
        """The same with a mean of zero over observed values: zero is what an ordinary one says.

        A missing value may cost and never earns, so that taking data away never pays. Words that
        are not listed say nothing where fewer than `least` outcomes have one.
        """
        observed = column.states == OBSERVED
        if not observed.any():
            return self
        mean = float(self.values(column)[observed].mean())
        points = self.points - mean
        if self.edges is None and (self.bins(column) == len(self.words)).sum() < least:
            points[-1] = 0.0
        return replace(
            self,
            points=points,
            missing=None if self.missing is None else min(self.missing - mean, 0.0),
        )

    def times(self, factor: float) -> "Shape":
        return replace(
            self,
            points=self.points * factor,
            missing=None if self.missing is None else self.missing * factor,
        )


def edge_between(below: int, above: int) -> int:
    """A decimal in (below, above], in ticks, with as few digits as will do and near the middle."""
    middle = (Decimal(below) + Decimal(above)) / 2 / TICKS
    for places in range(-8, 11):
        unit = Decimal((0, (1,), -places))
        ticks = int(middle.quantize(unit, ROUND_HALF_UP) * TICKS)
        if below < ticks <= above:
            return ticks
    return above


def readable_edges(splits: Sequence[float], ticks: Integers) -> Integers:
    """Edges in ticks that part the observed values as the splits do, ascending, none twice.

    A split is a number (a value below it is in the lower bin), of which nothing but the gap between
    values that it lies in matters.
    """
    known = np.unique(ticks)
    edges = []
    for split in splits:
        position = int(np.searchsorted(known / TICKS, split, side="left"))
        if 0 < position < len(known):
            edges.append(edge_between(int(known[position - 1]), int(known[position])))
    reach = REACH * TICKS
    return np.array(sorted({edge for edge in edges if -reach < edge < reach}), dtype=np.int64)


@dataclass(frozen=True)
class Learned:
    """What a learner found: the shapes, which add up to log-odds.

    held_out (n, 5) is what shapes that had not seen an outcome's fold say of it, per factor; loss
    the mean log loss of that; setting the penalty, or number of stumps, that had the least.
    """

    shapes: list[Shape]
    held_out: Floats
    loss: float
    setting: float


def factor_sums(found: Sequence[Shape], panel: Panel) -> Floats:
    """Log-odds (n, 5) that the shapes of each factor add up to."""
    attributes = catalogue()
    sums = np.zeros((len(panel), len(FACTORS)))
    for shape in found:
        factor = FACTORS.index(attributes[shape.name].factor)
        sums[:, factor] += shape.values(panel.columns[shape.name])
    return sums
