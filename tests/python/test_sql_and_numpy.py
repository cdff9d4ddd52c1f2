"""The score of SQL and that of numpy are one: every shipped version, values of every kind.

Subjects get drawn values through the raw contract, as reports of a partner: around every edge of
every card, far beyond, in categories nobody listed, absent, missing though expected, not consented.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from warehouses import MODELS, project_copy, run_dbt

from sesame import engine, versions
from sesame.home import DOMAINS, Home
from sesame.landing import land
from sesame.training.panel import STATES, TICKS, Panel, catalogue, scored
from sesame.training.scorer import FACTORS, Scorer, Scores

DAY = "2024-06-01"
BEFORE = "2024-05-01T00:00:00"
COUNT = {"consumer": 300, "business": 150}


def write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    path = folder / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def values_of(random: np.random.Generator, name: str, cards: list[versions.Card]) -> str:
    """A value of an attribute: on or beside an edge of some card, or far away."""
    edges = [
        row["lower_bound"]
        for made in cards
        for row in made.tables["bins"]
        if row["attribute_name"] == name and row["lower_bound"]
    ]
    chosen = random.choice([*edges, "0", "1", "123456789"])
    moved = float(chosen) + random.choice([0.0, 0.0, 1e-6, -1e-6, 1.0])
    return f"{moved:.10f}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A warehouse with every shipped version in service."""
    random = np.random.default_rng(20)
    root = tmp_path_factory.mktemp("drawn")
    cards = [versions.read(name) for name in versions.names()]
    subjects: list[dict[str, object]] = []
    consents: list[dict[str, object]] = []
    reports: list[dict[str, object]] = []
    accounts: list[dict[str, object]] = []
    for kind, count in COUNT.items():
        for number in range(count):
            subject = f"{kind[0]}{number:04d}"
            country = str(random.choice(["CN", "DE", ""]))
            subjects.append(
                {
                    "subject_id": subject,
                    "kind": kind,
                    "country": country,
                    "registered_at": BEFORE,
                    "known_at": BEFORE,
                }
            )
            kept = random.random() < 0.8
            for domain in DOMAINS:
                if domain in ("identity", "partners") or (domain != "consent" and kept):
                    consents.append(
                        {
                            "consent_event_id": f"{subject}:{domain}",
                            "subject_id": subject,
                            "domain": domain,
                            "action": "grant",
                            "covers_from_at": BEFORE,
                            "decided_at": BEFORE,
                            "known_at": BEFORE,
                        }
                    )
            if kept and random.random() < 0.5:  # what card statements would say is missing
                accounts.append(
                    {
                        "account_id": f"a{subject}",
                        "subject_id": subject,
                        "kind": "card",
                        "currency": "CNY",
                        "opened_at": BEFORE,
                        "known_at": BEFORE,
                    }
                )
            share = random.random()
            for attribute in catalogue().values():
                if attribute.subject_kind != kind or random.random() > share:
                    continue
                words = [
                    row["category"]
                    for made in cards
                    for row in made.tables["bins"]
                    if row["attribute_name"] == attribute.name and row["category"]
                ]
                reports.append(
                    {
                        "reported_attribute_id": f"{subject}:{attribute.name}",
                        "subject_id": subject,
                        "attribute_name": attribute.name,
                        "category": random.choice([*words, "never heard of"])
                        if attribute.is_category
                        else "",
                        "value": ""
                        if attribute.is_category
                        else values_of(random, attribute.name, cards),
                        "reported_at": BEFORE,
                        "known_at": BEFORE,
                    }
                )
    files = root / "files"
    write(files, "identity/subjects", subjects)
    write(files, "consent/consent_events", consents)
    write(files, "partners/reported_attributes", reports)
    write(files, "payments/credit_accounts", accounts)
    home = Home(root / "home").make()
    report = land(home, files)
    assert report.total("landed") == len(subjects) + len(consents) + len(reports) + len(accounts)
    project = project_copy(root / "project")
    in_service = versions.champion()
    for number, name in enumerate(versions.names(), 1000):
        if name != in_service:
            with (project / "seeds" / "score_versions.csv").open("a") as file:
                file.write(f"{number},{name},challenger,2024-01-01,test,test\n")
    variables = f'{{"as_of": "{DAY}"}}'
    run_dbt(home, root / "target", *MODELS, "--vars", variables, project=project)
    return home


@pytest.fixture(scope="module")
def panels(built: Home) -> dict[str, Panel]:
    return scored(built)


def by_key(panel: Panel, connection_rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    rows = {str(row[0]): row[1:] for row in connection_rows}
    return [rows[subject] for subject in panel.subjects]


def score_of(version: str, panel: Panel) -> Scores:
    return Scorer(versions.read(version), panel.subject_kind, catalogue()).score(panel)


def test_the_drawn_values_are_of_every_state(panels: dict[str, Panel]) -> None:
    """Otherwise the comparison below would compare less than it says."""
    for panel in panels.values():
        states = np.concatenate([column.states for column in panel.columns.values()])
        assert set(np.unique(states)) == set(range(len(STATES)))
        ticks = np.concatenate(
            [column.ticks for column in panel.columns.values() if column.ticks is not None]
        )
        assert ticks.max() > 10**8 * TICKS


@pytest.mark.parametrize("kind", sorted(COUNT))
@pytest.mark.parametrize("version", versions.names())
def test_scores_weights_and_evidence_are_the_same_to_the_last_digit(
    built: Home, panels: dict[str, Panel], version: str, kind: str
) -> None:
    panel = panels[kind]
    found = score_of(version, panel)
    with engine.connect(built, read=["warehouse"]) as connection:
        scores = connection.execute(
            "select subject_id, coalesce(score, -1), profile, reliability_ratio "
            "from warehouse.scores.scores where score_version = $version",
            {"version": version},
        ).fetchall()
        factors = connection.execute(
            "select subject_id, factor, weight_ratio, evidence_ratio "
            "from warehouse.scores.factor_scores where score_version = $version",
            {"version": version},
        ).fetchall()
    assert (found.score >= 0).sum() > 10
    for position, (score, profile, reliability) in enumerate(by_key(panel, scores)):
        assert score == found.score[position]
        assert profile == found.profiles[position]
        assert int(reliability.scaleb(10)) == found.reliability[position]
    places = {subject: position for position, subject in enumerate(panel.subjects)}
    for subject, factor, weight, evidence in factors:
        if subject in places:
            row, column = places[subject], FACTORS.index(factor)
            assert int(weight.scaleb(10)) == found.weights[row, column]
            assert int(evidence.scaleb(10)) == found.evidence[row, column]


@pytest.mark.parametrize("kind", sorted(COUNT))
@pytest.mark.parametrize("version", versions.names())
def test_contributions_are_the_same_to_the_last_digit(
    built: Home, panels: dict[str, Panel], version: str, kind: str
) -> None:
    panel = panels[kind]
    found = score_of(version, panel)
    with engine.connect(built, read=["warehouse", *DOMAINS]) as connection:
        rows = connection.execute(
            "select subject_id, attribute_name, contribution_points "
            "from warehouse.intermediate.int_attribute_contributions "
            "where score_version = $version",
            {"version": version},
        ).fetchall()
    places = {subject: position for position, subject in enumerate(panel.subjects)}
    seen = {
        (subject, name): int(points.scaleb(6))
        for subject, name, points in rows
        if subject in places
    }
    assert seen
    for name, points in found.contributions.items():
        for subject, value in zip(panel.subjects, points, strict=True):
            assert seen.get((subject, name), 0) == value
