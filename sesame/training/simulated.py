"""Fitted versions on the simulated population, whose truth is known: `make benchmark-simulated`.

A regression test of the machinery, no evidence about the world. The accepted have labels, as in
life; all others have the truth, which no training sees.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import lightgbm
import numpy as np
from scipy.special import logit

from sesame import engine, versions
from sesame.errors import SesameError
from sesame.home import Home
from sesame.training.fit import card, fit_kind, parameters
from sesame.training.measures import Interval, auc, bands, calibration
from sesame.training.panel import Booleans, Floats, Panel, catalogue, labelled, scored
from sesame.training.real_data import mart_columns
from sesame.training.scorer import Scorer

# A file of which so little is known is thin.
THIN_BELOW = 0.6

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


def everyone(home: Home, truth: Path, day: str, kind: str) -> Truth:
    """All subjects of a kind that an official date scored and that were not in default."""
    panel = scored(home, "is_official")[kind]
    files = engine.literal(truth / "months" / "**" / "*.parquet")
    rows = duckdb.execute(_OF_SUBJECTS.format(files=files), {"day": day}).fetchall()
    known = {subject: (chance, outcome) for subject, chance, outcome in rows}
    chosen = np.array([subject in known for subject in panel.subjects])
    panel = panel.rows(chosen)
    found = [known[subject] for subject in panel.subjects]
    return Truth(
        panel,
        np.array([chance for chance, _ in found]),
        np.array([outcome for _, outcome in found], dtype=bool),
        np.ones(len(found), dtype=bool),
    )


def applicants(home: Home, truth: Path, kind: str) -> Truth:
    """All who applied, accepted or not, as of their applications."""
    panel = scored(home, "not is_official")[kind]
    files = engine.literal(truth / "applications" / "**" / "*.parquet")
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
    names: Sequence[str], log_odds: Mapping[str, Floats], truth: Mapping[str, Booleans]
) -> list[str]:
    """AUC of each model (n,) on each group of the same pairs."""
    lines = [_row("AUC (95 %)", names), "|---" * (len(names) + 1) + "|"]
    is_default = truth["default"]
    for group, chosen in truth.items():
        if group == "default":
            continue
        areas: list[Interval] = [auc(log_odds[name][chosen], is_default[chosen]) for name in names]
        count = f"{group}: {chosen.sum():,}, {int(is_default[chosen].sum()):,} defaults"
        lines.append(_row(count, areas))
    return [*lines, ""]


def calibrated(
    name: str, log_odds: Floats, score: Floats, is_default: Booleans, probability: Floats
) -> list[str]:
    """Slope, intercept and bands against what happened and against the true probability."""
    slope, intercept = calibration(log_odds, (~is_default).astype(np.float64))
    true_slope, true_intercept = calibration(log_odds, 1 - probability)
    lines = [
        f"{name}: slope {slope}, intercept {intercept}; against the true probability slope "
        f"{true_slope.value:.4f}, intercept {true_intercept.value:.4f}; expected defaults "
        f"{(1 / (1 + np.exp(log_odds))).sum():,.0f}, observed {int(is_default.sum()):,}",
    ]
    known = score >= 0
    for band in bands(score[known], log_odds[known], is_default[known].astype(np.float64)):
        inside = "inside" if band.is_covered else "OUTSIDE"
        lines.append(
            f"  {band.lower} to {band.upper}: {band.count:,} subjects, expected "
            f"{band.expected:,.0f}, observed {band.defaults:,.0f}: {inside} its exact interval"
        )
    return lines


def compare(home: Home, truth: Path, names: Sequence[str], kind: str = "consumer") -> list[str]:
    """The versions beside LightGBM and the ceiling, on the test part and on everyone else."""
    labels = labelled(home)[kind]
    train, aside, test = (labels.part(part) for part in ("train", "selection", "test"))
    with engine.connect(home, read=["warehouse"]) as connection:
        found = connection.execute(
            "select max(as_of_date)::varchar from warehouse.scores.scores where is_official"
        ).fetchone()
    assert found is not None
    learnt_from = set(train.subjects) | set(aside.subjects)
    whole = everyone(home, truth, found[0], kind)
    unseen = np.array([subject not in learnt_from for subject in whole.panel.subjects])
    whole = Truth(
        whole.panel.rows(unseen),
        whole.probability[unseen],
        whole.is_default[unseen],
        whole.is_granted[unseen],
    )
    asked = applicants(home, truth, kind)
    keys = zip(asked.panel.subjects, asked.panel.dates, strict=True)
    chance_of = dict(zip(keys, asked.probability, strict=True))
    test_chance = np.array([chance_of[key] for key in zip(test.subjects, test.dates, strict=True)])
    cards = {name: versions.read(name) for name in names}
    lines = [f"# {kind}", ""]
    for title, panel, is_default, chance in (
        ("test part: accepted, by their labels", test, test.is_default, test_chance),
        (
            f"everyone not learnt from, as of {found[0]}, by the truth",
            whole.panel,
            whole.is_default,
            whole.probability,
        ),
    ):
        scores = {
            name: Scorer(made, kind, catalogue()).score(panel) for name, made in cards.items()
        }
        log_odds = {name: result.log_odds for name, result in scores.items()}
        log_odds["LightGBM"] = black_box(train, aside, panel)
        log_odds["ceiling"] = -logit(np.clip(chance, 1e-9, 1 - 1e-9))
        first = scores[names[0]]
        thin = first.reliability / 1e10 < THIN_BELOW
        groups = {
            "default": is_default,
            "all": np.ones(len(panel), dtype=bool),
            "thin files": thin,
            "thick files": ~thin,
        }
        lines += [f"## {title}", "", *discrimination(list(log_odds), log_odds, groups)]
        for name, result in scores.items():
            lines += calibrated(
                name, result.log_odds, result.score.astype(np.float64), is_default, chance
            )
            for profile in sorted(set(result.profiles)):
                mine = result.profiles == profile
                if is_default[mine].sum() >= 30:
                    lines += calibrated(
                        f"{name}, {profile}",
                        result.log_odds[mine],
                        result.score[mine].astype(np.float64),
                        is_default[mine],
                        chance[mine],
                    )[:1]
        lines.append("")
    return [*lines, *accepted_only(asked, kind)]


def accepted_only(asked: Truth, kind: str) -> list[str]:
    """What a card learns of the accepted alone, beside one that saw everybody's outcome."""
    settings, base = parameters(), versions.read(versions.champion())
    folds = asked.panel.folds(5)
    labelled_panel = replace(asked.panel, is_default=asked.is_default)
    test = folds >= 3
    lines = [
        "## what the accepted alone cannot teach",
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
    """Arguments: the folder of the truth, then the versions to compare."""
    if len(arguments) < 2:
        raise SesameError("usage: python -m sesame.training.simulated TRUTH VERSION …", 2)
    home = Home.current()
    for kind in ("consumer", "business"):
        lines = compare(home, Path(arguments[0]), arguments[1:], kind)
        sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
