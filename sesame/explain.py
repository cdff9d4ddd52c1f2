"""Why a score is what it is: every point of it, the reasons, and what would help.

Read from the warehouse, for its operator: serving shows a reader less, and only with leave. The
sums are those of the models, and are added up once more before anything is shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb

from sesame import engine
from sesame.errors import SesameError
from sesame.evidence import Evidence, evidence
from sesame.home import DOMAINS, Home

# The items of a score that are no attributes, in the order in which they are taken; the attributes
# come after the first.
STEPS = ("base", "reliability_cap", "clipping", "rounding")

# What a value's unit adds to it. Amounts are in the reference currency of seeds/currencies.csv.
_SIGNS = {"ratio": "%", "amount": " CNY"}
_MONTHS = {"en": " ({}m)", "zh": "（{}个月）"}
_BINS = {
    "en": {
        "under": "under {1}",
        "between": "{0} to under {1}",
        "over": "{0} and over",
        "missing": "missing",
    },
    "zh": {
        "under": "不足{1}",
        "between": "{0}至不足{1}",
        "over": "{0}及以上",
        "missing": "缺失",
    },
}

_SHOWN = 12  # of the dates that there are, the latest

_SCORES = """
select
    scores.as_of_date, scores.score_version, scores.subject_kind, scores.profile, scores.score,
    scores.reliability_ratio, scores.not_scoreable_reason, scores.is_official, scores.is_champion,
    bands.name_en as band_en, bands.name_zh as band_zh, profiles.description as profile_description
from warehouse.scores.scores as scores
left join warehouse.seeds.bands as bands using (score_version, band)
left join warehouse.seeds.profiles as profiles using (score_version, subject_kind, profile)
where scores.subject_id = $subject
order by scores.as_of_date desc, scores.is_champion desc, scores.score_version
"""

# Of who has no profile there are no weights.
_FACTORS = """
select
    factors.factor, weights.weight_ratio, weights.evidence_ratio, weights.sub_score
from warehouse.seeds.factors as factors
left join (
    from warehouse.intermediate.int_factor_weights where {score}
) as weights using (score_version, factor)
where
    factors.score_version = $version and factors.subject_kind = $kind and factors.is_enabled
order by factors.global_weight_ratio desc, factors.factor
"""

_ITEMS = """
select
    contributions.attribute_name, contributions.factor, names.name_en, names.name_zh,
    attributes.window_months, attributes.unit, contributions.value_state, contributions.value,
    contributions.category, contributions.bin_label, contributions.contribution_points,
    contributions.points_lost, bins.lower_bound, bins.upper_bound
from (
    from warehouse.intermediate.int_attribute_contributions where {score}
) as contributions
inner join warehouse.seeds.attributes as attributes using (attribute_name)
inner join warehouse.seeds.attribute_names as names using (attribute_name)
left join warehouse.intermediate.int_card_bins as bins
    on contributions.score_version = bins.score_version
    and contributions.attribute_name = bins.attribute_name
    and bins.value_state = 'observed'
    and contributions.value is not null
    and (bins.lower_bound is null or contributions.value >= bins.lower_bound)
    and (bins.upper_bound is null or contributions.value < bins.upper_bound)
order by abs(contributions.contribution_points) desc, contributions.attribute_name
"""

_STEPS = """
select base_points, cap_points, clipping_points, rounding_points
from warehouse.intermediate.int_score_steps where {score}
"""

# The end of the scale is no cap of anybody's.
_CAP = """
select profiles.score_cap
from (from warehouse.intermediate.int_subject_profiles where {score}) as profiles
inner join warehouse.seeds.scales as scales using (score_version)
where profiles.score_cap < scales.maximum_score
"""

# As mart `reasons` has them, for whichever version is asked for.
_REASONS = """
select
    losses.reason_code, sentences.sentence_en, sentences.sentence_zh, losses.detail_en,
    losses.detail_zh, losses.points_lost
