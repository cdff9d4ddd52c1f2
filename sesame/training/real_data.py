"""Fitted scorecards beside the alternatives, on data nobody here wrote: `make benchmark-real`.

Each data set goes the project's own way: adapter, landing, marts, panel. Then repeated
cross-validation: the alternatives see the same outcomes in the same folds. They are given the
source's own columns that the law permits and that speak of the person, not of the loan asked for
(a score is a person's, whatever they will ask for next), and also the marts' attributes.
"""

import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from optbinning import BinningProcess
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold

from sesame import versions
from sesame.errors import SesameError
from sesame.home import PROJECT, Home
from sesame.training.fit import LEARNERS, card, fit_kind, parameters
from sesame.training.measures import auc, calibration
from sesame.training.panel import (
    OBSERVED,
    TICKS,
    Booleans,
    Floats,
    Integers,
    Panel,
    catalogue,
    labelled,
    permitted,
)
from sesame.training.scorer import Scorer

DATA = Path(os.environ.get("SESAME_REAL_DATA") or PROJECT.parent / "shared" / "data")
REPEATS, FOLDS, SEED = 10, 5, 1

Predict = Callable[[pd.DataFrame, Booleans, pd.DataFrame], Floats]


def _taiwan(folder: Path) -> pd.DataFrame:
    """All columns but sex, marital status and age."""
    table = pd.read_csv(folder / "UCI_Credit_Card.csv", lineterminator="\r")
    table.index = "taiwan_default:client:" + table["ID"].astype(str)
    left_out = ["ID", "SEX", "MARRIAGE", "AGE", "default.payment.next.month"]
    return table.drop(columns=left_out)


def _south_german(folder: Path) -> pd.DataFrame:
    """All columns but sex and marital status, age, dependants and origin, and the loan's terms."""
    table = pd.read_csv(folder / "SouthGermanCredit.asc", sep=" ")
    table.index = "south_german_credit:applicant:" + (table.index + 1).astype(str)
    unlawful = ["personal_status_sex", "age", "people_liable", "foreign_worker"]
    of_the_loan = ["duration", "amount", "purpose"]
    table = table.drop(columns=[*unlawful, *of_the_loan, "credit_risk"])
    ordered = ["installment_rate", "present_residence", "number_credits"]
    return table.astype({name: "category" for name in table.columns if name not in ordered})


# What the source itself has; Berka's is a ledger, of which only marts make columns.
SOURCES: Mapping[str, Callable[[Path], pd.DataFrame] | None] = {
    "taiwan_default": _taiwan,
    "south_german_credit": _south_german,
    "berka": None,
}


def mart_columns(panel: Panel) -> pd.DataFrame:
    """The permitted attributes as columns; nan, or no category, where not observed."""
    columns: dict[str, object] = {}
    for attribute in permitted(panel):
        column = panel.columns[attribute.name]
        observed = column.states == OBSERVED
        if column.words is not None and observed.any():
            words = pd.Series(column.words).where(observed)
            columns[attribute.name] = pd.Categorical(words)
        elif column.ticks is not None:
            values = np.where(observed, column.ticks / TICKS, np.nan)
            if observed.any() and np.nanstd(values) > 0:
                columns[attribute.name] = values
    return pd.DataFrame(columns, index=panel.subjects)


def _optbinning(train: pd.DataFrame, is_default: Booleans, test: pd.DataFrame) -> Floats:
    """optbinning's defaults: weights of evidence and a logistic regression."""
    words = [name for name in train.columns if train[name].dtype == "category"]
    train, test = (part.astype(dict.fromkeys(words, object)) for part in (train, test))
    process = BinningProcess(list(train.columns), categorical_variables=words)
    evidence = process.fit_transform(train, is_default.astype(int))
    model = LogisticRegression(max_iter=1000).fit(evidence, is_default)
    return np.asarray(-model.decision_function(process.transform(test)))


def _lightgbm(train: pd.DataFrame, is_default: Booleans, test: pd.DataFrame) -> Floats:
    """LightGBM's defaults."""
    model = lightgbm.LGBMClassifier(random_state=1, n_jobs=1, verbose=-1).fit(train, is_default)
    return -np.asarray(model.predict(test, raw_score=True), dtype=np.float64)


def _regression(train: pd.DataFrame, is_default: Booleans, test: pd.DataFrame) -> Floats:
    """A plain logistic regression of standardised numbers and dummies; medians for what is not."""
    both = pd.get_dummies(pd.concat([train, test]), dtype=float)
    start = both.iloc[: len(train)]
    both = (both.fillna(start.median()) - start.mean()) / start.std().replace(0, 1)
    model = LogisticRegression(max_iter=1000).fit(both.iloc[: len(train)].fillna(0), is_default)
    return np.asarray(-model.decision_function(both.iloc[len(train) :].fillna(0)))


OTHERS: Mapping[str, Predict] = {
    "optbinning": _optbinning,
    "lightgbm": _lightgbm,
    "logistic regression": _regression,
}


@dataclass(frozen=True)
class Fold:
    """AUC of every model on one fold, the champion's learner, and its calibration slope."""

    auc: Mapping[str, float]
    learner: str
    slope: float


