"""From outcomes to two candidate score versions in the seeds, one task per step."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from prefect import flow, task

from sesame import build, versions
from sesame.errors import SesameError
from sesame.home import Home
from sesame.training import panel as panels
from sesame.training import train as training
from sesame.training.fit import LEARNERS, parameters


@task
def read_panel(home: Home) -> tuple[dict[str, panels.Panel], str, dict[str, int]]:
    """The training panel per kind of subject, its definition, and what it leaves out."""
    found = panels.labelled(home)
    definitions = panels.definitions(home)
    if len(definitions) != 1:
        raise SesameError(
            f"outcomes of {len(definitions)} definitions ({', '.join(definitions)}) cannot be "
            "learnt as one; keep one per warehouse"
        )
    return found, definitions[0], panels.left_out(home)


@task
def fit_learner(
    name: str, learner: str, found: Mapping[str, panels.Panel], base: versions.Card, seeds: Path
) -> training.Candidate:
    """One learner, on the train part; the selection part calibrates and is asked about profiles."""
    return training.fit_candidate(name, learner, found, base, parameters(seeds))


@task
def write_seeds(
    candidates: Sequence[training.Candidate],
    found: Mapping[str, panels.Panel],
    base: versions.Card,
    definition: str,
    left_out: Mapping[str, int],
    tests: Sequence[training.Tested],
    seeds: Path,
) -> None:
    """Both versions, where they come from, how they did on the test part, and that they are
    challengers.
    """
    origins = [
        training.origin(candidate, found, base, definition, left_out) for candidate in candidates
    ]
    training.write(candidates, origins, tests, decided=date.today(), seeds=seeds)


@flow(name="sesame-train", validate_parameters=False)
def train(
    home: Home, name: str, *, seeds: Path = versions.SEEDS, progress: build.Progress
) -> training.TrainReport:
    """Fit both learners to the outcomes of a built warehouse and add them to the seeds.

    name: the training's; its versions are called after it and the learner. What is not fitted
    (scale, bands, reliability, what counts as evidence) is taken over from the champion.
    """
    # Fitting takes minutes; what would refuse the versions is asked first.
    versions.require_free([f"{name}_{training.SUFFIXES[learner]}" for learner in LEARNERS], seeds)
    if versions.rows("attributes", seeds) != versions.rows("attributes"):
        raise SesameError(
            f"{seeds / 'attributes'}.csv is not the catalogue that the warehouse was built with, "
            f"{versions.SEEDS / 'attributes'}.csv: its attributes are made by the models beside it",
            exit_code=2,
        )
    base = versions.read(versions.champion(seeds), seeds)
    found, definition, left_out = read_panel(home)
    for kind, panel in found.items():
        progress(f"{kind}: {len(panel):,} outcomes, {int(panel.is_default.sum()):,} defaults")
    candidates = []
    for learner in LEARNERS:
        progress(f"── fit {learner}")
        candidates.append(fit_learner(name, learner, found, base, seeds))
    candidates = training.choose(candidates)
    settings = parameters(seeds)
    borders = {
        candidate.card.score_version: training.borders(
            candidate, found, settings["least_bin_count"]
        )
        for candidate in candidates
    }
    training.refuse_jumps(borders, settings["most_jump_points"])
    report = training.TrainReport(
        candidates,
        tests=[
            training.tested(candidate.card, found[part.kind])
            for candidate in candidates
            for part in candidate.fitted
        ],
        jumps=borders,
        left_out=left_out,
    )
    # Last: nothing that may still fail comes after versions that are never taken back.
    write_seeds(candidates, found, base, definition, left_out, report.tests, seeds)
    return report
