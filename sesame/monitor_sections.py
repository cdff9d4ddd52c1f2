"""The sections on the page of how the score is doing: what each says, and its tables."""

from collections.abc import Iterable
from html import escape
from typing import Any

from scipy.stats import beta

from sesame import monitor_charts as charts
from sesame.monitor_page import (
    FEW,
    Cell,
    Column,
    Marts,
    Row,
    Section,
    count,
    interval,
    light,
    number,
    share,
    table,
    text,
    words,
)
from sesame.svg import percent

_ATTRIBUTES_SHOWN = 15

_NO_OUTCOME = "No outcome is known yet."
_NOBODY_SCORED = "Nobody has been scored yet."

# Columns of several tables.
_VERSION: Column = ("version", text("score_version"))
_DEFINITION: Column = ("definition", text("definition"))
_PROMISED_RATE: Column = ("promised rate", share("expected_default_ratio"))
_RATE: Column = ("rate", share("default_ratio"))
_AUC: Column = ("AUC", interval("auc_ratio"))
_SLOPE: Column = ("calibration slope", interval("calibration_slope", 2))


def exact_interval(count: int, total: int, confidence: float) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share: count of total, 0 <= count <= total, total > 0."""
    tail = (1 - confidence) / 2
    lower = 0.0 if count == 0 else float(beta.ppf(tail, count, total - count + 1))
    upper = 1.0 if count == total else float(beta.ppf(1 - tail, count + 1, total - count))
    return lower, upper


def _note(words: str) -> str:
    return f'<p class="note">{words}</p>'


def _performance(marts: Marts) -> str:
    if not marts.performance:
        return _note(_NO_OUTCOME)
    parts = [
        "<p>How well the published score ranks outcomes that are over. An outcome is censored "
        "while its facility runs and the whole course counts; until then it counts as no default. "
        "It is immature while its definition's window runs, for it or for everyone of its date; "
        "until then it counts nowhere else.</p>"
    ]
    for definition, rows in marts.by_definition(marts.performance):
        parts.append(f"<h3>{escape(definition)}</h3>")
        parts.append(_performance_table(marts, rows))
        ranked = marts.enough(marts.of_champion(rows), "scored_count")
        if shown := [row for row in ranked if row["auc_lower_ratio"] is not None]:
            parts.append(charts.forest(shown))
    return "".join(parts)


def _performance_table(marts: Marts, rows: Iterable[Row]) -> str:
    def kind(row: Row) -> str:
        return "" if row["segment_type"] == "all" else words("segment_type")(row)

    def name(row: Row) -> str:
        return text("segment_type" if row["segment_type"] == "all" else "segment")(row)

    return table(
        rows,
        (
            _VERSION,
            ("segment", kind),
            ("", name),
            ("scored", count("scored_count")),
            ("defaults", count("default_count")),
            ("censored", count("censored_count")),
            ("immature", count("immature_count")),
            _AUC,
            ("Gini", number("gini_ratio")),
            ("KS", number("ks_ratio")),
            ("Brier", number("brier_score", 4)),
            _SLOPE,
        ),
        texts=3,
        few=lambda row: marts.few(row["scored_count"]),
        empty=_NO_OUTCOME,
    )


def _calibration(marts: Marts) -> str:
    if not marts.calibration:
        return _note(_NO_OUTCOME)
    parts = [
        "<p>Defaults that happened beside those that the scores' own odds promised. The interval "
        "is the exact one of Clopper and Pearson. A slope of one and an intercept of zero mean "
        "that the odds are true; a smaller slope, that the score exaggerates differences. The "
        "level is what the log-odds are beyond those promised, the slope held at one: below zero "
        "there were more defaults than promised.</p>"
    ]
    confidence = float(marts.rules["confidence_ratio"])

    def bounded(row: Row) -> Row:
        lower, upper = exact_interval(row["default_count"], row["outcome_count"], confidence)
        return row | {"lower": lower, "upper": upper}

    for definition, rows in marts.by_definition(marts.calibration):
        bands = [bounded(row) for row in marts.enough(rows, "outcome_count")]
        parts.append(f"<h3>{escape(definition)}</h3>")
        if champion := marts.of_champion(bands):
            parts.append(charts.calibration(champion))
        parts.append(_calibration_table(bands))
    overall = [row for row in marts.performance if row["segment_type"] == "all"]
    parts.append("<h3>Level, slope and intercept</h3>")
    parts.append(
        table(
            marts.enough(overall, "scored_count"),
            (
                _DEFINITION,
                _VERSION,
                ("level", interval("calibration_level")),
                ("slope", interval("calibration_slope")),
                ("intercept", interval("calibration_intercept")),
                _PROMISED_RATE,
                _RATE,
            ),
            texts=2,
            empty=_NO_OUTCOME,
        )
    )
    return "".join(parts)


def _calibration_table(bands: Iterable[Row]) -> str:
    def judgement(row: Row) -> str:
        is_covered = row["lower"] <= float(row["expected_default_ratio"]) <= row["upper"]
        return light("covered" if is_covered else "outside")

    return table(
        bands,
        (
            _VERSION,
            ("band", text("band")),
            ("outcomes", count("outcome_count")),
            ("censored", count("censored_count")),
            ("immature", count("immature_count")),
            ("promised", number("expected_default_count", 1)),
            ("happened", count("default_count")),
            _PROMISED_RATE,
            _RATE,
            ("exact interval", lambda row: f"{percent(row['lower'])} to {percent(row['upper'])}"),
            ("", judgement),
        ),
        texts=2,
        empty="No band has enough outcomes to be shown.",
    )


def _distribution(marts: Marts) -> str:
    parts = [
        "<p>The latest official scores of the champion beside their reference. The cap on thin "
        "files is the one override of policy; clipping brings a score within the scale.</p>"
    ]
    bins = [
        row
        for row in marts.of_champion(marts.histogram)
        if row["population"] == "official" and row["period_date"] == marts.as_of
    ]
    if bins:
        parts.append(charts.histogram(marts, bins))
    parts.append(
        table(
            # of official dates the latest alone
            [row for row in marts.distribution if row["is_latest"] or not row["is_official"]],
            (
                _VERSION,
                ("kind", text("subject_kind")),
                ("profile", text("profile")),
                ("date", lambda row: "official" if row["is_official"] else "application"),
                ("subjects", count("row_count")),
                ("scored", count("scoreable_count")),
                ("capped", share("capped_ratio")),
                ("clipped", share("clipped_ratio")),
                ("mean", number("mean_score", 0)),
            ),
            texts=4,
            few=lambda row: marts.few(row["scoreable_count"]),
            empty=_NOBODY_SCORED,
        )
    )
    return "".join(parts)


def _stability(marts: Marts) -> str:
    rules = marts.rules
    parts = [
        "<p>How far the score (PSI) and each attribute of the card (CSI) have moved from their "
        "reference. An index is about as large as the column by chance even where nothing has "
        "moved. What it is beyond that is to be watched from "
        f"{number('psi_watch_ratio', 2)(rules)} and an alarm from "
        f"{number('psi_alarm_ratio', 2)(rules)}; below {rules['enough_count']} subjects there is "
        "no light. Official dates are compared with the first of them, applications with the "
        f"development sample or their first {rules['reference_months']} months; a period that is "
        "part of its reference can say nothing. Shown is the last period that can.</p>"
    ]
    scores = [row for row in marts.stability if row["item"] == "score"]
    scores = marts.enough(scores, "subject_count")
    for population in ("official", "applications"):
        rows = [row for row in marts.of_champion(scores) if row["population"] == population]
        if len(rows) > 1:
            parts.append(f"<h3>Score, {population}</h3>{charts.stability(marts, rows)}")
    parts.append("<h3>Score, last period of each version and population</h3>")
    parts.append(_stability_table(_latest(scores), _VERSION))
    attributes = [row for row in marts.of_champion(marts.stability) if row["item"] != "score"]
    latest = marts.enough(_latest(attributes), "subject_count")
    latest.sort(key=lambda row: (-row["stability_index"], row["item"]))
    if latest:
        parts.append(
            f"<h3>Attributes of the champion, last periods: the {_ATTRIBUTES_SHOWN} that moved "
            f"most of {len(latest)}</h3>"
        )
        parts.append(_stability_table(latest[:_ATTRIBUTES_SHOWN], ("attribute", text("item"))))
    parts.append("<h3>Mean weights and evidence of the factors, last periods</h3>")
    parts.append(
        table(
            marts.enough(_latest(marts.drift), "subject_count"),
            (
                _VERSION,
                ("population", text("population")),
                ("factor", words("factor")),
                ("", lambda row: light(row["light"])),
                ("subjects", count("subject_count")),
                ("weight", number("mean_weight_ratio")),
                ("reference", number("reference_weight_ratio")),
                ("evidence", number("mean_evidence_ratio")),
                ("reference", number("reference_evidence_ratio")),
            ),
            texts=4,
            empty=_NOBODY_SCORED,
        )
    )
    return "".join(parts)


def _latest(rows: Iterable[Row]) -> list[Row]:
    """Of every version, population and item or factor the last period, of those judged if any is.

    A month that has only begun has too few, and would hide what the month before it showed.
    """

    def rank(row: Row) -> tuple[bool, Any]:
        return row["light"] not in ("too few", "reference"), row["period_date"]

    latest: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = (row["score_version"], row["population"], row.get("item") or row.get("factor"))
        if key not in latest or rank(row) > rank(latest[key]):
            latest[key] = row
    return list(latest.values())


def _stability_table(rows: Iterable[Row], first: Column) -> str:
    return table(
        rows,
        (
            first,
            ("population", text("population")),
            ("period", text("period_date")),
            ("", lambda row: light(row["light"])),
            ("subjects", count("subject_count")),
            ("reference", count("reference_count")),
            ("index", number("stability_index")),
            ("by chance", number("chance_index")),
        ),
        texts=4,
        empty=_NOBODY_SCORED,
    )


def _cut_offs(marts: Marts) -> str:
    if not marts.cut_offs:
        return _note(_NO_OUTCOME)
    parts = [
        "<p>What each cut-off would approve. Outcomes are known of those who were granted "
        "credit, so that rates among the refused say less than they seem to. No score is a "
        "refusal.</p>"
    ]
    for definition, rows in marts.by_definition(marts.cut_offs):
        parts.append(f"<h3>{escape(definition)}</h3>")
        parts.append(charts.curve(marts, definition))
        parts.append(
            table(
                marts.enough(rows, "outcome_count"),
                (
                    _VERSION,
                    ("cut-off", text("cut_off")),
                    ("outcomes", count("outcome_count")),
                    ("approved", count("approved_count")),
                    ("approval rate", share("approval_ratio")),
                    ("defaults among approved", share("approved_default_ratio")),
                    ("of defaults refused", share("refused_default_ratio")),
                    ("of others refused", share("refused_good_ratio")),
                    ("approval rate, everyone", share("official_approval_ratio")),
                ),
                kept=3,
                few=lambda row: marts.few(row["approved_count"]),
                empty="Too few outcomes to show.",
            )
        )
    return "".join(parts)


def _swap_sets(marts: Marts) -> str:
    if not marts.swaps:
        return _note("One version is in service: nobody to swap with.")
    lines: dict[tuple[str, str, int], Row] = {}
    for row in marts.swaps:
        key = (row["challenger_version"], row["sample_name"], row["cut_off"])
        decided = (row["is_approved_by_champion"], row["is_approved_by_challenger"])
        lines.setdefault(key, row | {"quadrants": {}})["quadrants"][decided] = row

    def quadrant(by_champion: bool, by_challenger: bool) -> Cell:
        def cell(line: Row) -> str:
            row = line["quadrants"].get((by_champion, by_challenger))
            if row is None:
                return "0"
            if marts.few(row["subject_count"]):
                return FEW
            rate = "" if row["default_ratio"] is None else f" ({share('default_ratio')(row)})"
            return f"{row['subject_count']:,}{rate}"

        return cell

    return (
        "<p>Who would be decided otherwise if the challenger replaced the champion; in brackets "
        "the share of defaults.</p>"
    ) + table(
        [lines[key] for key in sorted(lines)],
        (
            ("challenger", text("challenger_version")),
            ("sample", text("sample_name")),
            ("cut-off", text("cut_off")),
            ("approved by both", quadrant(True, True)),
            ("swapped out", quadrant(True, False)),
            ("swapped in", quadrant(False, True)),
            ("refused by both", quadrant(False, False)),
        ),
        texts=2,
        empty="",
    )


def _expected(marts: Marts) -> str:
    rows = [row for row in marts.expected if row["segment_type"] in ("all", "period")]
    return (
        "<p>What the scores promise by their own odds, before any label is known; where outcomes "
        "are over, what came of it. The immature are not over yet, and in no other column. It is "
        "only as good as the calibration above.</p>"
    ) + table(
        marts.enough(rows, "scored_count"),
        (
            _VERSION,
            ("sample", text("sample_name")),
            ("period", text("segment")),
            ("scores", count("scored_count")),
            _PROMISED_RATE,
            _RATE,
            ("immature", count("immature_count")),
            ("promised AUC", number("expected_auc_ratio")),
            ("AUC", number("auc_ratio")),
        ),
        texts=3,
        empty=_NOBODY_SCORED,
    )


def _fairness(marts: Marts) -> str:
    return (
        "<p>Gender and age enter no score; they are read for this page alone. The adverse-impact "
        "ratio is a group's approval rate over the highest of any group that is not small; below "
        "0.80 look closer. Whoever states no gender, or no birth date, is in no group.</p>"
        "<h3>Adverse-impact ratio of the champion, by cut-off</h3>"
        + _impact_table(marts)
        + "<h3>Ranking and calibration of the champion, by group</h3>"
        + table(
            marts.of_champion(marts.groups),
            (
                _DEFINITION,
                ("", words("segment_type")),
                ("group", _members("segment")),
                ("scored", count("scored_count")),
                ("defaults", _defaults),
                _AUC,
                _SLOPE,
                _PROMISED_RATE,
                _RATE,
            ),
            texts=3,
            few=lambda row: marts.few(row["member_count"]),
            empty="No outcome of anybody whose gender or age is known.",
        )
    )


def _members(name: str) -> Cell:
    """Column `name`, a group, with a mark on a small one."""

    def cell(row: Row) -> str:
        flag = ' <span class="light mute">small</span>' if row["is_small_group"] else ""
        return text(name)(row) + flag

    return cell


def _defaults(row: Row) -> str:
    flag = '<span class="light mute">few</span> ' if row["has_few_defaults"] else ""
    return flag + count("default_count")(row)


def _impact_table(marts: Marts) -> str:
    lines: dict[tuple[str, str, str], Row] = {}
    impact = marts.of_champion(marts.impact)
    cut_offs = sorted({row["cut_off"] for row in impact})
    for row in impact:
        key = (row["population"], row["characteristic"], row["group_name"])
        lines.setdefault(key, row | {"cut_offs": {}})["cut_offs"][row["cut_off"]] = row

    def ratio(cut_off: int) -> Cell:
        def cell(line: Row) -> str:
            return number("best_impact_ratio", 2)(line["cut_offs"][cut_off])

        return cell

    return table(
        [lines[key] for key in sorted(lines)],
        (
            ("population", text("population")),
            ("", words("characteristic")),
            ("group", _members("group_name")),
            ("members", count("member_count")),
            *((str(cut_off), ratio(cut_off)) for cut_off in cut_offs),
        ),
        texts=3,
        few=lambda line: marts.few(line["member_count"]),
        empty="Nobody's gender or age is known.",
    )


# In the order of the page.
SECTIONS: tuple[Section, ...] = (
    ("performance", "Performance", _performance),
    ("calibration", "Calibration", _calibration),
    ("distribution", "Score distribution, caps and clips", _distribution),
    ("stability", "Stability", _stability),
    ("cut-offs", "Cut-offs", _cut_offs),
    ("swap-set", "Champion and challengers", _swap_sets),
    ("expected", "Before labels mature", _expected),
    ("fairness", "Fairness", _fairness),
)
