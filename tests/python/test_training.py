"""Training: what must come out where the truth is known, and what must not."""

import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import LEVELS, TRUTH, made_panel
from scipy.stats import sem
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from sesame import versions
from sesame.errors import SesameError
from sesame.training import train as training
from sesame.training.fit import LEARNERS, card, fit_kind, parameters, shares
from sesame.training.measures import auc, bands, calibration
from sesame.training.panel import ABSENT, OBSERVED, TICKS, Column, Panel, catalogue
from sesame.training.real_data import interval, interval_of_splits
from sesame.training.scorer import Scorer, rounded
from sesame.training.shapes import edge_between, readable_edges
from sesame.training.simulated import Truth, black_box, pooled
from sesame.training.train import Candidate
from sesame.training.weights import Evidence, fit_worth, gate, weighted

BASE = versions.read("v0")
SETTINGS = {**parameters(), "most_rounds": 200.0, "folds": 3.0}


@pytest.fixture(scope="module")
def panel() -> tuple[Panel, np.ndarray]:
    return made_panel(8000)


@pytest.fixture(scope="module", params=sorted(LEARNERS))
def candidate(request: pytest.FixtureRequest, panel: tuple[Panel, np.ndarray]) -> Candidate:
    return training.fit_candidate("t", str(request.param), {"consumer": panel[0]}, BASE, SETTINGS)


def scorer_of(candidate: Candidate) -> Scorer:
    return Scorer(candidate.card, "consumer", catalogue())


# --- what must come out ---------------------------------------------------------------------------


def test_a_fitted_card_ranks_as_well_as_a_black_box_and_nearly_as_the_truth(
    candidate: Candidate, panel: tuple[Panel, np.ndarray]
) -> None:
    train, aside, test = (panel[0].part(name) for name in ("train", "selection", "test"))
    ceiling = auc(panel[1][panel[0].parts == "test"], test.is_default)
    reached = auc(scorer_of(candidate).score(test).log_odds, test.is_default)
    other = auc(black_box(train, aside, test), test.is_default)
    assert ceiling.value > 0.75
    assert reached.value > ceiling.value - 0.04
    assert reached.value > other.value - 0.01


def test_its_odds_mean_what_they_say(candidate: Candidate, panel: tuple[Panel, np.ndarray]) -> None:
    truth = 1 / (1 + np.exp(-panel[1][panel[0].parts == "test"]))
    scores = scorer_of(candidate).score(panel[0].part("test"))
    slope, intercept = calibration(scores.log_odds, truth)
    assert abs(slope.value - 1) < 0.12
    assert abs(intercept.value) < 0.25


def test_contributions_add_up_to_every_score(
    candidate: Candidate, panel: tuple[Panel, np.ndarray]
) -> None:
    """Added up they are the score, and they are what the algebra says of the sub-scores."""
    scorer = scorer_of(candidate)
    scores = scorer.score(panel[0])
    added = sum(scores.contributions.values(), scores.base)
    exact = added + scores.cap + scores.clipping
    scored = scores.score >= 0
    assert scored.any()
    assert (np.abs(exact - scores.score * 10**6)[scored] <= 500_000).all()
    sub_scores, there = scorer.sub_scores(panel[0]), scorer.evidence(panel[0]).is_there
    for position, row in enumerate(scorer.profiles):
        mine = scores.profiles == row["profile"]
        log_odds = scorer.log_odds_in(position, sub_scores[mine], there[mine])
        points = scorer.base_score + scorer.step / np.log(scorer.step_odds) * (
            log_odds - np.log(scorer.base_odds)
        )
        assert np.abs(added[mine] / 1e6 - points).max(initial=0) < 1e-4


def test_every_profile_s_weights_add_up_to_one(candidate: Candidate) -> None:
    for part in candidate.fitted:
        sums: dict[str, Decimal] = {}
        for row in part.tables["weights"]:
            sums[row["profile"]] = sums.get(row["profile"], Decimal(0)) + Decimal(
                row["weight_ratio"]
            )
        assert set(sums.values()) == {Decimal(1)}


def test_what_says_nothing_gets_next_to_no_weight(candidate: Candidate) -> None:
    weights = {
        row["attribute_name"]: float(row["evidence_weight"])
        for row in candidate.card.tables["attribute_weights"]
    }
    assert weights["card_on_time_ratio_12m"] > weights["worst_days_past_due_12m"]
    assert weights.get("night_share_ratio_6m", 0.0) < weights["browse_to_order_ratio_6m"] / 2


