"""Model cards, docs/model_cards/<version>.md: written from the seeds and the warehouse at hand.

`sesame card VERSION` runs it. The same seeds give the same text; only the section on performance
depends on the warehouse at hand, and stays where that one has no figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from sesame import engine, versions
from sesame.dictionary import markdown_table
from sesame.home import PROJECT, Home

CARDS = PROJECT / "docs" / "model_cards"
PERFORMANCE = "## Performance"
UNMEASURED = "Not measured"

_LEARNERS = {
    "expert": "People set its numbers; no point was fitted to an outcome. It ranks; its odds are "
    "a convention.",
    "weight_of_evidence": "Bins by weight of evidence and a regularised logistic regression, "
    "fitted to outcomes.",
    "additive_stumps": "Boosted trees of one split each, added up and converted exactly to points, "
    "fitted to outcomes.",
}
_HEAD = """\
# Score version {version}

Written by `sesame card {version}` from `seeds/`, its performance from the warehouse at hand.
Change the tables, not this page. A published version is never edited, so this page changes only
with the catalogue, the laws and the log of decisions.
"""
_PURPOSE = """\
To rank consumers and small businesses by how likely they are to default on credit, for readers whom
the subject authorised. {learner}

Not for: subjects below the reliability floor, who get no score; decisions other than on credit;
amounts, prices or limits, for it says nothing of losses; a population unlike that of its origin,
before its performance there was measured. A score is never the only ground for a refusal: its
reasons go with it.
"""
_FAIRNESS = """\
Gender, marital status, ethnicity and birthplace are on no card; they serve the audit of fairness
alone, in the tables of schema `monitoring`. Attributes that are allowed may still stand for one
that is not: what the audit finds of each group is read there before a promotion.
"""
_REPRODUCE = """\
A past score is scored again from the same commit, the raw data still lawfully held, and these rows:

```
sesame build --as-of DATE{also_score}
```

Versions stay in the seeds when they are retired. No build starts while the rows of any version
differ from its checksum.
"""
# Vintages are for monitoring; of too few, nothing is shown there either.
_MEASURED = """
select
    definition,
    concat_ws(' ', nullif(segment_type, 'all'), segment),
    outcome_count,
    scored_count,
    default_count,
    censored_count,
    auc_ratio,
    auc_lower_ratio,
    auc_upper_ratio,
    gini_ratio,
    ks_ratio
from warehouse.monitoring.score_performance
cross join warehouse.seeds.monitoring_rules
where
    score_version = $version
    and segment_type <> 'vintage'
    and outcome_count >= fewest_shown_count
order by definition, segment_type <> 'all', segment_type, segment
"""
# Of what time they are, and how many the version may have learnt from.
_TIMES = """
select
    min(as_of_date),
    max(as_of_date),
    count(*),
    count(*) filter (
        as_of_date between try_cast($first as date) and try_cast($last as date)
        and definition = $definition
    )