def _fold(
    panel: Panel, tables: Mapping[str, pd.DataFrame], train: Integers, test: Integers
) -> Fold:
    warnings.filterwarnings("ignore")
    base, settings = versions.read("v0"), parameters()
    mine, theirs = panel.rows(train), panel.rows(test)
    nobody = mine.rows(np.zeros(len(mine), dtype=bool))
    fitted = {learner: fit_kind(learner, mine, nobody, base, settings) for learner in LEARNERS}
    log_odds = {
        learner: Scorer(card("fold", base, [part]), panel.subject_kind, catalogue())
        .score(theirs)
        .log_odds
        for learner, part in fitted.items()
    }
    # chosen without a look at the fold: by outcomes held out within what was trained on
    learner = min(fitted, key=lambda name: fitted[name].learned.loss)
    areas = {name: auc(values, theirs.is_default).value for name, values in log_odds.items()}
    areas["sesame"] = areas[learner]
    for kind, table in tables.items():
        for name, predict in OTHERS.items():
            predicted = predict(table.iloc[train], mine.is_default, table.iloc[test])
            areas[f"{name}, {kind}"] = auc(predicted, theirs.is_default).value
    slope, _ = calibration(log_odds[learner], (~theirs.is_default).astype(np.float64))
    return Fold(areas, learner, slope.value)


def compare(panel: Panel, tables: Mapping[str, pd.DataFrame], repeats: int = REPEATS) -> list[Fold]:
    """Repeated stratified cross-validation, two folds at a time."""
    splits = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats, random_state=SEED)
    with ProcessPoolExecutor(2) as pool:
        waiting = [
            pool.submit(_fold, panel, tables, train, test)
            for train, test in splits.split(panel.subjects, panel.is_default)
        ]
        return [fold.result() for fold in waiting]


def interval(values: Sequence[float], *, folds: int = FOLDS) -> tuple[float, float, float]:
    """Mean and 95 % interval over repeated folds, whose training sets overlap: the variance is
    corrected after Nadeau and Bengio (2003), by the ratio of test to training rows.
    """
    array = np.asarray(values)
    error = np.sqrt((1 / len(array) + 1 / (folds - 1)) * array.var(ddof=1))
    reach = student.ppf(0.975, len(array) - 1) * error
    return float(array.mean()), float(array.mean() - reach), float(array.mean() + reach)


def interval_of_splits(
    values: Sequence[float], *, folds: int = FOLDS
) -> tuple[float, float, float]:
    """Mean and 95 % interval over the repeats, each a split of its own of the same outcomes.

    It says what another split of this data would give; `interval` says it of other data too.
    """
    means = np.asarray(values).reshape(-1, folds).mean(axis=1)
    reach = student.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
    return float(means.mean()), float(means.mean() - reach), float(means.mean() + reach)


def _show(values: Sequence[float]) -> str:
    return "{:.4f} ({:.4f} to {:.4f})".format(*interval(values))


def _show_of_splits(values: Sequence[float]) -> str:
    return "{1:.4f} to {2:.4f}".format(*interval_of_splits(values))


def lines(name: str, panel: Panel, folds: Sequence[Fold]) -> list[str]:
    """A data set's part of the page."""
    text = [
        f"## {name}",
        "",
        f"{len(panel):,} outcomes, {int(panel.is_default.sum()):,} defaults; {len(folds)} folds. "
        + "Chosen: "
        + ", ".join(
            f"{learner} {sum(fold.learner == learner for fold in folds)} times"
            for learner in LEARNERS
        )
        + ".",
        "",
        "| model | AUC (95 %) | sesame less it, paired by fold (95 %) | its mean over splits |",
        "|---|---|---|---|",
    ]
    for model in folds[0].auc:
        areas = [fold.auc[model] for fold in folds]
        difference = [fold.auc["sesame"] - fold.auc[model] for fold in folds]
        shown = "" if model == "sesame" else _show(difference)
        of_splits = "" if model == "sesame" else _show_of_splits(difference)
        text.append(f"| {model} | {_show(areas)} | {shown} | {of_splits} |")
    text += ["", f"Calibration slope of sesame: {_show([fold.slope for fold in folds])}."]
    for kind in ("source", "marts"):
        if f"lightgbm, {kind}" in folds[0].auc:
            mean = {model: np.mean([fold.auc[model] for fold in folds]) for model in folds[0].auc}
            gap = mean[f"lightgbm, {kind}"] - mean[f"optbinning, {kind}"]
            closed = (mean["sesame"] - mean[f"optbinning, {kind}"]) / gap if gap > 0 else np.nan
            if gap > 0:
                text.append(
                    f"From optbinning to LightGBM on the {kind} it is {gap:.4f}; sesame closes "
                    f"{closed:.0%} of that."
                )
            else:
                text.append(f"On the {kind} LightGBM is not ahead of optbinning.")
    return [*text, ""]


def main(names: Sequence[str]) -> int:
    """Print the comparison of each data set; warehouses that are built are taken as they are."""
    for name in names or SOURCES:
        home = Home(Home.current().root / "sources" / name)
        if not home.database("warehouse").exists():
            raise SesameError(f"build it first: sesame run --source {name}={DATA / name}")
        panel = labelled(home)["consumer"]
        tables = {"marts": mart_columns(panel)}
        read = SOURCES[name]
        if read is not None:
            tables["source"] = read(DATA / name).loc[panel.subjects]
        sys.stdout.write("\n".join(lines(name, panel, compare(panel, tables))) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