def test_training_twice_gives_the_same_bytes(
    panel: tuple[Panel, np.ndarray], tmp_path: Path
) -> None:
    written = []
    for name in ("one", "two"):
        seeds = shutil.copytree(versions.SEEDS, tmp_path / name)
        panels = {"consumer": panel[0]}
        candidates = training.choose(
            [training.fit_candidate("t", learner, panels, BASE, SETTINGS) for learner in LEARNERS]
        )
        origins = [
            training.origin(candidate, panels, BASE, "made_up", {}) for candidate in candidates
        ]
        tests = [training.tested(candidate.card, panel[0]) for candidate in candidates]
        training.write(candidates, origins, tests, decided=date(2026, 1, 1), seeds=seeds)
        written.append({path.name: path.read_bytes() for path in seeds.iterdir()})
        found = {row["score_version"]: row for row in versions.rows(versions.TESTS, seeds)}
        for candidate, test in zip(candidates, tests, strict=True):
            assert float(found[test.version]["auc"]) == pytest.approx(test.auc.value, abs=1e-6)
            again = versions.read(candidate.card.score_version, seeds)
            assert again.checksum() == candidate.card.checksum()
    assert written[0] == written[1]


def test_a_version_is_never_overwritten(candidate: Candidate, tmp_path: Path) -> None:
    seeds = shutil.copytree(versions.SEEDS, tmp_path / "seeds")
    row = dict.fromkeys(versions.rows("version_origins")[0], "")
    row |= {"score_version": candidate.card.score_version, "learner": candidate.learner}
    versions.add(candidate.card, row, seeds)
    before = {path.name: path.read_bytes() for path in seeds.iterdir()}
    with pytest.raises(SesameError, match="already, and nothing was decided about it"):
        versions.add(candidate.card, row, seeds)
    assert before == {path.name: path.read_bytes() for path in seeds.iterdir()}


# --- what must not --------------------------------------------------------------------------------


@pytest.mark.parametrize("learner", sorted(LEARNERS))
def test_shuffled_labels_teach_nothing(learner: str, panel: tuple[Panel, np.ndarray]) -> None:
    shuffled = replace(
        panel[0], is_default=np.random.default_rng(5).permutation(panel[0].is_default)
    )
    part = fit_kind(learner, shuffled.part("train"), shuffled.part("selection"), BASE, SETTINGS)
    test = shuffled.part("test")
    scores = Scorer(card("x", BASE, [part]), "consumer", catalogue()).score(test)
    found = auc(scores.log_odds, test.is_default)
    assert found.lower - 0.01 < 0.5 < found.upper + 0.01


@pytest.mark.parametrize("learner", sorted(LEARNERS))
def test_an_attribute_that_knows_the_outcome_is_refused(
    learner: str, panel: tuple[Panel, np.ndarray]
) -> None:
    train = panel[0].part("train")
    leak = np.where(train.is_default, 5, 0) + np.arange(len(train)) % 5
    columns = {
        **train.columns,
        "late_30_count_24m": Column(
            np.full(len(train), OBSERVED, dtype=np.int8), ticks=leak.astype(np.int64) * TICKS
        ),
    }
    with pytest.raises(SesameError, match="late_30_count_24m alone has an AUC"):
        fit_kind(
            learner,
            replace(train, columns=columns),
            panel[0].part("selection"),
            BASE,
            SETTINGS,
        )


@pytest.mark.parametrize("learner", sorted(LEARNERS))
def test_an_attribute_that_only_the_defaulted_have_is_refused(
    learner: str, panel: tuple[Panel, np.ndarray]
) -> None:
    train = panel[0].part("train")
    states = np.where(train.is_default, OBSERVED, ABSENT).astype(np.int8)
    drawn = np.random.default_rng(2).integers(0, 9, len(train)) * TICKS
    columns = {**train.columns, "late_30_count_24m": Column(states, ticks=drawn)}
    with pytest.raises(SesameError, match="late_30_count_24m alone has an AUC"):
        fit_kind(
            learner, replace(train, columns=columns), panel[0].part("selection"), BASE, SETTINGS
        )