from warehouse.monitoring.score_outcomes
where score_version = $version
"""

Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Measured:
    """What a warehouse says of a version.

    rows: those of _MEASURED. first_as_of, last_as_of: the dates that its outcomes were to be
    predicted at. outcome_count: how many these are, of all definitions; trained_count: how many of
    the definition and the time of the version's training.
    """

    rows: Sequence[Sequence[Any]]
    first_as_of: date
    last_as_of: date
    outcome_count: int
    trained_count: int


@dataclass(frozen=True)
class Written:
    """path: the card. is_kept: its figures are those it had, for the warehouse has none."""

    path: Path
    is_kept: bool


def render(
    version: str,
    measured: Measured | None = None,
    seeds: Path = versions.SEEDS,
    *,
    kept: str | None = None,
) -> str:
    """The card's text. kept: an earlier text, whose figures stay where nothing was measured.

    Raises SesameError for an unknown version.
    """
    card = versions.read(version, seeds)
    origins = {row["score_version"]: row for row in versions.rows(versions.ORIGINS, seeds)}
    origin = origins.get(version, {})
    definitions = {row["definition"]: row for row in versions.rows("default_definitions", seeds)}
    catalogue = {row["attribute_name"]: row for row in versions.rows("attributes", seeds)}
    decisions = [
        row for row in versions.rows(versions.DECISIONS, seeds) if row["score_version"] == version
    ]
    is_retired = versions.statuses(seeds).get(version) == "retired"
    learner = _LEARNERS.get(origin.get("learner", ""), "Where it comes from is not recorded.")
    lines = [
        *_HEAD.format(version=version).splitlines(),
        *("", "## Purpose and limits", ""),
        *_PURPOSE.format(learner=learner).splitlines(),
        *("", "## Origin", ""),
        *_pairs(origin, skip=("score_version", "card_checksum", "data_checksum")),
        *("## Definition of default", ""),
        *_definition(definitions.get(origin.get("definition", ""))),
        *("## Inputs", ""),
        *_inputs(card, catalogue),
        *("## Profiles: calibration and weights", ""),
        "Log-odds of no default = A + B · Σ weight · evidence · sub-score "
        "([score.md](../score.md)).",
        "",
        *_profiles(card),
        *("## Scale and bands", ""),
        *_scale(card),
        *("## Reliability", ""),
        *_reliability(card),
        *("## Forbidden inputs", ""),
        *_forbidden(card, catalogue, versions.rows("forbidden_inputs", seeds)),
        *("## Fairness", ""),
        *_FAIRNESS.splitlines(),
        *("", "## On the untouched test part", ""),
        *_tests(
            [row for row in versions.rows(versions.TESTS, seeds) if row["score_version"] == version]
        ),
        *(PERFORMANCE, ""),
        *_performance(measured, origin, kept),
        *("## Decisions", ""),
        *markdown_table(
            ("number", "status", "decided", "by", "reason"),
            (
                tuple(
                    row[name]
                    for name in (
                        *("decision_number", "status", "decided_date"),
                        *("approved_by", "reason"),
                    )
                )
                for row in decisions
            ),
        ),
        *("## Checksums", ""),
        f"- rows of the card: {card.checksum()}",
        f"- training panel: {_checksum(origin.get('data_checksum', ''))}",
        *("", "## To reproduce a score", ""),
        *_REPRODUCE.format(
            also_score=f" --also-score {version}" if is_retired else ""
        ).splitlines(),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def write(version: str, home: Home, to: Path | None = None) -> Written:
    """Write the card with the figures of the warehouse; without any, with those it had."""
    path = to or CARDS / f"{version}.md"
    measured = _measure(version, home)
    kept = None
    if measured is None and path.exists():
        kept = _section(path.read_text(encoding="utf-8"))
    text = render(version, measured, kept=kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Written(path, kept is not None)


def _measure(version: str, home: Home) -> Measured | None:
    """The figures; none where the warehouse was never built, or holds too few outcomes."""
    if not home.database("warehouse").exists():
        return None
    origin = next(
        (row for row in versions.rows(versions.ORIGINS) if row["score_version"] == version), {}
    )
    with engine.connect(home, read=["warehouse"]) as connection:
        try:
            rows = connection.execute(_MEASURED, {"version": version}).fetchall()
            times = connection.execute(
                _TIMES,
                {
                    "version": version,
                    "first": origin.get("first_as_of"),
                    "last": origin.get("last_as_of"),
                    "definition": origin.get("definition"),
                },
            ).fetchone()
        except duckdb.CatalogException:
            return None
    return Measured(rows, *times) if rows and times else None


def _section(card: str) -> str | None:
    """The figures of a card's text; none where it has none."""
    _, found, rest = card.partition(f"\n{PERFORMANCE}\n\n")
    figures = rest.partition("\n## ")[0].strip("\n")
    return figures if found and not figures.startswith(UNMEASURED) else None


def _checksum(text: str) -> str:
    return f"sha256:{text.removeprefix('sha256:')}" if text else "none, it was not fitted"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _pairs(row: Mapping[str, str], skip: Iterable[str] = ()) -> list[str]:
    """A row as a table of its cells that hold something."""
    return markdown_table(
        ("", ""),
        ((_words(name), cell) for name, cell in row.items() if cell and name not in set(skip)),
    )


