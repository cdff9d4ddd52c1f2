"""Made-up training panels: attributes of the catalogue, a known truth, no warehouse."""

import numpy as np

from sesame.training.panel import ABSENT, MISSING, NOT_CONSENTED, OBSERVED, TICKS, Column, Panel

# name -> how much a standard normal of it moves the log-odds of no default
TRUTH = {
    "card_on_time_ratio_12m": 0.9,
    "worst_days_past_due_12m": -0.5,
    "card_utilisation_mean_6m": -0.4,
    "browse_to_order_ratio_6m": 0.3,
    "night_share_ratio_6m": 0.0,
    "balance_mean_6m": 0.5,
    "inflow_monthly_mean_6m": 0.2,
    "account_age_months": 0.1,
    "reciprocated_ties_count": 0.2,
}
LEVELS = {"none": 0.5, "little": 0.2, "some": 0.0, "much": -0.6}


def made_panel(count: int, seed: int = 1, level: float = 2.0) -> tuple[Panel, np.ndarray]:
    """Pairs with attributes in all five factors, some missing, absent or not consented; and their
    true log-odds (n,) of no default. The first three attributes go together, as one lender's do.
    """
    random = np.random.default_rng(seed)
    has_lender = random.random(count) < 0.7
    log_odds = np.full(count, level) - np.where(has_lender, 0.0, 0.5)
    columns = {}
    for position, (name, weight) in enumerate(TRUTH.items()):
        drawn = random.standard_normal(count)
        states = np.full(count, OBSERVED, dtype=np.int8)
        states[random.random(count) < 0.05] = MISSING
        states[random.random(count) < 0.05] = NOT_CONSENTED
        if position < 3:
            states[~has_lender] = ABSENT
        log_odds += np.where(states == OBSERVED, weight * drawn, 0.0)
        log_odds -= np.where(states == MISSING, 0.3, 0.0)
        columns[name] = Column(states, ticks=(drawn.round(3) * TICKS).astype(np.int64))
    words = random.choice(list(LEVELS), count).astype(object)
    log_odds += np.array([LEVELS[word] for word in words])
    columns["checking_account_level"] = Column(np.full(count, OBSERVED, dtype=np.int8), words=words)
    is_default = random.random(count) < 1 / (1 + np.exp(log_odds))
    parts = np.array(["train"] * (count // 2) + ["selection"] * (count // 4), dtype=object)
    parts = np.append(parts, ["test"] * (count - len(parts)))
    panel = Panel(
        subject_kind="consumer",
        subjects=np.array([f"c{number}" for number in range(count)], dtype=object),
        dates=np.array(["2024-01-01"] * count, dtype=object),
        countries=np.full(count, "CN", dtype=object),
        columns=columns,
        is_default=is_default,
        parts=parts,
    )
    return panel, log_odds
