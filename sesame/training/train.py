"""What `sesame train` does with a panel: fit both learners, choose, write both into the seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from sesame import versions
from sesame.errors import SesameError
from sesame.training.fit import FittedKind, card, fit_kind
from sesame.training.measures import Interval, Jump, auc, calibration, jumps
from sesame.training.panel import Panel, catalogue
from sesame.training.regression import log_losses
from sesame.training.scorer import Scorer
from sesame.versions import Card

# Versions are called after the training and the learner: v1 becomes v1_stumps and v1_evidence.
SUFFIXES = {"additive_stumps": "stumps", "weight_of_evidence": "evidence"}


@dataclass(frozen=True)
class Candidate:
    """A learner's card, and its mean log loss on the selection part."""

    learner: str
    card: Card
    fitted: Sequence[FittedKind]
    selection_loss: float


def fit_candidate(
    name: str,
    learner: str,
    panels: Mapping[str, Panel],
    base: Card,
    settings: Mapping[str, float],
) -> Candidate:
    """Fit a learner for each kind of subject that has enough defaults; the others keep `base`'s.

    Raises SesameError where no kind has enough.
    """
    fitted = []
    for panel in panels.values():
        train = panel.part("train")
        if train.is_default.sum() >= settings["least_kind_defaults"]:
            fitted.append(fit_kind(learner, train, panel.part("selection"), base, settings))
    if not fitted:
        counts = {kind: int(panel.is_default.sum()) for kind, panel in panels.items()}
        raise SesameError(
            f"no kind of subject has {settings['least_kind_defaults']:.0f} defaults to train on "
            f"(defaults in all parts: {counts}); land more outcomes, or lower least_kind_defaults "
            "in seeds/training_parameters.csv"
        )
    made = card(f"{name}_{SUFFIXES[learner]}", base, fitted)
    losses = [
        log_losses(
            Scorer(made, part.kind, catalogue())
            .score(panels[part.kind].part("selection"))
            .log_odds,
            ~panels[part.kind].part("selection").is_default,
        )
        for part in fitted
    ]
    return Candidate(learner, made, fitted, float(np.concatenate(losses).mean()))


@dataclass(frozen=True)
class Tested:
    """What the test part says of a card for one kind of subject."""

    version: str
    kind: str
    count: int
    defaults: int
    auc: Interval
    slope: Interval
    intercept: Interval

    def row(self) -> dict[str, str]:
        """The row of `version_tests`; empty where there is no number."""
        found = {
            "score_version": self.version,
            "subject_kind": self.kind,
            "outcome_count": str(self.count),
            "default_count": str(self.defaults),
        }
        for name, interval in (
            ("auc", self.auc),
            ("calibration_slope", self.slope),
            ("calibration_intercept", self.intercept),
        ):
            numbers = (interval.value, interval.lower, interval.upper)
            for end, number in zip(("", "_lower", "_upper"), numbers, strict=True):
                found[f"{name}{end}"] = "" if np.isnan(number) else f"{number:.6f}"
        return found


def tested(made: Card, panel: Panel) -> Tested:
    part = panel.part("test")
    scores = Scorer(made, panel.subject_kind, catalogue()).score(part)
    slope, intercept = calibration(scores.log_odds, (~part.is_default).astype(np.float64))
    return Tested(
        made.score_version,
        panel.subject_kind,
        len(part),
        int(part.is_default.sum()),
        auc(scores.log_odds, part.is_default),
        slope,
        intercept,
    )