from warehouse.intermediate.int_reason_losses as losses
inner join warehouse.seeds.reason_sentences as sentences using (reason_code)
where {score}
order by losses.is_of_cap desc, losses.points_lost desc, losses.reason_code
limit (select maximum_reasons from warehouse.seeds.scales where score_version = $version)
"""

_IMPROVEMENTS = """
select attribute_name, sentence_en, sentence_zh, gain_points, improved_score
from warehouse.intermediate.int_improvements
where {score}
order by gain_points desc, attribute_name
"""

_STATES = """
select attributes.factor, states.value_state, count(*) as attributes
from warehouse.intermediate.int_attribute_values as states
inner join warehouse.seeds.attributes as attributes using (attribute_name)
inner join warehouse.seeds.attribute_weights as weights using (attribute_name)
where
    states.subject_id = $subject and states.as_of_date = $as_of
    and weights.score_version = $version
group by all
"""

_CONSENTS = """
select distinct attributes.domain
from warehouse.seeds.attributes as attributes
where
    attributes.subject_kind = $kind
    and attributes.domain not in (
        select domain from warehouse.intermediate.int_consent__in_force
        where subject_id = $subject and as_of_date = $as_of
    )
order by 1
"""

_FLOOR = """
select min(lower_bound) from warehouse.seeds.reliability
where score_version = $version and is_scoreable
"""


@dataclass(frozen=True)
class Factor:
    """A factor of the score.

    weight: share of the score in the subject's profile. evidence: r, 0 to 1; None without a
    profile. sub_score: s, standardised log-odds; None without evidence. points: what its
    attributes give. states: attributes of the card by what is known of them (only of who has no
    score).
    """

    name: str
    weight: Decimal
    evidence: Decimal | None
    sub_score: Decimal | None
    points: Decimal
    states: Mapping[str, int]


@dataclass(frozen=True)
class Item:
    """What an attribute gives: `points`, exact; `lost`, points below its best bin.

    value: as a person reads it. names and bins: by language, names with the months it looks back.
    """

    name: str
    factor: str
    names: Mapping[str, str]
    value: str
    bins: Mapping[str, str]
    points: Decimal
    lost: Decimal


@dataclass(frozen=True)
class Reason:
    """sentences and details by language; a detail says which value cost most of the points."""

    code: str
    sentences: Mapping[str, str]
    details: Mapping[str, str]
    lost: Decimal


@dataclass(frozen=True)
class Improvement:
    """What would help: the score were `improved_score` if that one attribute were better."""

    attribute_name: str
    sentences: Mapping[str, str]
    gain: int
    improved_score: int


@dataclass(frozen=True)
class Explanation:
    """All about one score.

    cap: the most that the reliability allows; None where it allows the whole scale. steps: by name
    of STEPS; empty without a score. items: attributes that give or cost points.
    neutral: how many have a say and give nothing. withheld: domains without consent, and floor the
    reliability that a score needs, of who has no score.
    """

    subject_id: str
    as_of: date
    version: str
    is_champion: bool
    is_official: bool
    kind: str
    profile: str | None
    profile_description: str | None
    bands: Mapping[str, str]
    score: int | None
    reliability: Decimal
    cap: int | None
    not_scoreable_reason: str | None
    factors: Sequence[Factor]
    steps: Mapping[str, Decimal]
    items: Sequence[Item]
    neutral: int
    reasons: Sequence[Reason]
    improvements: Sequence[Improvement]
    withheld: Sequence[str]
    floor: Decimal

    def total(self) -> Decimal:
        """The sum of everything listed."""
        return sum((item.points for item in self.items), sum(self.steps.values(), Decimal(0)))


@contextmanager
def _warehouse(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    if not home.database("warehouse").exists():
        raise SesameError(
            f"nothing to explain: {home.database('warehouse')} does not exist; make scores first: "
            "sesame run",
            exit_code=2,
        )
    with engine.connect(home, read=[*DOMAINS, "warehouse"]) as connection:
        try:
            yield connection
        except duckdb.CatalogException as error:
            missing = str(error).splitlines()[0]
            raise SesameError(
                f"the warehouse is empty, or was built by another release ({missing}): sesame build"
            ) from None


def explain(
    home: Home, subject: str, *, as_of: date | None = None, version: str | None = None
) -> Explanation:
    """Explain a subject's score: the champion's of the latest official date unless told otherwise.

    A subject that cannot be scored is explained too: with what is missing instead of points.
    Raises SesameError for a subject, date or version that there is no score of, naming those there
    are, and where the points do not add up to the score.
    """
    with _warehouse(home) as connection:
        return _explain(connection, subject, as_of, version)


def show_evidence(
    home: Home,
    subject: str,
    attribute: str,
    *,
    as_of: date | None = None,
    version: str | None = None,
) -> tuple[Evidence, Item | None]:
    """The raw rows behind an attribute of a score, and what it gives there; None for nothing.

    Raises SesameError as `explain` does, and for an attribute that the catalogue does not have.
    """
    with _warehouse(home) as connection:
        score = _choose(_scores(connection, subject), subject, as_of, version)
        # who has no score has no points, whatever the views make of the profile
        items = _items(connection, _key(subject, score)) if score["score"] is not None else []
        found = evidence(connection, attribute, subject, score["subject_kind"], score["as_of_date"])
    return found, next((item for item in items if item.name == attribute), None)


def _rows(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]
) -> list[dict[str, Any]]:
    score = "subject_id = $subject and as_of_date = $as_of and score_version = $version"
    result = connection.execute(sql.format(score=score), dict(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _scores(connection: duckdb.DuckDBPyConnection, subject: str) -> list[dict[str, Any]]:
    return _rows(connection, _SCORES, {"subject": subject})


def _choose(
    scores: list[dict[str, Any]], subject: str, as_of: date | None, version: str | None
) -> dict[str, Any]:
    """The one of a subject's scores that is asked for. Raises SesameError naming what there is."""
    if not scores:
        raise SesameError(
            f"no score of a subject {subject!r}: subjects are named by their subject_id, as in "
            "scores.current_scores",
            exit_code=2,
        )
    day = as_of or max(
        (row["as_of_date"] for row in scores if row["is_official"]),
        default=scores[0]["as_of_date"],
    )
    of_day = [row for row in scores if row["as_of_date"] == day]
    if not of_day:
        days = sorted({row["as_of_date"] for row in scores}, reverse=True)
        listed = ", ".join(map(str, days[:_SHOWN]))
        more = f" and {len(days) - _SHOWN} earlier" if len(days) > _SHOWN else ""
        raise SesameError(
            f"{subject} has no score as of {day}; it has as of: {listed}{more}. To score everyone "
            f"as of another day: sesame build --as-of {day}",
            exit_code=2,
        )
    for row in of_day:  # the champion's comes first
        if version in (None, row["score_version"]):
            return row
    versions = ", ".join(row["score_version"] for row in of_day)
    raise SesameError(
        f"no score of version {version!r} for {subject} as of {day}; there is: {versions}. Which "
        "versions are scored is decided in seeds/score_versions.csv",
        exit_code=2,
    )


