"""Fitted versions on the simulated population, whose truth is known: `make benchmark-simulated`.

A regression test of the machinery, no evidence about the world. The accepted have labels, as in
life; all others have the truth, which no training sees.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import lightgbm
import numpy as np
from scipy.special import logit

from sesame import engine, versions
from sesame.home import Home
from sesame.training.fit import card, fit_kind, parameters
from sesame.training.measures import Band, Interval, auc, bands, calibration
from sesame.training.panel import (
    Booleans,
    Column,
    Floats,
    Panel,
    Texts,
    catalogue,
    labelled,
    scored,
)
from sesame.training.real_data import mart_columns
from sesame.training.scorer import Scorer

# A file of which so little is known is thin.
THIN_BELOW = 0.6

# Of a profile with fewer defaults a slope says nothing.
LEAST_DEFAULTS = 30

_OF_SUBJECTS = """
select subject_id, default_12m_probability, is_default_12m
from read_parquet({files})
where month_at = $day::timestamp and is_default_12m is not null
"""
_OF_APPLICATIONS = """
select
    subject_id,
    applied_at::date::varchar as as_of_date,
    default_12m_probability,
    is_default_12m,
    is_granted
from read_parquet({files})
where is_default_12m is not null
"""


@dataclass(frozen=True)
class Truth:
    """Of n pairs: true probability of default and what came of it."""

    panel: Panel
    probability: Floats
    is_default: Booleans
    is_granted: Booleans

    def rows(self, chosen: Booleans) -> "Truth":
        return Truth(
            self.panel.rows(chosen),
            self.probability[chosen],
            self.is_default[chosen],
            self.is_granted[chosen],
        )


def pooled(truths: Sequence[Truth]) -> Truth:
    """Several populations of one kind as one; each has subjects of its own."""
    panels = [truth.panel for truth in truths]

    def columns(name: str) -> Column:
        parts = [panel.columns[name] for panel in panels]
        states = np.concatenate([part.states for part in parts])
        if parts[0].words is not None:
            words = [part.words for part in parts if part.words is not None]
            return Column(states, words=np.concatenate(words))
        ticks = [part.ticks for part in parts if part.ticks is not None]
        return Column(states, ticks=np.concatenate(ticks))

    panel = replace(
        panels[0],
        subjects=np.concatenate([panel.subjects for panel in panels]),
        dates=np.concatenate([panel.dates for panel in panels]),
        countries=np.concatenate([panel.countries for panel in panels]),
        columns={name: columns(name) for name in panels[0].columns},
        is_default=np.concatenate([panel.is_default for panel in panels]),
        parts=np.concatenate([panel.parts for panel in panels]),
    )
    return Truth(
        panel,
        np.concatenate([truth.probability for truth in truths]),
        np.concatenate([truth.is_default for truth in truths]),
        np.concatenate([truth.is_granted for truth in truths]),
    )


def truth_of(home: Home) -> Path:
    """Where `make benchmark-simulated` keeps a population's truth."""
    return home.root / "files_truth"


def everyone(home: Home, kind: str) -> tuple[str, Truth]:
    """The latest official date, and all whom it scored and who were not in default then."""
    with engine.connect(home, read=["warehouse"]) as connection:
        found = connection.execute(
            "select max(as_of_date)::varchar from warehouse.scores.scores where is_official"
        ).fetchone()
    assert found is not None
    day = found[0]
    panel = scored(home, "is_official")[kind]
    files = engine.literal(truth_of(home) / "months" / "**" / "*.parquet")
    rows = duckdb.execute(_OF_SUBJECTS.format(files=files), {"day": day}).fetchall()
    known = {subject: (chance, outcome) for subject, chance, outcome in rows}
    chosen = np.array([subject in known for subject in panel.subjects])
    panel = panel.rows(chosen)
    outcomes = [known[subject] for subject in panel.subjects]
    return day, Truth(
        panel,
        np.array([chance for chance, _ in outcomes]),
        np.array([outcome for _, outcome in outcomes], dtype=bool),
        np.ones(len(outcomes), dtype=bool),
    )


def applicants(home: Home, kind: str) -> Truth:
    """All who applied, accepted or not, as of their applications."""
    panel = scored(home, "not is_official")[kind]
    files = engine.literal(truth_of(home) / "applications" / "**" / "*.parquet")
    rows = duckdb.execute(_OF_APPLICATIONS.format(files=files)).fetchall()
    known = {(subject, day): rest for subject, day, *rest in rows}
    keys = list(zip(panel.subjects, panel.dates, strict=True))
    chosen = np.array([key in known for key in keys])
    found = [known[key] for key in keys if key in known]
    return Truth(
        panel.rows(chosen),
        np.array([chance for chance, _, _ in found]),
        np.array([outcome for _, outcome, _ in found], dtype=bool),
        np.array([granted for _, _, granted in found], dtype=bool),
    )