def test_few_outcomes_and_many_words_are_no_leak(panel: tuple[Panel, np.ndarray]) -> None:
    """A default at the end of twelve values is chance, and so are rates of words that are rare."""
    train = panel[0].part("train")
    random = np.random.default_rng(4)
    few = np.full(len(train), ABSENT, dtype=np.int8)
    few[np.flatnonzero(train.is_default)[:1]] = OBSERVED
    few[np.flatnonzero(~train.is_default)[:11]] = OBSERVED
    values = np.where(train.is_default, 9, 1) * TICKS
    words = np.array([f"w{number}" for number in random.integers(0, len(train), len(train))])
    columns = {
        **train.columns,
        "late_30_count_24m": Column(few, ticks=values.astype(np.int64)),
        "education_level": Column(
            np.full(len(train), OBSERVED, dtype=np.int8), words=words.astype(object)
        ),
    }
    part = fit_kind(
        "weight_of_evidence",
        replace(train, columns=columns),
        panel[0].part("selection"),
        BASE,
        SETTINGS,
    )
    assert "late_30_count_24m" not in {shape.name for shape in part.learned.shapes}


@pytest.mark.parametrize("learner", sorted(LEARNERS))
def test_to_have_no_value_is_not_held_against_the_values_that_are(
    learner: str, panel: tuple[Panel, np.ndarray]
) -> None:
    """Noise that is absent of those who default more: no bin of it is worth a tenth of an odds."""
    train, aside = panel[0].part("train"), panel[0].part("selection")

    def without(part: Panel, seed: int) -> Panel:
        random = np.random.default_rng(seed)
        absent = random.random(len(part)) < np.where(part.is_default, 0.6, 0.3)
        column = Column(
            np.where(absent, ABSENT, OBSERVED).astype(np.int8),
            ticks=(random.standard_normal(len(part)).round(3) * TICKS).astype(np.int64),
        )
        return replace(part, columns={**part.columns, "balance_mean_6m": column})

    part = fit_kind(learner, without(train, 1), without(aside, 2), BASE, SETTINGS)
    for shape in part.learned.shapes:
        if shape.name == "balance_mean_6m":
            assert shape.counts is not None
            assert np.abs(shape.points[shape.counts[:-1] > 0]).max() < 0.2


def test_a_word_never_seen_says_nothing(candidate: Candidate) -> None:
    for part in candidate.fitted:
        for shape in part.learned.shapes:
            if shape.edges is None:
                assert shape.points[-1] == 0.0


@pytest.mark.parametrize("learner", sorted(LEARNERS))
@pytest.mark.parametrize("state", [OBSERVED, ABSENT])
def test_nothing_to_learn_from_is_no_card(
    learner: str, state: int, panel: tuple[Panel, np.ndarray]
) -> None:
    def constant(part: Panel) -> Panel:
        column = Column(
            np.full(len(part), state, dtype=np.int8), ticks=np.zeros(len(part), dtype=np.int64)
        )
        return replace(part, columns={"balance_mean_6m": column, "account_age_months": column})

    train, aside = (constant(panel[0].part(name)) for name in ("train", "selection"))
    with pytest.raises(SesameError, match=r"consumer: .* found nothing that ranks 4,000 outcomes"):
        fit_kind(learner, train, aside, BASE, SETTINGS)


def test_too_few_defaults_are_no_training() -> None:
    small, _ = made_panel(200)
    with pytest.raises(SesameError, match="no kind of subject has 50 defaults"):
        training.fit_candidate("t", "weight_of_evidence", {"consumer": small}, BASE, SETTINGS)


def test_a_banned_attribute_is_on_no_card(panel: tuple[Panel, np.ndarray]) -> None:
    german = replace(panel[0], countries=np.full(len(panel[0]), "DE", dtype=object))
    found = training.fit_candidate("t", "weight_of_evidence", {"consumer": german}, BASE, SETTINGS)
    names = {row["attribute_name"] for row in found.card.tables["attribute_weights"]}
    assert "card_on_time_ratio_12m" in names
    assert "reciprocated_ties_count" not in names


# --- profiles -------------------------------------------------------------------------------------


def evidence(count: int, worth: list[float], seed: int) -> Evidence:
    random = np.random.default_rng(seed)
    there = random.random((count, len(worth))) < 0.9
    sub_scores = np.where(there, random.standard_normal((count, len(worth))), 0.0)
    made = Evidence(sub_scores, there, np.zeros(count, dtype=np.int64), np.ones(count, dtype=bool))
    log_odds = 1.5 + weighted(np.array(worth), made)
    return replace(made, is_good=random.random(count) < 1 / (1 + np.exp(-log_odds)))


def test_weights_are_found_again() -> None:
    truth = [0.8, 0.4, 0.1]
    found, _ = fit_worth(
        evidence(40_000, truth, 1), np.full(3, 0.4), 2.0, np.zeros(40_000, dtype=np.int64)
    )
    assert np.abs(found - truth).max() < 0.04


