"""What the page of how the score is doing is made of: its frame, tiles, tables and styles.

The sections and their charts stand in monitor_sections and monitor_charts, which use what is here;
the frame is handed the sections.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from sesame.svg import percent

FEW = "few"  # what stands in place of a figure about too few

_NONE = "–"
_LIGHTS = {
    "stable": "good",
    "watch": "watch",
    "alarm": "alarm",
    "too few": "mute",
    "reference": "mute",
    "covered": "good",
    "outside": "watch",
}

# A row of a mart: its columns by name.
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
class Marts:
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
        """The definitions of default that there are outcomes for, in order."""
        return sorted({str(row["definition"]) for row in self.performance})

    def by_definition(self, rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
        """Every definition of default with those of the rows that are about it."""
        every = list(rows)
        for definition in self.definitions():
            yield definition, [row for row in every if row["definition"] == definition]

    def of_champion(self, rows: Iterable[Row]) -> list[Row]:
        """Those of the rows that are about the champion."""
        return [row for row in rows if row["score_version"] == self.champion]

    def few(self, count: int) -> bool:
        """Whether so many are too few for anything to be shown of them."""
        return count < int(self.rules["fewest_shown_count"])

    def enough(self, rows: Iterable[Row], count: str) -> list[Row]:
        """Those of the rows that may be shown: column `count` says of how many they are."""
        return [row for row in rows if not self.few(row[count])]


# A section of the page: the name of its anchor, its title, and what makes its HTML.
Section = tuple[str, str, Callable[[Marts], str]]


def page(marts: Marts, sections: Sequence[Section]) -> str:
    """The whole document: title, links to the sections, tiles, and the sections in their order."""
    links = "".join(f'<a href="#{name}">{escape(title)}</a>' for name, title, _ in sections)
    body = "".join(
        f'<section id="{name}"><h2>{escape(title)}</h2>{make(marts)}</section>'
        for name, title, make in sections
    )
    challengers = [version for version in marts.versions if version != marts.champion]
    who = f"Champion {marts.champion or _NONE}; " + (
        f"challengers {', '.join(challengers)}" if challengers else "no challenger"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Sesame: monitoring</title><style>{_CSS}</style></head><body><main>"
        "<h1>How the score is doing</h1>"
        f'<p class="lead">Scores as of {marts.as_of or "no date: there is no data yet"}. '
        f"{escape(who)}. Intervals are of {percent(float(marts.rules['confidence_ratio']))}. Of "
        f"groups with fewer than {marts.rules['fewest_shown_count']} members no figure is printed, "
        "but subtraction may find it: for the operator alone.</p>"
        f"<nav>{links}</nav>{_tiles(marts)}{body}</main></body></html>\n"
    )


def _tiles(marts: Marts) -> str:
    tiles: list[tuple[str, str, str]] = []
    enough = int(marts.rules["enough_default_count"])
    for row in marts.of_champion(marts.performance):
        if row["segment_type"] != "all" or marts.few(row["scored_count"]):
            continue
        about = f"{row['default_count']:,} defaults of {row['scored_count']:,}"
        if row["auc_ratio"] is not None:
            tiles.append(("", number("auc_ratio")(row), f"AUC, {about}"))
        if row["calibration_slope"] is not None and row["default_count"] >= enough:
            lower, upper = row["calibration_slope_lower"], row["calibration_slope_upper"]
            colour = "good" if lower <= 1 <= upper else "watch"
            tiles.append((colour, number("calibration_slope", 2)(row), "calibration slope"))
    official = [
        row
        for row in marts.of_champion(marts.stability)
        if row["population"] == "official"
        and row["period_date"] == marts.as_of
        and row["light"] != "reference"
    ]
    for row in official:
        if row["item"] == "score":
            tiles.append((_LIGHTS[row["light"]], number("stability_index")(row), "score PSI"))
    moved = [row for row in official if row["item"] != "score" and row["light"] == "alarm"]
    if official:
        tiles.append(("alarm" if moved else "good", str(len(moved)), "attributes in alarm"))
    rows = [row for row in marts.of_champion(marts.distribution) if row["is_latest"]]
    if scored := sum(row["scoreable_count"] for row in rows):
        for name, title in (("capped_count", "held down by the cap"), ("clipped_count", "clipped")):
            tiles.append(("", percent(sum(row[name] for row in rows) / scored), title))
    return (
        '<div class="tiles">'
        + "".join(
            f'<div class="tile {colour}"><b>{value}</b><span>{escape(title)}</span></div>'
            for colour, value, title in tiles
        )
        + "</div>"
    )


# --- tables -------------------------------------------------------------------------------------

# What a row shows in one column, as HTML; and a column: its title and its cells.
Cell = Callable[[Row], str]
Column = tuple[str, Cell]


def table(
    rows: Iterable[Row],
    columns: Sequence[Column],
    *,
    texts: int = 1,
    kept: int | None = None,
    few: Callable[[Row], bool] | None = None,
    empty: str,
) -> str:
    """A table, or the words `empty` where there are no rows; the first `texts` columns are text.

    few: whether a row is about too few; of such a row only the first `kept` columns are shown, or
    the texts where that is not said.
    """

    def cells(row: Row) -> list[str]:
        if few is None or not few(row):
            return [cell(row) for _, cell in columns]
        shown = [cell(row) for _, cell in columns[: texts if kept is None else kept]]
        return [*shown, FEW, *[""] * (len(columns) - len(shown) - 1)]

    def line(kind: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{kind}{' class=text' if place < texts else ''}>{cell}</{kind}>"
            for place, cell in enumerate(row)
        )

    body = "".join(f"<tr>{line('td', cells(row))}</tr>" for row in rows)
    if not body:
        return f'<p class="note">{escape(empty)}</p>'
    head = line("th", [escape(title) for title, _ in columns])
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div>"
    )


def text(name: str) -> Cell:
    """Column `name` as it is."""
    return lambda row: escape(str(row[name]))


def words(name: str) -> Cell:
    """Column `name` with blanks for its underscores."""
    return lambda row: escape(str(row[name]).replace("_", " "))


def count(name: str) -> Cell:
    """Column `name`, a whole number, its thousands apart, or a dash where it is null."""
    return lambda row: _NONE if row[name] is None else f"{row[name]:,}"


def number(name: str, digits: int = 3) -> Cell:
    """Column `name` with so many digits after the point, or a dash where it is null."""
    return lambda row: _NONE if row[name] is None else f"{float(row[name]):.{digits}f}"


def share(name: str) -> Cell:
    """Column `name`, a ratio, in per cent, or a dash where it is null."""
    return lambda row: _NONE if row[name] is None else percent(float(row[name]))


def interval(name: str, digits: int = 3) -> Cell:
    """Column `name` and, where there is one, its interval, or a dash where it is null.

    The bounds of auc_ratio are auc_lower_ratio and auc_upper_ratio; those of slope, slope_lower and
    slope_upper.
    """
    stem = name.removesuffix("_ratio")
    unit = name.removeprefix(stem)
    lower, upper = f"{stem}_lower{unit}", f"{stem}_upper{unit}"
    value, low, high = (number(column, digits) for column in (name, lower, upper))

    def cell(row: Row) -> str:
        if row[name] is None or row[lower] is None:
            return value(row)
        return f"{value(row)} ({low(row)} … {high(row)})"

    return cell


def light(word: str) -> str:
    """A word of judgement on the ground of its colour."""
    return f'<span class="light {_LIGHTS[word]}">{escape(word)}</span>'