def accepted(home: Home, kind: str) -> Truth:
    """The training panel: whom lenders accepted, what is known to have come of it, and the truth.

    is_default is the label, as training sees it.
    """
    panel, asked = labelled(home)[kind], applicants(home, kind)
    keys = zip(asked.panel.subjects, asked.panel.dates, strict=True)
    chances = dict(zip(keys, asked.probability, strict=True))
    mine = zip(panel.subjects, panel.dates, strict=True)
    return Truth(
        panel,
        np.array([chances[key] for key in mine]),
        panel.is_default,
        np.ones(len(panel), dtype=bool),
    )


def black_box(train: Panel, aside: Panel, test: Panel) -> Floats:
    """Log-odds (n,) of no default by LightGBM, as many trees as predict the selection part best."""
    tables = [mart_columns(part) for part in (train, aside, test)]
    columns = [name for name in tables[0] if all(name in table for table in tables)]
    model = lightgbm.LGBMClassifier(
        n_estimators=1000, learning_rate=0.03, random_state=1, n_jobs=1, verbose=-1
    ).fit(
        tables[0][columns],
        train.is_default,
        eval_X=tables[1][columns],
        eval_y=aside.is_default,
        callbacks=[lightgbm.early_stopping(100, verbose=False)],
    )
    return -np.asarray(model.predict(tables[2][columns], raw_score=True), dtype=np.float64)


def _row(name: str, cells: Sequence[object]) -> str:
    return f"| {name} | " + " | ".join(map(str, cells)) + " |"


def discrimination(
    log_odds: Mapping[str, Floats], is_default: Booleans, groups: Mapping[str, Booleans]
) -> list[str]:
    """A table of the AUC of each model (n,) on each group of the same n pairs."""
    lines = [_row("AUC (95 %)", list(log_odds)), "|---" * (len(log_odds) + 1) + "|"]
    for group, chosen in groups.items():
        areas: list[Interval] = [
            auc(values[chosen], is_default[chosen]) for values in log_odds.values()
        ]
        count = f"{group}: {chosen.sum():,}, {int(is_default[chosen].sum()):,} defaults"
        lines.append(_row(count, areas))
    return [*lines, ""]


def calibrated(name: str, log_odds: Floats, score: Floats, asked: Truth) -> list[str]:
    """Slope, intercept and bands against what happened and against the true probability."""
    is_default, probability = asked.is_default, asked.probability
    slope, intercept = calibration(log_odds, (~is_default).astype(np.float64))
    true_slope, true_intercept = calibration(log_odds, 1 - probability)
    lines = [
        f"- {name}: slope {slope}, intercept {intercept}; against the true probability slope "
        f"{true_slope.value:.4f}, intercept {true_intercept.value:.4f}; defaults expected "
        f"{(1 / (1 + np.exp(log_odds))).sum():,.0f}, by the truth {probability.sum():,.0f}, "
        f"observed {int(is_default.sum()):,}",
    ]
    known = score >= 0
    outcomes = bands(score[known], log_odds[known], is_default[known].astype(np.float64))
    truths = bands(score[known], log_odds[known], probability[known])
    for band, truth in zip(outcomes, truths, strict=True):
        lines.append(
            f"  - {band.lower} to {band.upper}: {band.count:,} subjects, defaults expected "
            f"{band.expected:,.0f}, by the truth {truth.defaults:,.0f}, observed "
            f"{band.defaults:,.0f}: {_inside(band)} the observed rate's exact interval, "
            f"{_inside(truth)} the true one's"
        )
    return lines


def _inside(band: Band) -> str:
    return "inside" if band.is_covered else "OUTSIDE"