def test_thirty_subjects_have_global_weights() -> None:
    verdict, _ = gate(
        evidence(30, [0.1, 1.5, 0.1], 1),
        evidence(10, [0.1, 1.5, 0.1], 2),
        np.full(3, 0.5),
        SETTINGS,
    )
    assert not verdict.is_kept
    assert np.isnan(verdict.gain)


def test_noise_passes_the_gate_no_more_often_than_stated() -> None:
    """One standard error lets through at most 16 % of what is noise: at 150 tries, up to 25 %."""
    worth = [0.6, 0.4, 0.2]
    kept = sum(
        gate(
            evidence(600, worth, 2 * number),
            evidence(300, worth, 2 * number + 1),
            np.array(worth),
            SETTINGS,
        )[0].is_kept
        for number in range(150)
    )
    assert kept / 150 < 0.25


def test_a_profile_that_is_different_passes_the_gate() -> None:
    verdict, own = gate(
        evidence(4000, [0.1, 1.2, 0.1], 1),
        evidence(2000, [0.1, 1.2, 0.1], 2),
        np.array([0.8, 0.3, 0.3]),
        SETTINGS,
    )
    assert verdict.is_kept
    assert own[1] > own[0]


def test_a_fitted_profile_says_whose_weights_it_has(candidate: Candidate) -> None:
    for part in candidate.fitted:
        names = [row["profile"] for row in part.tables["profiles"]]
        own = {names[position] for position in part.weights.of_profile}
        for row in part.tables["weights"]:
            assert row["basis"] == ("fitted" if row["profile"] in own else "global")


# --- numbers --------------------------------------------------------------------------------------


@given(st.floats(-1e6, 1e6), st.sampled_from([6, 10]))
def test_doubles_are_rounded_as_duckdb_rounds_them(value: float, places: int) -> None:
    found = duckdb.execute(f"select cast($value as decimal(28, {places}))", {"value": value})
    row = found.fetchone()
    assert row is not None
    assert int(rounded(np.array([value]), places)[0]) == int(row[0].scaleb(places))


@given(st.integers(-(10**14), 10**14), st.integers(1, 10**12))
def test_an_edge_lies_in_its_gap(below: int, width: int) -> None:
    assert below < edge_between(below, below + width) <= below + width


def test_edges_are_numbers_to_remember() -> None:
    assert edge_between(0, TICKS) == TICKS
    assert edge_between(int(0.4871 * TICKS), int(0.5312 * TICKS)) == TICKS // 2
    assert edge_between(1_180 * TICKS, 1_310 * TICKS) == 1_200 * TICKS


@settings(max_examples=50)
@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=60, unique=True),
    st.lists(st.floats(-1.5e6, 1.5e6), max_size=8),
)
def test_readable_edges_part_values_as_the_splits_do(
    values: list[int], splits: list[float]
) -> None:
    ticks = np.array(values, dtype=np.int64) * TICKS
    edges = readable_edges(splits, ticks)
    by_split = np.searchsorted(np.sort(splits), ticks / TICKS, side="right")
    by_edge = np.searchsorted(edges, ticks, side="right")
    assert len(np.unique(np.column_stack([by_split, by_edge]), axis=0)) == len(np.unique(by_edge))


def test_shares_add_up_to_exactly_one() -> None:
    for seed in range(50):
        drawn = np.random.default_rng(seed).random(5)
        assert sum(map(Decimal, shares(drawn))) == 1


def test_measures_agree_with_scikit_learn(panel: tuple[Panel, np.ndarray]) -> None:
    made, log_odds = panel
    drawn = (log_odds + np.random.default_rng(3).standard_normal(len(made))).round(1)
    assert auc(drawn, made.is_default).value == pytest.approx(
        roc_auc_score(made.is_default, -drawn)
    )
    slope, intercept = calibration(drawn, (~made.is_default).astype(float))
    model = LogisticRegression(C=1e9, tol=1e-8).fit(drawn[:, None], ~made.is_default)
    assert slope.value == pytest.approx(model.coef_[0, 0], abs=1e-3)
    assert intercept.value == pytest.approx(model.intercept_[0], abs=1e-3)


def test_intervals_of_folds_are_of_new_data_and_of_new_splits() -> None:
    """Nadeau and Bengio's variance is that of the mean times 1 + folds * repeats / (folds - 1)."""
    drawn = np.random.default_rng(8).standard_normal(50)
    mean, lower, upper = interval(list(drawn), folds=5)
    plain = student.interval(0.95, 49, drawn.mean(), sem(drawn))
    assert mean == pytest.approx(drawn.mean())
    assert upper - lower == pytest.approx((plain[1] - plain[0]) * np.sqrt(1 + 50 / 4))
    repeats = drawn.reshape(10, 5).mean(axis=1)
    found = interval_of_splits(list(drawn), folds=5)
    assert found[1:] == pytest.approx(student.interval(0.95, 9, repeats.mean(), sem(repeats)))


