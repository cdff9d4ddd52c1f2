"""The monitoring marts as one page: reports/monitoring.html, self-contained, for a person to read.

Counts and rates only. Of a group with fewer members than `fewest_shown_count` (seed
monitoring_rules) nothing is shown, not even how many there are.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import duckdb
from scipy.stats import beta

from sesame import engine
from sesame.errors import SesameError
from sesame.home import Home
from sesame.svg import COLOURS, Chart, percent

PAGE = "monitoring.html"

_FEW = "few"  # what stands in place of a figure about too few
_NONE = "–"
_POINTS_OF_A_CURVE = 40
_ATTRIBUTES_SHOWN = 15
_GREY = "#8a8a8a"
_LIGHTS = {
    "stable": "good",
    "watch": "watch",
    "alarm": "alarm",
    "too few": "mute",
    "covered": "good",
    "outside": "watch",
}

Row = dict[str, Any]

_CSS = """
:root{--ink:#1d2733;--soft:#5b6875;--rule:#dfe4ea;--back:#f5f7f9}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}
h1{margin:0;font-size:27px}h2{margin:0 0 6px;font-size:19px}h3{margin:22px 0 4px;font-size:15px}
p{margin:4px 0 12px;max-width:80ch}p.note,.lead{color:var(--soft)}p.note{font-size:13.5px}
section{background:#fff;border:1px solid var(--rule);border-radius:8px;padding:20px 24px;
margin-top:18px}
nav a{color:#0072b2;text-decoration:none;margin-right:14px;font-size:14px;white-space:nowrap}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;
margin-top:16px}
.tile{background:#fff;border:1px solid var(--rule);border-left:5px solid var(--rule);
border-radius:8px;padding:10px 14px}
.tile b{display:block;font-size:22px}.tile span{color:var(--soft);font-size:13px}
.tile.good{border-left-color:#009e73}.tile.watch{border-left-color:#e69f00}
.tile.alarm{border-left-color:#d55e00}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{padding:5px 10px 5px 0;text-align:right;border-bottom:1px solid var(--rule);
white-space:nowrap}
th{color:var(--soft);font-weight:600;vertical-align:bottom;white-space:normal}
th.text,td.text{text-align:left}tr:last-child td{border-bottom:0}
.light{display:inline-block;border-radius:9px;padding:0 9px;font-size:12.5px;font-weight:600}
.light.good{background:#dff3ec;color:#00614a}.light.watch{background:#fdf0d5;color:#7a5200}
.light.alarm{background:#fbe3d6;color:#963f00}.light.mute{background:#eceff2;color:#5b6875}
figure{margin:8px 0 14px}svg{display:block;width:100%;max-width:760px;height:auto}
svg text{font-size:11.5px;fill:#5b6875}svg text.axis{fill:#1d2733}
svg .grid{stroke:#e8ecf0;stroke-width:1}svg .frame{stroke:#8a94a0;fill:none}
figcaption{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--soft)}
figcaption i{display:inline-block;width:22px;vertical-align:middle;margin-right:6px}
@media print{section{break-inside:avoid}}
"""


@dataclass(frozen=True)
class MonitorReport:
    """path: the page. versions: of the scorecard, champion first. definitions: of default."""

    path: Path
    versions: tuple[str, ...]
    definitions: tuple[str, ...]


@dataclass(frozen=True)
class _Data:
    """What the page is made of, read at once; each field is a mart's rows in a fixed order."""

    as_of: date | None
    champion: str | None
    versions: list[str]
    rules: Row
    performance: list[Row]
    calibration: list[Row]
    curve: list[Row]
    distribution: list[Row]
    histogram: list[Row]
    stability: list[Row]
    drift: list[Row]
    cut_offs: list[Row]
    swaps: list[Row]
    expected: list[Row]
    impact: list[Row]
    groups: list[Row]

    scales: dict[str, Row]

    def definitions(self) -> list[str]:
        return sorted({str(row["definition"]) for row in self.performance})

    def few(self, count: int) -> bool:
        """Whether so many are too few for anything to be shown of them."""
        return count < int(self.rules["fewest_shown_count"])


def monitor(home: Home) -> MonitorReport:
    """Write the page from the marts as they are built, audited or not.

    Raises SesameError where there are no monitoring marts.
    """
    if not home.database("warehouse").exists():
        raise SesameError(
            f"nothing to monitor: {home.database('warehouse')} does not exist; land and build "
            "first: sesame run"
        )
    try:
        with engine.connect(home, read=["warehouse"]) as connection:
            data = _read(connection)
    except duckdb.CatalogException:
        raise SesameError(
            f"nothing to monitor: {home.database('warehouse')} has no monitoring marts, or older "
            "ones; build them: sesame build"
        ) from None
    text = _page(data)
    path = home.reports / PAGE
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as page:
        page.write(text)
    draft.replace(path)
    return MonitorReport(path, tuple(data.versions), tuple(data.definitions()))


def exact_interval(count: int, total: int, confidence: float) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share: count of total, 0 <= count <= total, total > 0."""
    tail = (1 - confidence) / 2
    lower = 0.0 if count == 0 else float(beta.ppf(tail, count, total - count + 1))
    upper = 1.0 if count == total else float(beta.ppf(1 - tail, count + 1, total - count))
    return lower, upper


# --- reading ------------------------------------------------------------------------------------


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _read(connection: duckdb.DuckDBPyConnection) -> _Data:
    def rows(sql: str) -> list[Row]:
        return _rows(connection, sql)

    def table(name: str, where: str = "true") -> list[Row]:
        return rows(f"select * from warehouse.{name} where {where} order by all")

    versions = rows(
        "select score_version, is_champion from warehouse.intermediate.int_score_versions "
        "order by is_champion desc, score_version"
    )
    champions = [row["score_version"] for row in versions if row["is_champion"]]
    rules = table("seeds.monitoring_rules")[0] | table("seeds.confidence_levels")[0]
    return _Data(
        as_of=rows(
            "select max(as_of_date) as as_of from warehouse.scores.scores where is_official"
        )[0]["as_of"],
        champion=champions[0] if champions else None,
        versions=[row["score_version"] for row in versions],
        rules=rules,
        performance=table("monitoring.score_performance"),
        calibration=rows(
            "select * from warehouse.monitoring.score_calibration "
            "order by definition, score_version, lower_bound"
        ),
        curve=table("validation.outcome_counts", "segment_type = 'all'"),
        distribution=table("monitoring.score_distribution"),
        histogram=table("validation.stability_bins", "item = 'score'"),
        stability=rows(
            "select * from warehouse.monitoring.score_stability "
            "order by score_version, population, item, period_date"
        ),
        drift=table("monitoring.factor_drift"),
        cut_offs=table("monitoring.cut_off_rates"),
        swaps=table("monitoring.swap_sets"),
        expected=table("monitoring.expected_performance"),
        impact=table("validation.adverse_impact"),
        groups=table("validation.group_performance"),
        scales={row["score_version"]: row for row in table("seeds.scales")},
    )


# --- the page -----------------------------------------------------------------------------------


def _page(data: _Data) -> str:
    sections = (
        ("performance", "Performance", _performance),
        ("calibration", "Calibration", _calibration),
        ("distribution", "Score distribution, caps and clips", _distribution),
        ("stability", "Stability", _stability),
        ("cut-offs", "Cut-offs", _cut_offs),
        ("swap-set", "Champion and challengers", _swap_sets),
        ("expected", "Before labels mature", _expected),
        ("fairness", "Fairness", _fairness),
    )
    links = "".join(f'<a href="#{name}">{escape(title)}</a>' for name, title, _ in sections)
    body = "".join(
        f'<section id="{name}"><h2>{escape(title)}</h2>{make(data)}</section>'
        for name, title, make in sections
    )
    challengers = [version for version in data.versions if version != data.champion]
    who = f"Champion {data.champion or _NONE}; " + (
        f"challengers {', '.join(challengers)}" if challengers else "no challenger"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Sesame: monitoring</title><style>{_CSS}</style></head><body><main>"
        "<h1>How the score is doing</h1>"
        f'<p class="lead">Scores as of {data.as_of or "no date: there is no data yet"}. '
        f"{escape(who)}. Intervals are of {percent(float(data.rules['confidence_ratio']))}. Of "
        f"groups with fewer than {data.rules['fewest_shown_count']} members nothing is shown.</p>"
        f"<nav>{links}</nav>{_tiles(data)}{body}</main></body></html>\n"
    )


def _table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1, empty: str
) -> str:
    """A table; the first `texts` columns are text. Cells are HTML already."""
    lines = list(rows)
    if not lines:
        return f'<p class="note">{escape(empty)}</p>'

    def cells(kind: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{kind}{' class=text' if number < texts else ''}>{cell}</{kind}>"
            for number, cell in enumerate(row)
        )

    head = cells("th", [escape(title) for title in header])
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in lines)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div>"
    )


def _number(value: Any, digits: int = 3) -> str:
    return _NONE if value is None else f"{float(value):.{digits}f}"


def _share(value: Any) -> str:
    return _NONE if value is None else percent(float(value))


def _interval(row: Mapping[str, Any], name: str, lower: str, upper: str, digits: int = 3) -> str:
    if row[name] is None:
        return _NONE
    text = _number(row[name], digits)
    if row[lower] is None:
        return text
    return f"{text} ({_number(row[lower], digits)} … {_number(row[upper], digits)})"


def _light(text: str) -> str:
    return f'<span class="light {_LIGHTS[text]}">{escape(text)}</span>'


def _of_champion(data: _Data, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["score_version"] == data.champion]


def _tiles(data: _Data) -> str:
    tiles: list[tuple[str, str, str]] = []
    enough = int(data.rules["enough_default_count"])
    for row in _of_champion(data, data.performance):
        if row["segment_type"] != "all" or data.few(row["scored_count"]):
            continue
        about = f"{row['default_count']:,} defaults of {row['scored_count']:,}"
        if row["auc_ratio"] is not None:
            tiles.append(("", _number(row["auc_ratio"]), f"AUC, {about}"))
        if row["calibration_slope"] is not None and row["default_count"] >= enough:
            lower, upper = row["calibration_slope_lower"], row["calibration_slope_upper"]
            light = "good" if lower <= 1 <= upper else "watch"
            tiles.append((light, _number(row["calibration_slope"], 2), "calibration slope"))
    first = min(
        (row["period_date"] for row in data.stability if row["population"] == "official"),
        default=None,
    )
    official = [
        row
        for row in _of_champion(data, data.stability)
        # the first date is its own reference
        if row["population"] == "official" and row["period_date"] == data.as_of != first
    ]
    for row in official:
        if row["item"] == "score":
            tiles.append((_LIGHTS[row["light"]], _number(row["stability_index"]), "score PSI"))
    moved = [row for row in official if row["item"] != "score" and row["light"] == "alarm"]
    if official:
        tiles.append(("alarm" if moved else "good", str(len(moved)), "attributes in alarm"))
    rows = [row for row in _of_champion(data, data.distribution) if row["is_official"]]
    if scored := sum(row["scoreable_count"] for row in rows):
        for name, title in (("capped_count", "held down by the cap"), ("clipped_count", "clipped")):
            tiles.append(("", percent(sum(row[name] for row in rows) / scored), title))
    return (
        '<div class="tiles">'
        + "".join(
            f'<div class="tile {light}"><b>{value}</b><span>{escape(title)}</span></div>'
            for light, value, title in tiles
        )
        + "</div>"
    )


# --- sections -----------------------------------------------------------------------------------


def _performance(data: _Data) -> str:
    if not data.performance:
        return '<p class="note">No outcome is known yet.</p>'
    parts = [
        "<p>How well the published score ranks outcomes. An outcome is immature while it may still "
        "become a default within its definition's window, and censored while its facility runs and "
        "the whole course counts; until then it counts as none.</p>"
    ]
    for definition in data.definitions():
        rows = [row for row in data.performance if row["definition"] == definition]
        parts.append(f"<h3>{escape(definition)}</h3>")
        parts.append(_performance_table(data, rows))
        shown = [
            row
            for row in _of_champion(data, rows)
            if row["auc_lower_ratio"] is not None and not data.few(row["scored_count"])
        ]
        if shown:
            parts.append(_forest(shown))
    return "".join(parts)


def _performance_table(data: _Data, rows: Iterable[Row]) -> str:
    def cells(row: Row) -> list[str]:
        name = row["segment_type"] if row["segment_type"] == "all" else row["segment"]
        start = [
            escape(row["score_version"]),
            escape("" if row["segment_type"] == "all" else row["segment_type"].replace("_", " ")),
            escape(name),
        ]
        if data.few(row["scored_count"]):
            return [*start, _FEW, *[""] * 8]
        return [
            *start,
            f"{row['scored_count']:,}",
            f"{row['default_count']:,}",
            f"{row['censored_count']:,}",
            f"{row['immature_count']:,}",
            _interval(row, "auc_ratio", "auc_lower_ratio", "auc_upper_ratio"),
            _number(row["gini_ratio"]),
            _number(row["ks_ratio"]),
            _number(row["brier_score"], 4),
            _interval(
                row,
                "calibration_slope",
                "calibration_slope_lower",
                "calibration_slope_upper",
                2,
            ),
        ]

    return _table(
        (
            "version",
            "segment",
            "",
            "scored",
            "defaults",
            "censored",
            "immature",
            "AUC",
            "Gini",
            "KS",
            "Brier",
            "calibration slope",
        ),
        map(cells, rows),
        texts=3,
        empty="No outcome is known yet.",
    )


def _forest(rows: Sequence[Row]) -> str:
    """AUC and its interval per segment, one below the other."""
    low = min(0.5, *(float(row["auc_lower_ratio"]) for row in rows), 0.5)
    chart = Chart(
        (low, 1.0),
        (-0.5, len(rows) - 0.5),
        x_title="AUC of the champion, by segment",
        y_title="",
        height=64 + 22 * len(rows),
        left=170,
    )
    chart.line([(0.5, -0.5), (0.5, len(rows) - 0.5)], _GREY, dashed=True)
    names = []
    for place, row in enumerate(reversed(rows)):
        chart.point(
            float(row["auc_ratio"]),
            place,
            COLOURS[0],
            x_interval=(float(row["auc_lower_ratio"]), float(row["auc_upper_ratio"])),
        )
        names.append((float(place), str(row["segment"])))
    return chart.render(y_ticks=names)


def _calibration(data: _Data) -> str:
    if not data.calibration:
        return '<p class="note">No outcome is known yet.</p>'
    parts = [
        "<p>Defaults that happened beside those that the scores' own odds promised. The interval "
        "is the exact one of Clopper and Pearson. A slope of one and an intercept of zero mean "
        "that the odds are true; a smaller slope, that the score exaggerates differences.</p>"
    ]
    confidence = float(data.rules["confidence_ratio"])
    for definition in data.definitions():
        bands = [
            row
            | dict(
                zip(
                    ("lower", "upper"),
                    exact_interval(row["default_count"], row["outcome_count"], confidence),
                    strict=True,
                )
            )
            for row in data.calibration
            if row["definition"] == definition and not data.few(row["outcome_count"])
        ]
        parts.append(f"<h3>{escape(definition)}</h3>")
        if champion := _of_champion(data, bands):
            parts.append(_calibration_chart(champion))
        parts.append(
            _table(
                (
                    "version",
                    "band",
                    "outcomes",
                    "censored",
                    "immature",
                    "promised",
                    "happened",
                    "promised rate",
                    "rate",
                    "exact interval",
                    "",
                ),
                (
                    [
                        escape(row["score_version"]),
                        escape(row["band"]),
                        f"{row['outcome_count']:,}",
                        f"{row['censored_count']:,}",
                        f"{row['immature_count']:,}",
                        _number(row["expected_default_count"], 1),
                        f"{row['default_count']:,}",
                        _share(row["expected_default_ratio"]),
                        _share(row["default_ratio"]),
                        f"{percent(row['lower'])} to {percent(row['upper'])}",
                        _light(
                            "covered"
                            if row["lower"] <= float(row["expected_default_ratio"]) <= row["upper"]
                            else "outside"
                        ),
                    ]
                    for row in bands
                ),
                texts=2,
                empty="No band has enough outcomes to be shown.",
            )
        )
    overall = [
        row
        for row in data.performance
        if row["segment_type"] == "all" and not data.few(row["scored_count"])
    ]
    parts.append("<h3>Slope and intercept</h3>")
    parts.append(
        _table(
            ("definition", "version", "slope", "intercept", "promised rate", "rate"),
            (
                [
                    escape(row["definition"]),
                    escape(row["score_version"]),
                    _interval(
                        row,
                        "calibration_slope",
                        "calibration_slope_lower",
                        "calibration_slope_upper",
                    ),
                    _interval(
                        row,
                        "calibration_intercept",
                        "calibration_intercept_lower",
                        "calibration_intercept_upper",
                    ),
                    _share(row["expected_default_ratio"]),
                    _share(row["default_ratio"]),
                ]
                for row in overall
            ),
            texts=2,
            empty="No outcome is known yet.",
        )
    )
    return "".join(parts)


def _calibration_chart(bands: Sequence[Row]) -> str:
    promised = [float(row["expected_default_ratio"]) for row in bands]
    most = max(*promised, *(row["upper"] for row in bands), 0.01)
    chart = Chart(
        (0, max(promised) * 1.1),
        (0, most * 1.05),
        x_title="default rate promised by the score, by band",
        y_title="default rate that happened",
    )
    end = min(max(promised) * 1.1, most * 1.05)
    chart.line([(0, 0), (end, end)], _GREY, label="as promised", dashed=True)
    for row in bands:
        chart.point(
            float(row["expected_default_ratio"]),
            float(row["default_ratio"]),
            COLOURS[0],
            y_interval=(row["lower"], row["upper"]),
            title=f"band {row['band']}: {row['default_count']} of {row['outcome_count']}",
        )
    chart.name("champion's bands, exact interval", COLOURS[0])
    return chart.render(x_format=percent, y_format=percent)


def _distribution(data: _Data) -> str:
    parts = [
        "<p>The latest official scores of the champion beside their reference. The cap on thin "
        "files is the one override of policy; clipping brings a score within the scale.</p>"
    ]
    bins = [
        row
        for row in _of_champion(data, data.histogram)
        if row["population"] == "official" and row["period_date"] == data.as_of
    ]
    if bins:
        parts.append(_histogram(data, bins))
    parts.append(
        _table(
            (
                "version",
                "kind",
                "profile",
                "date",
                "subjects",
                "scored",
                "capped",
                "clipped",
                "mean",
            ),
            (
                [
                    escape(row["score_version"]),
                    escape(row["subject_kind"]),
                    escape(row["profile"]),
                    "official" if row["is_official"] else "application",
                    *(
                        [_FEW, *[""] * 4]
                        if data.few(row["scoreable_count"])
                        else [
                            f"{row['row_count']:,}",
                            f"{row['scoreable_count']:,}",
                            _share(row["capped_ratio"]),
                            _share(row["clipped_ratio"]),
                            _number(row["mean_score"], 0),
                        ]
                    ),
                ]
                for row in data.distribution
            ),
            texts=4,
            empty="Nobody has been scored yet.",
        )
    )
    return "".join(parts)


def _histogram(data: _Data, bins: Sequence[Row]) -> str:
    now = sum(row["subject_count"] for row in bins)
    reference = sum(row["reference_count"] for row in bins)
    steps = {int(row["bin_label"]): row for row in bins if row["bin_label"] != "no score"}
    if not steps or not reference:
        return ""
    shares = [
        count / total
        for row in steps.values()
        for count, total in ((row["subject_count"], now), (row["reference_count"], reference))
    ]
    scale = data.scales[str(bins[0]["score_version"])]
    lowest, width = float(scale["minimum_score"]), float(scale["step_points"])

    def start(step: int) -> float:
        return lowest + width * step

    chart = Chart(
        (start(min(steps)), start(max(steps) + 1)),
        (0, max(shares) * 1.05),
        x_title=f"score, in steps that multiply the odds by {float(scale['step_odds']):g}",
        y_title="share of subjects",
    )
    outline: list[tuple[float, float]] = []
    for step, row in sorted(steps.items()):
        if not data.few(row["subject_count"]):
            share = row["subject_count"] / now
            chart.bar(start(step), start(step + 1), share, COLOURS[0], title=percent(share))
        height = 0 if data.few(row["reference_count"]) else row["reference_count"] / reference
        outline += [(start(step), height), (start(step + 1), height)]
    chart.name("latest official date", COLOURS[0])
    chart.line(outline, COLOURS[1], label="reference")
    return chart.render(y_format=percent)


def _stability(data: _Data) -> str:
    rules = data.rules
    parts = [
        "<p>How far the score (PSI) and each attribute of the card (CSI) have moved from their "
        f"reference. From {_number(rules['psi_watch_ratio'], 2)} a shift is to be watched, from "
        f"{_number(rules['psi_alarm_ratio'], 2)} it is an alarm; an index is about as large as "
        "the column by chance even where nothing has moved, and below "
        f"{rules['enough_count']} subjects gets no light. Official dates are compared with the "
        "first of them (where there is only one, with itself), applications with the development "
        "sample or their first "
        f"{rules['reference_months']} months.</p>"
    ]
    champion = _of_champion(data, data.stability)
    for population in ("official", "applications"):
        scores = [
            row
            for row in champion
            if row["population"] == population
            and row["item"] == "score"
            and not data.few(row["subject_count"])
        ]
        if len(scores) > 1:
            parts.append(f"<h3>Score, {population}</h3>{_stability_chart(data, scores)}")
    rows = [
        row
        for row in data.stability
        if row["item"] == "score" and not data.few(row["subject_count"])
    ]
    parts.append("<h3>Score, latest period of each version and population</h3>")
    parts.append(_stability_table(_latest(rows), "version"))
    latest = [
        row
        for row in _latest([row for row in champion if row["item"] != "score"])
        if not data.few(row["subject_count"])
    ]
    latest.sort(key=lambda row: (-row["stability_index"], row["item"]))
    if latest:
        parts.append(
            f"<h3>Attributes of the champion, latest periods: the {_ATTRIBUTES_SHOWN} that moved "
            f"most of {len(latest)}</h3>"
        )
        parts.append(_stability_table(latest[:_ATTRIBUTES_SHOWN], "attribute"))
    drift = [row for row in _latest(data.drift) if not data.few(row["subject_count"])]
    parts.append("<h3>Mean weights of the factors, latest periods</h3>")
    parts.append(
        _table(
            (
                "version",
                "population",
                "factor",
                "subjects",
                "weight",
                "reference",
                "evidence",
                "reference",
            ),
            (
                [
                    escape(row["score_version"]),
                    row["population"],
                    escape(row["factor"].replace("_", " ")),
                    f"{row['subject_count']:,}",
                    _number(row["mean_weight_ratio"]),
                    _number(row["reference_weight_ratio"]),
                    _number(row["mean_evidence_ratio"]),
                    _number(row["reference_evidence_ratio"]),
                ]
                for row in drift
            ),
            texts=3,
            empty="Nobody has been scored yet.",
        )
    )
    return "".join(parts)


def _latest(rows: Iterable[Row]) -> list[Row]:
    """Of every version, population and item or factor the last period."""
    latest: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = (row["score_version"], row["population"], row.get("item") or row.get("factor"))
        if key not in latest or row["period_date"] > latest[key]["period_date"]:
            latest[key] = row
    return list(latest.values())


def _stability_table(rows: Iterable[Row], first: str) -> str:
    return _table(
        (first, "population", "period", "", "subjects", "reference", "index", "by chance"),
        (
            [
                escape(row["score_version"] if first == "version" else row["item"]),
                row["population"],
                str(row["period_date"]),
                _light(row["light"]),
                f"{row['subject_count']:,}",
                f"{row['reference_count']:,}",
                _number(row["stability_index"]),
                _number(row["chance_index"]),
            ]
            for row in rows
        ),
        texts=4,
        empty="Nobody has been scored yet.",
    )


def _stability_chart(data: _Data, rows: Sequence[Row]) -> str:
    alarm, watch = float(data.rules["psi_alarm_ratio"]), float(data.rules["psi_watch_ratio"])
    index = [float(row["stability_index"]) for row in rows]
    chart = Chart(
        (0, len(rows) - 1),
        (0, max(*index, alarm) * 1.1),
        x_title="period",
        y_title="stability index",
        height=240,
    )
    for limit, colour, label in ((alarm, COLOURS[1], "alarm"), (watch, COLOURS[4], "watch")):
        chart.line([(0, limit), (len(rows) - 1, limit)], colour, label=label, dashed=True)
    chance = [float(row["chance_index"]) for row in rows]
    chart.line(list(enumerate(chance)), _GREY, label="about that much is chance", dashed=True)
    chart.line(list(enumerate(index)), COLOURS[0], label="champion")
    every = max(1, -(-len(rows) // 8))
    return chart.render(
        x_ticks=[
            (float(place), f"{rows[place]['period_date']:%Y-%m}")
            for place in range(0, len(rows), every)
        ]
    )


def _cut_offs(data: _Data) -> str:
    if not data.cut_offs:
        return '<p class="note">No outcome is known yet.</p>'
    parts = [
        "<p>What each cut-off would approve. Outcomes are known of those who were granted "
        "credit, so that rates among the refused say less than they seem to. No score is a "
        "refusal.</p>"
    ]
    for definition in data.definitions():
        parts.append(f"<h3>{escape(definition)}</h3>")
        parts.append(_curve(data, definition))
        parts.append(
            _table(
                (
                    "version",
                    "cut-off",
                    "outcomes",
                    "approved",
                    "approval rate",
                    "defaults among approved",
                    "of defaults refused",
                    "of others refused",
                    "approval rate, everyone",
                ),
                (
                    [
                        escape(row["score_version"]),
                        str(row["cut_off"]),
                        f"{row['outcome_count']:,}",
                        *(
                            [_FEW, *[""] * 5]
                            if data.few(row["approved_count"])
                            else [
                                f"{row['approved_count']:,}",
                                _share(row["approval_ratio"]),
                                _share(row["approved_default_ratio"]),
                                _share(row["refused_default_ratio"]),
                                _share(row["refused_good_ratio"]),
                                _share(row["official_approval_ratio"]),
                            ]
                        ),
                    ]
                    for row in data.cut_offs
                    if row["definition"] == definition and not data.few(row["outcome_count"])
                ),
                empty="Too few outcomes to show.",
            )
        )
    return "".join(parts)


def _curve(data: _Data, definition: str) -> str:
    """Default rate among the approved against the approval rate, as the cut-off falls."""
    lines = []
    for version in data.versions:
        counts = [
            row
            for row in data.curve
            if row["definition"] == definition and row["score_version"] == version
        ]
        total = sum(row["outcome_count"] for row in counts)
        scored = [row for row in counts if row["score"] is not None]
        scored.sort(key=lambda row: -row["score"])
        # A point for no fewer people than are shown elsewhere, or the curve would list scores.
        least = max(int(data.rules["fewest_shown_count"]), total // _POINTS_OF_A_CURVE)
        points, approved, defaults, since = [], 0, 0, 0
        for row in scored:
            approved += row["outcome_count"]
            defaults += row["default_count"]
            since += row["outcome_count"]
            if since >= least:
                points.append((approved / total, defaults / approved))
                since = 0
        if len(points) > 1:
            lines.append((version, points))
    if not lines:
        return ""
    highest = max(rate for _, points in lines for _, rate in points)
    chart = Chart(
        (0, 1),
        (0, highest * 1.1 or 1),
        x_title="share of outcomes approved",
        y_title="defaults among the approved",
    )
    for number, (version, points) in enumerate(lines):
        chart.line(points, COLOURS[number % len(COLOURS)], label=version)
    return chart.render(x_format=percent, y_format=percent)


def _swap_sets(data: _Data) -> str:
    if not data.swaps:
        return '<p class="note">One version is in service: nobody to swap with.</p>'
    quadrants: dict[tuple[str, str, int], dict[tuple[bool, bool], Row]] = {}
    for row in data.swaps:
        key = (row["challenger_version"], row["sample_name"], row["cut_off"])
        decided = (row["is_approved_by_champion"], row["is_approved_by_challenger"])
        quadrants.setdefault(key, {})[decided] = row

    def cell(row: Row | None) -> str:
        if row is None:
            return "0"
        if data.few(row["subject_count"]):
            return _FEW
        rate = "" if row["default_ratio"] is None else f" ({_share(row['default_ratio'])})"
        return f"{row['subject_count']:,}{rate}"

    return (
        "<p>Who would be decided otherwise if the challenger replaced the champion; in brackets "
        "the share of defaults.</p>"
    ) + _table(
        (
            "challenger",
            "sample",
            "cut-off",
            "approved by both",
            "swapped out",
            "swapped in",
            "refused by both",
        ),
        (
            [
                escape(challenger),
                escape(sample),
                str(cut_off),
                cell(cells.get((True, True))),
                cell(cells.get((True, False))),
                cell(cells.get((False, True))),
                cell(cells.get((False, False))),
            ]
            for (challenger, sample, cut_off), cells in sorted(quadrants.items())
        ),
        texts=2,
        empty="",
    )


def _expected(data: _Data) -> str:
    rows = [
        row
        for row in data.expected
        if row["segment_type"] in ("all", "period") and not data.few(row["scored_count"])
    ]
    return (
        "<p>What the scores promise by their own odds, before any label is known; where outcomes "
        "are, what came of it. It is only as good as the calibration above.</p>"
    ) + _table(
        ("version", "sample", "period", "scores", "promised rate", "rate", "promised AUC", "AUC"),
        (
            [
                escape(row["score_version"]),
                escape(row["sample_name"]),
                escape(row["segment"]),
                f"{row['scored_count']:,}",
                _share(row["expected_default_ratio"]),
                _share(row["default_ratio"]),
                _number(row["expected_auc_ratio"]),
                _number(row["auc_ratio"]),
            ]
            for row in rows
        ),
        texts=3,
        empty="Nobody has been scored yet.",
    )


def _fairness(data: _Data) -> str:
    def members(row: Row) -> str:
        flag = ' <span class="light mute">small</span>' if row["is_small_group"] else ""
        return escape(str(row["group_name"])) + flag

    impact = _of_champion(data, data.impact)
    cut_offs = sorted({row["cut_off"] for row in impact})
    groups: dict[tuple[str, str, str], dict[int, Row]] = {}
    for row in impact:
        key = (row["population"], row["characteristic"], row["group_name"])
        groups.setdefault(key, {})[row["cut_off"]] = row
    lines = []
    for (population, characteristic, _), cells in sorted(groups.items()):
        first = next(iter(cells.values()))
        start = [population, characteristic.replace("_", " "), members(first)]
        if data.few(first["subject_count"]):
            lines.append([*start, _FEW, *[""] * len(cut_offs)])
            continue
        ratios = [
            "reference" if first["is_reference"] else _number(cells[cut_off]["impact_ratio"], 2)
            for cut_off in cut_offs
        ]
        lines.append([*start, f"{first['subject_count']:,}", *ratios])
    return (
        "<p>Gender and age enter no score; they are read for this page alone. The adverse-impact "
        "ratio is a group's approval rate over that of the reference group; below 0.80 look "
        "closer. Whoever states no gender, or no birth date, is in no group.</p>"
        "<h3>Adverse-impact ratio of the champion, by cut-off</h3>"
        + _table(
            ("population", "", "group", "members", *map(str, cut_offs)),
            lines,
            texts=3,
            empty="Nobody's gender or age is known.",
        )
        + "<h3>Ranking and calibration of the champion, by group</h3>"
        + _table(
            (
                "definition",
                "",
                "group",
                "scored",
                "defaults",
                "AUC",
                "calibration slope",
                "promised rate",
                "rate",
            ),
            (
                [
                    escape(row["definition"]),
                    row["segment_type"].replace("_", " "),
                    members(row | {"group_name": row["segment"]}),
                    *(
                        [_FEW, *[""] * 5]
                        if data.few(row["scored_count"])
                        else [
                            f"{row['scored_count']:,}",
                            f"{row['default_count']:,}",
                            _interval(row, "auc_ratio", "auc_lower_ratio", "auc_upper_ratio"),
                            _interval(
                                row,
                                "calibration_slope",
                                "calibration_slope_lower",
                                "calibration_slope_upper",
                                2,
                            ),
                            _share(row["expected_default_ratio"]),
                            _share(row["default_ratio"]),
                        ]
                    ),
                ]
                for row in _of_champion(data, data.groups)
            ),
            texts=3,
            empty="No outcome of anybody whose gender or age is known.",
        )
    )