def _key(subject: str, score: Mapping[str, Any]) -> dict[str, object]:
    return {
        "subject": subject,
        "as_of": score["as_of_date"],
        "version": score["score_version"],
    }


def _explain(
    connection: duckdb.DuckDBPyConnection, subject: str, as_of: date | None, version: str | None
) -> Explanation:
    score = _choose(_scores(connection, subject), subject, as_of, version)
    key = _key(subject, score)
    is_scored = score["score"] is not None
    items = _items(connection, key) if is_scored else []
    explanation = Explanation(
        subject_id=subject,
        as_of=score["as_of_date"],
        version=score["score_version"],
        is_champion=score["is_champion"],
        is_official=score["is_official"],
        kind=score["subject_kind"],
        profile=score["profile"],
        profile_description=score["profile_description"],
        bands=_languages(score, "band"),
        score=score["score"],
        reliability=score["reliability_ratio"],
        cap=next((row["score_cap"] for row in _rows(connection, _CAP, key)), None),
        not_scoreable_reason=score["not_scoreable_reason"],
        factors=_factors(
            connection,
            {**key, "kind": score["subject_kind"]},
            items,
            {} if is_scored else _states(connection, key),
        ),
        steps=_steps(connection, key),
        items=[item for item in items if item.points],
        neutral=sum(not item.points for item in items),
        reasons=[
            Reason(
                row["reason_code"],
                _languages(row, "sentence"),
                _languages(row, "detail"),
                row["points_lost"],
            )
            for row in (_rows(connection, _REASONS, key) if is_scored else [])
        ],
        improvements=[
            Improvement(
                row["attribute_name"],
                _languages(row, "sentence"),
                row["gain_points"],
                row["improved_score"],
            )
            for row in (_rows(connection, _IMPROVEMENTS, key) if is_scored else [])
        ],
        withheld=() if is_scored else _withheld(connection, key, score["subject_kind"]),
        floor=_rows(connection, _FLOOR, {"version": key["version"]})[0]["min(lower_bound)"],
    )
    if is_scored and explanation.total() != explanation.score:
        raise SesameError(
            f"the points of {subject} as of {explanation.as_of} under {explanation.version} add up "
            f"to {explanation.total()}, and not to the score: build again: sesame build"
        )
    return explanation