@dataclass(frozen=True)
class TrainReport:
    """Both candidates, the better first, and what was left out of the panel, by reason."""

    candidates: Sequence[Candidate]
    tests: Sequence[Tested]
    jumps: Mapping[str, Sequence[Jump]]
    left_out: Mapping[str, int]

    def lines(self) -> list[str]:
        """For a person: counts, gates, jumps, and the one look at the test."""
        lines = [
            f"left out: {count:,} outcomes, {reason}" for reason, count in self.left_out.items()
        ]
        for candidate in self.candidates:
            version = candidate.card.score_version
            lines.append(
                f"{version} ({candidate.learner}): log loss on the selection part "
                f"{candidate.selection_loss:.5f}"
            )
            for part in candidate.fitted:
                lines.append(
                    f"  {part.kind}: {len(part.learned.shapes)} attributes on the card; "
                    f"setting {part.learned.setting:g}"
                )
                names = [row["profile"] for row in part.tables["profiles"]]
                for position, verdict in part.weights.gates.items():
                    if np.isnan(verdict.gain):
                        said = "too few defaults to ask: global weights"
                    else:
                        kept = "its own weights" if verdict.is_kept else "global weights"
                        said = (
                            f"log loss aside falls by {verdict.gain:.5f} "
                            f"(standard error {verdict.error:.5f}): {kept}"
                        )
                    lines.append(
                        f"    {names[position]}: {verdict.train_defaults} + "
                        f"{verdict.gate_defaults} defaults; {said}"
                    )
            lines += [
                f"  border {jump.profiles[0]} | {jump.profiles[1]} ({jump.factor}): "
                f"{jump.count:,} near it, jump {jump.mean:.1f} points in the mean, "
                f"{jump.most:.1f} at most"
                for jump in self.jumps[version]
            ]
        lines += [
            f"test {test.version} {test.kind}: {test.count:,} outcomes, {test.defaults:,} "
            f"defaults; AUC {test.auc}, calibration slope {test.slope}, intercept {test.intercept}"
            for test in self.tests
        ]
        return lines


def choose(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, the one that predicts the selection part best first."""
    return sorted(candidates, key=lambda candidate: (candidate.selection_loss, candidate.learner))


def borders(candidate: Candidate, panels: Mapping[str, Panel], least: float) -> list[Jump]:
    """The jumps at the borders of profiles near which there are `least` outcomes of the train and
    selection parts: the test decides on nothing.
    """
    found = []
    for part in candidate.fitted:
        panel = panels[part.kind].rows(panels[part.kind].parts != "test")
        scorer = Scorer(candidate.card, part.kind, catalogue())
        found += jumps(scorer, scorer.score(panel), scorer.sub_scores(panel), least)
    return found


def refuse_jumps(borders: Mapping[str, Sequence[Jump]], most: float) -> None:
    """Raise SesameError where crossing a border moves those near it further than the bound."""
    for version, found in borders.items():
        for jump in found:
            if jump.mean > most:
                raise SesameError(
                    f"{version}: crossing from profile {jump.profiles[1]} to {jump.profiles[0]} "
                    f"moves the {jump.count:,} near that border by {jump.mean:.1f} points in the "
                    f"mean (bound {most:g}); lower calibration_deviation or profile_deviation in "
                    "seeds/training_parameters.csv, so that profiles differ less"
                )


def origin(
    candidate: Candidate,
    panels: Mapping[str, Panel],
    base: Card,
    definition: str,
    left_out: Mapping[str, int],
) -> dict[str, str]:
    """The row of `version_origins` of a candidate.

    Counts of parts are of the kinds that were fitted; those whose window was not over, of all.
    """
    mine = [panels[part.kind] for part in candidate.fitted]
    row = {
        "score_version": candidate.card.score_version,
        "learner": candidate.learner,
        "base_version": base.score_version,
        "definition": definition,
        "immature_count": str(left_out.get("immature", 0) + left_out.get("window_running", 0)),
        "first_as_of": min(min(panel.dates) for panel in mine),
        "last_as_of": max(max(panel.dates) for panel in mine),
        "data_checksum": "+".join(panel.checksum() for panel in mine),
        "description": (
            f"Fitted by sesame train to outcomes of {' and '.join(p.subject_kind for p in mine)} "
            "subjects; see its model card"
        ),
    }
    for part in ("train", "selection", "test"):
        row[f"{part}_count"] = str(sum(int((panel.parts == part).sum()) for panel in mine))
        row[f"{part}_default_count"] = str(
            sum(int(panel.is_default[panel.parts == part].sum()) for panel in mine)
        )
    return row


def write(
    candidates: Sequence[Candidate],
    origins: Sequence[Mapping[str, str]],
    tests: Sequence[Tested],
    *,
    decided: date,
    seeds: Path,
) -> None:
    """Add the cards to the seeds and both to the log as challengers: promoting is for a person."""
    versions.add_all(
        [(candidate.card, row) for candidate, row in zip(candidates, origins, strict=True)],
        [
            {
                "score_version": candidate.card.score_version,
                "status": "challenger",
                "decided_date": decided.isoformat(),
                "approved_by": "sesame train",
                "reason": (
                    f"Fitted; mean log loss on the selection part {candidate.selection_loss:.5f}"
                ),
            }
            for candidate in candidates
        ],
        seeds,
        [test.row() for test in tests],
    )