def test_populations_are_pooled_as_they_are(panel: tuple[Panel, np.ndarray]) -> None:
    made, log_odds = panel
    whole = Truth(made, 1 / (1 + np.exp(log_odds)), made.is_default, np.ones(len(made), dtype=bool))
    first = np.arange(len(made)) < 100
    found = pooled([whole.rows(first), whole.rows(~first)])
    assert found.panel.checksum() == made.checksum()
    assert (found.probability == whole.probability).all()


def test_what_cannot_be_measured_has_no_number() -> None:
    log_odds, nobody = np.array([3.0, 2.0, 1.0, 2.5]), np.zeros(4, dtype=bool)
    one = np.array([False, False, True, False])
    assert np.isnan(auc(log_odds, nobody).value)
    assert np.isnan(auc(log_odds, one).lower)
    assert auc(log_odds, one).value == 1.0
    for values, good in (
        (log_odds, np.ones(4)),
        (log_odds, np.zeros(4)),
        (np.ones(4), np.array([1.0, 0.0, 1.0, 0.0])),
        (np.zeros(0), np.zeros(0)),
    ):
        assert all(np.isnan(found.value) for found in calibration(values, good))
    assert bands(np.zeros(0), np.zeros(0), np.zeros(0)) == []


def test_bands_of_true_odds_are_covered_and_of_wrong_ones_are_not() -> None:
    made, log_odds = made_panel(40_000, seed=9)
    score = 650 + 50 / np.log(2) * (log_odds - np.log(20))
    defaults = made.is_default.astype(float)
    right = bands(score, log_odds, defaults)
    assert len(right) > 3
    assert all(band.is_covered for band in right)
    assert sum(band.count for band in right) == len(made)
    assert not all(band.is_covered for band in bands(score, log_odds + 0.5, defaults))


# --- shipped versions -----------------------------------------------------------------------------


def _drawn(random: np.random.Generator, scorer: Scorer, count: int) -> Panel:
    """Pairs whose values lie around the card's edges, beyond them, or in no listed category."""
    attributes = catalogue()
    columns = {}
    for item in scorer.items:
        name, shape = item.shape.name, item.shape
        states = random.choice([0, 0, 0, 0, 1, 2, 3], count).astype(np.int8)
        if attributes[name].is_category:
            words = random.choice([*shape.words, "never heard of"], count).astype(object)
            columns[name] = Column(states, words=words)
        else:
            assert shape.edges is not None
            near = np.concatenate([shape.edges, [0, -(10**18), 10**18]])
            columns[name] = Column(
                states, ticks=random.choice(near, count) + random.integers(-1, 2, count)
            )
    return Panel(
        "consumer",
        np.array([f"c{number}" for number in range(count)], dtype=object),
        np.array(["2024-01-01"] * count, dtype=object),
        np.full(count, "CN", dtype=object),
        columns,
        np.zeros(count, dtype=bool),
        np.full(count, "", dtype=object),
    )


@pytest.mark.parametrize("kind", ["consumer", "business"])
@pytest.mark.parametrize("version", versions.names())
def test_improving_an_attribute_never_lowers_a_score(version: str, kind: str) -> None:
    """In every shipped version, within a profile; and evidence, not values, decides the profile."""
    attributes = catalogue()
    scorer = Scorer(versions.read(version), kind, attributes)
    random = np.random.default_rng(11)
    panel = _drawn(random, scorer, 300)
    before = scorer.score(panel)
    assert (before.score >= 0).any()
    for item in scorer.items:
        direction = attributes[item.shape.name].direction
        if direction == "none":
            continue
        column = panel.columns[item.shape.name]
        assert column.ticks is not None
        step = random.integers(0, 3 * 10**11, len(panel))
        moved = column.ticks + (step if direction == "higher_is_better" else -step)
        after = scorer.score(
            replace(panel, columns={**panel.columns, item.shape.name: replace(column, ticks=moved)})
        )
        assert (after.profiles == before.profiles).all()
        assert (after.score >= before.score).all(), item.shape.name


def test_the_truth_s_attributes_are_in_the_catalogue() -> None:
    assert set(TRUTH) <= set(catalogue())
    assert len(LEVELS) == 4