def _definition(row: Mapping[str, str] | None) -> list[str]:
    if row is None:
        return [
            "None: it was fitted to no outcome "
            "([default_definition.md](../default_definition.md)).",
            "",
        ]
    return [
        *_pairs(row),
        "[default_definition.md](../default_definition.md) says what each means.",
        "",
    ]


def _inputs(card: versions.Card, catalogue: Mapping[str, Mapping[str, str]]) -> list[str]:
    bins: dict[str, list[Mapping[str, str]]] = {}
    for row in card.tables["bins"]:
        bins.setdefault(row["attribute_name"], []).append(row)
    weights = {row["attribute_name"]: row for row in card.tables["attribute_weights"]}
    lines = []
    for factor in card.tables["factors"]:
        kind, name = factor["subject_kind"], factor["factor"]
        inside = [
            attribute
            for attribute, row in catalogue.items()
            if attribute in weights and (row["subject_kind"], row["factor"]) == (kind, name)
        ]
        switched = "" if factor["is_enabled"] == "true" else ", switched off"
        lines += [f"### {kind}: {_words(name)}{switched}", ""]
        if not inside:
            lines += ["No attribute of it is on the card.", ""]
            continue
        lines += markdown_table(
            ("attribute", "weight", "bins", "points", "direction", "missing", "not allowed in"),
            (
                (
                    f"`{attribute}`",
                    weights[attribute]["evidence_weight"],
                    str(len(bins[attribute])),
                    _range(bins[attribute]),
                    _words(catalogue[attribute]["direction"]),
                    _missing(bins[attribute]),
                    catalogue[attribute]["banned_in"],
                )
                for attribute in inside
            ),
        )
    return lines


def _range(bins: Rows) -> str:
    points = sorted((float(row["points"]), row["points"]) for row in bins)
    return f"{points[0][1]} to {points[-1][1]}"


def _missing(bins: Rows) -> str:
    """Points of a value that is missing though expected; without a bin of its own it has no say."""
    return next((row["points"] for row in bins if row["value_state"] == "missing"), "no say")


def _profiles(card: versions.Card) -> list[str]:
    factors = list(dict.fromkeys(row["factor"] for row in card.tables["weights"]))
    weights = {
        (row["subject_kind"], row["profile"], row["factor"]): row["weight_ratio"]
        for row in card.tables["weights"]
    }
    basis: dict[tuple[str, str], dict[str, None]] = {}
    for row in card.tables["weights"]:
        basis.setdefault((row["subject_kind"], row["profile"]), {})[row["basis"]] = None
    return markdown_table(
        ("kind", "profile", "A", "B", "weights", *map(_words, factors)),
        (
            (
                row["subject_kind"],
                _words(row["profile"]),
                row["calibration_intercept"],
                row["calibration_slope"],
                ", ".join(basis[row["subject_kind"], row["profile"]]),
                *(weights[row["subject_kind"], row["profile"], factor] for factor in factors),
            )
            for row in card.tables["profiles"]
        ),
    )


def _scale(card: versions.Card) -> list[str]:
    (scale,) = card.tables["scales"]
    return [
        f"{scale['base_score']} is odds of {scale['base_odds']} to 1 that a subject does not "
        f"default; {scale['step_points']} points multiply them by {scale['step_odds']}. From "
        f"{scale['minimum_score']} to {scale['maximum_score']}, with at most "
        f"{scale['maximum_reasons']} reasons.",
        "",
        *markdown_table(
            ("band", "from", "below", "name"),
            (
                (row["band"], row["lower_bound"], row["upper_bound"], row["name_en"])
                for row in card.tables["bands"]
            ),
        ),
    ]