def _languages(row: Mapping[str, Any], column: str) -> dict[str, str]:
    return {language: row[f"{column}_{language}"] or "" for language in ("en", "zh")}


def _items(connection: duckdb.DuckDBPyConnection, key: Mapping[str, object]) -> list[Item]:
    return [
        Item(
            name=row["attribute_name"],
            factor=row["factor"],
            names={
                language: name
                + (_MONTHS[language].format(row["window_months"]) if row["window_months"] else "")
                for language, name in _languages(row, "name").items()
            },
            value=row["category"] or _value(row["value"], row["unit"]),
            bins={language: _bin(row, language) for language in _MONTHS},
            points=row["contribution_points"],
            lost=row["points_lost"],
        )
        for row in _rows(connection, _ITEMS, key)
    ]


def _value(value: Decimal | None, unit: str) -> str:
    """With its unit, as macro value_text does it; a dash for what is missing."""
    if value is None:
        return "–"
    digits = Decimal("0.01") if unit in _SIGNS else Decimal("0.001")
    return _exact(_scaled(value, unit).quantize(digits, ROUND_HALF_UP)) + _SIGNS.get(unit, "")


def _bin(row: Mapping[str, Any], language: str) -> str:
    """The card's label where it says the same; shares as percent; in Chinese by its edges."""
    words = _BINS[language]
    if row["value_state"] == "missing":
        return words["missing"]
    low, high = row["lower_bound"], row["upper_bound"]
    if (low, high) == (None, None) or (language == "en" and row["unit"] != "ratio"):
        return str(row["bin_label"])
    sign = "%" if row["unit"] == "ratio" else ""
    edges = [
        "" if edge is None else _exact(_scaled(edge, row["unit"])) + sign for edge in (low, high)
    ]
    kind = "under" if low is None else "over" if high is None else "between"
    return words[kind].format(*edges)


def _scaled(value: Decimal, unit: str) -> Decimal:
    return value * 100 if unit == "ratio" else value


def _exact(value: Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _factors(
    connection: duckdb.DuckDBPyConnection,
    asked: Mapping[str, object],
    items: Sequence[Item],
    states: Mapping[str, Mapping[str, int]],
) -> list[Factor]:
    return [
        Factor(
            name=row["factor"],
            weight=row["weight_ratio"] or Decimal(0),
            evidence=row["evidence_ratio"],
            sub_score=row["sub_score"],
            points=sum((item.points for item in items if item.factor == row["factor"]), Decimal(0)),
            states=states.get(row["factor"], {}),
        )
        for row in _rows(connection, _FACTORS, asked)
    ]


def _states(
    connection: duckdb.DuckDBPyConnection, key: Mapping[str, object]
) -> dict[str, dict[str, int]]:
    """By factor, how many attributes of the card are known, missing, absent or withheld."""
    states: dict[str, dict[str, int]] = {}
    for row in _rows(connection, _STATES, key):
        states.setdefault(row["factor"], {})[row["value_state"]] = row["attributes"]
    return states


def _steps(connection: duckdb.DuckDBPyConnection, key: Mapping[str, object]) -> dict[str, Decimal]:
    rows = _rows(connection, _STEPS, key)
    return dict(zip(STEPS, rows[0].values(), strict=True)) if rows else {}


def _withheld(
    connection: duckdb.DuckDBPyConnection, key: Mapping[str, object], kind: str
) -> list[str]:
    asked = {"subject": key["subject"], "as_of": key["as_of"], "kind": kind}
    return [row["domain"] for row in _rows(connection, _CONSENTS, asked)]