def compare(
    home: Home, elsewhere: Sequence[Home], names: Sequence[str], kind: str = "consumer"
) -> list[str]:
    """The versions, which were fitted in `home`, beside LightGBM and the ceiling.

    Asked of the test part, of all outcomes of populations elsewhere, and of everyone else at home.
    """
    labels = accepted(home, kind)
    train, aside = labels.panel.part("train"), labels.panel.part("selection")
    learnt_from = set(train.subjects) | set(aside.subjects)
    day, whole = everyone(home, kind)
    asked = {
        "test part: accepted, by their labels": labels.rows(labels.panel.parts == "test"),
        f"everyone not learnt from, as of {day}, by the truth": whole.rows(
            np.array([subject not in learnt_from for subject in whole.panel.subjects])
        ),
    }
    if elsewhere:
        title = f"{len(elsewhere)} other populations: accepted, by their labels"
        asked[title] = pooled([accepted(other, kind) for other in elsewhere])
    cards = {name: versions.read(name) for name in names}
    lines = [f"## {kind}", ""]
    for title, pairs in asked.items():
        scores = {
            name: Scorer(made, kind, catalogue()).score(pairs.panel) for name, made in cards.items()
        }
        log_odds = {name: result.log_odds for name, result in scores.items()}
        log_odds["LightGBM"] = black_box(train, aside, pairs.panel)
        log_odds["ceiling"] = -logit(np.clip(pairs.probability, 1e-9, 1 - 1e-9))
        thin = scores[names[0]].reliability / 1e10 < THIN_BELOW
        groups = {"all": np.ones(len(thin), dtype=bool), "thin files": thin, "thick files": ~thin}
        lines += [f"### {title}", "", *discrimination(log_odds, pairs.is_default, groups)]
        for name, result in scores.items():
            for profile, mine in _profiles(result.profiles, pairs.is_default):
                lines += calibrated(
                    f"{name}, {profile}" if profile else name,
                    result.log_odds[mine],
                    result.score[mine].astype(np.float64),
                    pairs.rows(mine),
                )
        lines.append("")
    return [*lines, *accepted_only(applicants(home, kind), kind)]


def _profiles(profiles: Texts, is_default: Booleans) -> Iterable[tuple[str, Booleans]]:
    """Everyone, without a name, and each profile with enough defaults to say something of it."""
    yield "", np.ones(len(profiles), dtype=bool)
    for profile in sorted(set(profiles)):
        mine = profiles == profile
        if is_default[mine].sum() >= LEAST_DEFAULTS:
            yield str(profile), mine


def accepted_only(asked: Truth, kind: str) -> list[str]:
    """What a card learns of the accepted alone, beside one that saw everybody's outcome."""
    settings, base = parameters(), versions.read(versions.champion())
    folds = asked.panel.folds(5)
    labelled_panel = replace(asked.panel, is_default=asked.is_default)
    test = folds >= 3
    lines = [
        "### what the accepted alone cannot teach",
        "",
        "| fitted to | asked of | subjects | defaults | expected | AUC (95 %) | intercept |",
        "|---|---|---|---|---|---|---|",
    ]
    nobody = np.zeros(len(folds), dtype=bool)
    for source, chosen in (
        ("the accepted", ~test & asked.is_granted),
        ("all who applied", ~test),
    ):
        part = fit_kind(
            "additive_stumps",
            labelled_panel.rows(chosen),
            labelled_panel.rows(nobody),
            base,
            settings,
        )
        scorer = Scorer(card("asked", base, [part]), kind, catalogue())
        for group, mine in (
            ("accepted", test & asked.is_granted),
            ("refused", test & ~asked.is_granted),
            ("all who applied", test),
        ):
            log_odds = scorer.score(labelled_panel.rows(mine)).log_odds
            outcome = asked.is_default[mine]
            _, intercept = calibration(log_odds, (~outcome).astype(np.float64))
            lines.append(
                _row(
                    source,
                    [
                        group,
                        f"{mine.sum():,}",
                        f"{int(outcome.sum()):,}",
                        f"{(1 / (1 + np.exp(log_odds))).sum():,.0f}",
                        auc(log_odds, outcome),
                        intercept,
                    ],
                )
            )
    return [*lines, ""]


def main(arguments: Sequence[str]) -> int:
    """Print the comparison, as docs/simulated_scorecards.md has it."""
    parser = argparse.ArgumentParser(prog="python -m sesame.training.simulated")
    parser.add_argument("versions", nargs="+", metavar="VERSION")
    parser.add_argument(
        "--elsewhere",
        type=Path,
        nargs="*",
        default=[],
        metavar="HOME",
        help="populations of other seeds, of whom the versions learnt nothing",
    )
    chosen = parser.parse_args(arguments)
    elsewhere = [Home(path.resolve()) for path in chosen.elsewhere]
    for kind in ("consumer", "business"):
        lines = compare(Home.current(), elsewhere, chosen.versions, kind)
        sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