def _reliability(card: versions.Card) -> list[str]:
    return markdown_table(
        ("reliability from", "below", "score", "at most"),
        (
            (
                row["lower_bound"],
                row["upper_bound"] or "–",
                "yes" if row["is_scoreable"] == "true" else "none",
                row["score_cap"] if row["is_scoreable"] == "true" else "–",
            )
            for row in card.tables["reliability"]
        ),
    )


def _forbidden(
    card: versions.Card, catalogue: Mapping[str, Mapping[str, str]], laws: Rows
) -> list[str]:
    banned = [
        (f"`{row['attribute_name']}`", catalogue[row["attribute_name"]]["banned_in"])
        for row in card.tables["attribute_weights"]
        if catalogue[row["attribute_name"]]["banned_in"]
    ]
    grouped: dict[tuple[str, str], list[str]] = {}
    for law in laws:
        grouped.setdefault((law["countries"], law["law"]), []).append(law["forbidden_input"])
    return [
        "A build with this version in service fails if an attribute of the card shows a sign of "
        "what follows and is not banned there (`tests/singular/forbidden_inputs_are_banned.sql`). "
        f"{len(banned)} of its {len(card.tables['attribute_weights'])} attributes are banned "
        "somewhere, and left out of scores there: those listed above as not allowed.",
        "",
        *markdown_table(
            ("where", "what", "by"),
            (
                ("everywhere" if where == "*" else where, ", ".join(map(_words, what)), law)
                for (where, law), what in grouped.items()
            ),
        ),
    ]


def _tests(tests: Rows) -> list[str]:
    if not tests:
        return ["None is on record.", ""]

    def interval(row: Mapping[str, str], name: str) -> str:
        value, lower, upper = (
            f"{float(row[name + end]):.3f}" if row[name + end] else "–"
            for end in ("", "_lower", "_upper")
        )
        return f"{value} ({lower}–{upper})"

    return [
        "As `sesame train` measured it, once, on outcomes that had decided on nothing:",
        "",
        *markdown_table(
            ("of", "outcomes", "defaults", "AUC (95 %)", "slope (95 %)", "intercept (95 %)"),
            (
                (
                    row["subject_kind"],
                    f"{int(row['outcome_count']):,}",
                    f"{int(row['default_count']):,}",
                    interval(row, "auc"),
                    interval(row, "calibration_slope"),
                    interval(row, "calibration_intercept"),
                )
                for row in tests
            ),
        ),
    ]


def _performance(
    measured: Measured | None, origin: Mapping[str, str], kept: str | None
) -> list[str]:
    if measured is None:
        none = f"{UNMEASURED}: no outcome of its scores was at hand when this was written."
        return [*(kept or none).splitlines(), ""]

    def ratio(value: Any) -> str:
        return "–" if value is None else f"{value:.3f}"

    def interval(lower: Any, upper: Any) -> str:
        return "" if lower is None else f" ({ratio(lower)}–{ratio(upper)})"

    return [
        "As measured in the warehouse at hand, on outcomes of scores as of "
        f"{measured.first_as_of} to {measured.last_as_of}, where what is censored counts as good "
        "so far.",
        *_learnt(measured, origin),
        "",
        *markdown_table(
            (
                *("definition", "of", "outcomes", "scored", "defaults", "censored"),
                *("AUC (95 %)", "Gini", "KS"),
            ),
            (
                (
                    *row[:2],
                    *(f"{count:,}" for count in row[2:6]),
                    ratio(row[6]) + interval(row[7], row[8]),
                    ratio(row[9]),
                    ratio(row[10]),
                )
                for row in measured.rows
            ),
        ),
    ]


def _learnt(measured: Measured, origin: Mapping[str, str]) -> list[str]:
    """Whether the figures are of outcomes that the version has not seen."""
    if not origin.get("first_as_of"):
        return ["It was fitted to none of them."]
    return [
        f"{measured.trained_count:,} of these {measured.outcome_count:,} outcomes are of the "
        f"definition and the time of its training, {origin['first_as_of']} to "
        f"{origin['last_as_of']}. In the warehouse that it was fitted to they are not untouched: "
        "it learnt from most of them, and the figures flatter it."
    ]
