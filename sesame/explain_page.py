"""An explanation as one page of HTML that needs nothing else: no script, no font, no network."""

import os
import re
import secrets
from collections.abc import Iterator
from decimal import Decimal
from html import escape
from pathlib import Path

from sesame.errors import SesameError
from sesame.explain import Explanation, Item
from sesame.explain_text import WORDS, Bar, heading, profile, ratio, why_no_improvements, withheld
from sesame.home import Home

_TITLES = {"en": "Why this score", "zh": "得分说明"}
_ALONE = {
    "en": "About one person. Not to be passed on without their leave.",
    "zh": "本页涉及个人信息，未经本人同意不得转交。",
}
# Of the waterfall: all of its width, where its bars begin, how far they reach, a row's height.
_WIDE, _LEFT, _DRAWN, _ROW = 900, 330, 470, 20
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #66717f; --line: #dfe4ea; --page: #f5f7f9;
  --card: #fff; --good: #2a8f6d; --bad: #c9573f; --total: #37527a; --mark: #e9eef5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #98a3b3; --line: #333d4b;
  --page: #141a22; --card: #1c242f; --good: #4fbf98; --bad: #e8826b; --total: #8fb0e3;
  --mark: #283344; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans SC", "PingFang SC", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 1.1rem 1.3rem; margin: 0 0 1.1rem; overflow-x: auto; }
h1 { font-size: 1.15rem; margin: 0; } h2 { font-size: 1rem; margin: 0 0 .7rem; }
p { margin: .2rem 0; } .soft { color: var(--soft); }
.score { font-size: 3.6rem; font-weight: 650; line-height: 1.1; } .band { font-size: 1.3rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--soft); }
th, td { padding: .22rem .5rem; border-bottom: 1px solid var(--line); vertical-align: baseline; }
.number { text-align: right; white-space: nowrap; }
tr.group th { color: var(--ink); font-weight: 600; padding-top: .7rem; }
tfoot td { font-weight: 650; border-bottom: 0; }
.up { color: var(--good); } .down { color: var(--bad); }
ol, ul { margin: 0; padding-left: 1.3rem; } li { margin: .35rem 0; }
ul.gains { list-style: none; padding: 0; } ul.gains b { display: inline-block; min-width: 3rem; }
svg { display: block; width: 100%; height: auto; min-width: 40rem; }
svg text { fill: var(--ink); font-size: 12px; font-variant-numeric: tabular-nums; }
svg text.factor { font-weight: 650; } svg .total { fill: var(--total); }
svg .gain { fill: var(--good); } svg .loss { fill: var(--bad); } svg .mark { fill: var(--mark); }
svg .thread { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 2; }
"""


def page(found: Explanation, language: str = "en") -> str:
    """The whole document. Every figure in it is one that the terminal shows too."""
    parts = [_head(found, language)]
    if found.score is None:
        parts.append(_states(found, language))
    else:
        parts += [
            _reasons(found, language),
            _improvements(found, language),
            _factors(found, language),
            _waterfall(found, language),
            _contributions(found, language),
        ]
    title = escape(f"{_TITLES[language]}: {found.subject_id}")
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        '<meta name="robots" content="noindex"/>'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body><main>\n"
        + "\n".join(f"<section>{part}</section>" for part in parts)
        + f'\n<p class="soft">{_ALONE[language]}</p>\n</main></body></html>\n'
    )


def write(home: Home, found: Explanation, path: Path | None, language: str = "en") -> Path:
    """Write the page, readable by its owner alone, and return where it lies.

    path: reports/explanations of the warehouse where there is none. Raises SesameError if it cannot
    be written; an older page is left or replaced whole.
    """
    if path is None:
        folder = home.reports / "explanations"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]", "_", f"{found.subject_id}_{found.as_of}_{found.version}")
        path = folder / f"{name}_{language}.html"
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(page(found, language))
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise SesameError(f"{path} cannot be written: {error.strerror}", exit_code=2) from None
    return path


def _points(points: Decimal, digits: int = 6) -> str:
    kind = "up" if points > 0 else "down" if points < 0 else "soft"
    return f'<td class="number {kind}">{points:+.{digits}f}</td>'


def _head(found: Explanation, language: str) -> str:
    words = WORDS[language]
    text = f'<h1>{_TITLES[language]}</h1><p class="soft">{escape(heading(found, language))}</p>'
    reliability = f"{words['reliability']} {found.reliability:.2f}"
    if found.score is None:
        why = words[found.not_scoreable_reason or "no_profile"]
        text += (
            f'<p class="band">{words["not scoreable"]}: {why}</p>'
            f"<p>{reliability}, {words['needed']} {found.floor:.2f}</p>"
        )
        if found.withheld:
            text += f"<p>{escape(withheld(found, language))}</p>"
        return text
    return (
        f'{text}<p><span class="score">{found.score}</span> '
        f'<span class="band">{escape(found.bands[language])}</span></p>'
        f"<p>{reliability} · {escape(profile(found, language))}</p>"
    )


def _states(found: Explanation, language: str) -> str:
    words = WORDS[language]
    states = ("observed", "missing", "structurally_absent", "not_consented")
    header = "".join(f'<th class="number">{words[name]}</th>' for name in (*states, "evidence"))
    rows = "".join(
        f"<tr><td>{words[factor.name]}</td>"
        + "".join(f'<td class="number">{factor.states.get(state, 0)}</td>' for state in states)
        + f'<td class="number">{ratio(factor.evidence)}</td></tr>'
        for factor in found.factors
    )
    return f"<table><thead><tr><th>{words['states']}</th>{header}</tr></thead>{rows}</table>"


def _reasons(found: Explanation, language: str) -> str:
    words = WORDS[language]
    items = "".join(
        f"<li>{escape(reason.sentences[language])} "
        f'<span class="soft">{escape(reason.details[language])} '
        f"({words['lost']}: {reason.lost:.1f})</span></li>"
        for reason in found.reasons
    )
    body = f"<ol>{items}</ol>" if items else f"<p>{words['no reasons']}</p>"
    return f"<h2>{words['reasons']}</h2>{body}"


def _improvements(found: Explanation, language: str) -> str:
    items = "".join(
        f'<li><b class="up">{improvement.gain:+d}</b> '
        f"{escape(improvement.sentences[language])}</li>"
        for improvement in found.improvements
    )
    body = f'<ul class="gains">{items}</ul>' if items else why_no_improvements(found, language)
    return f"<h2>{WORDS[language]['improvements']}</h2>{body}"


def _factors(found: Explanation, language: str) -> str:
    words = WORDS[language]
    names = ("weight", "evidence", "sub-score", "points")
    header = "".join(f'<th class="number">{words[name]}</th>' for name in names)
    rows = "".join(
        f"<tr><td>{words[factor.name]}</td>"
        f'<td class="number">{factor.weight:.1%}</td>'
        f'<td class="number">{ratio(factor.evidence)}</td>'
        f'<td class="number">'
        f"{'–' if factor.sub_score is None else f'{factor.sub_score:+.3f}'}</td>"
        f"{_points(factor.points, 3)}</tr>"
        for factor in found.factors
    )
    return f"<table><thead><tr><th>{words['factors']}</th>{header}</tr></thead>{rows}</table>"


def _bars(found: Explanation, language: str) -> Iterator[tuple[Bar | None, str]]:
    """Each item as a bar, with what a pointer over it tells; before them their factor's name."""
    words = WORDS[language]
    running = found.steps["base"]
    yield Bar(words["base"], running, running, running, True), ""
    for factor in found.factors:
        items = [item for item in found.items if item.factor == factor.name]
        if items:
            yield None, words[factor.name]
        for item in items:
            bar = Bar(item.names[language], item.points, running, running + item.points, False)
            yield bar, f"{item.value} ({item.bins[language]})"
            running = bar.end
    for name, points in found.steps.items():
        if name != "base" and points:
            yield Bar(words[name], points, running, running + points, False), ""
            running += points
    yield Bar(words["score"], running, running, running, True), ""


def _waterfall(found: Explanation, language: str) -> str:
    bars = list(_bars(found, language))
    ends = [end for bar, _ in bars if bar for end in (bar.start, bar.end)]
    low, high = min(ends), max(ends)
    unit = _DRAWN / float(high - low or 1)
    drawn = []
    tail = None  # where the bar before ended
    for number, (bar, told) in enumerate(bars):
        top = number * _ROW
        if number % 2:
            drawn.append(f'<rect class="mark" x="0" y="{top}" width="{_WIDE}" height="{_ROW}"/>')
        if bar is None:
            drawn.append(f'<text class="factor" x="6" y="{top + 14}">{told}</text>')
            continue
        start, end = (_LEFT + float(points - low) * unit for points in (bar.start, bar.end))
        if tail is not None:
            drawn.append(
                f'<line class="thread" x1="{start:.1f}" y1="{tail}" x2="{start:.1f}" '
                f'y2="{top + 4}"/>'
            )
        drawn.append(_drawn(bar, told, top, start, end))
        tail = top + _ROW - 4
    title = WORDS[language]["waterfall"]
    return (
        f'<h2>{title}</h2><svg role="img" aria-label="{title}" '
        f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {len(bars) * _ROW}">'
        + "".join(drawn)
        + "</svg>"
    )


def _drawn(bar: Bar, told: str, top: int, start: float, end: float) -> str:
    """A bar between its label and its points. A total is a mark: from zero it would dwarf all."""
    first, last = min(start, end), max(start, end)
    first, last = (first - 3, last + 3) if bar.is_total else (first, max(last, first + 1))
    kind = "total" if bar.is_total else "gain" if bar.points > 0 else "loss"
    sign = "" if bar.is_total else "+"
    return (
        f"<g>{f'<title>{escape(told)}</title>' if told else ''}"
        f'<text x="{_LEFT - 12}" y="{top + 14}" text-anchor="end">{escape(bar.label)}</text>'
        f'<rect class="{kind}" x="{first:.1f}" y="{top + 4}" width="{last - first:.1f}" '
        f'height="{_ROW - 8}" rx="2"/>'
        f'<text x="{_WIDE - 8}" y="{top + 14}" text-anchor="end">{bar.points:{sign}.3f}</text></g>'
    )


def _contributions(found: Explanation, language: str) -> str:
    words = WORDS[language]

    def step(name: str) -> str:
        return f'<tr><td colspan="3">{words[name]}</td>{_points(found.steps[name])}</tr>'

    def row(item: Item) -> str:
        return (
            f'<tr><td>{escape(item.names[language])}</td><td class="number">{escape(item.value)}'
            f"</td><td>{escape(item.bins[language])}</td>{_points(item.points)}</tr>"
        )

    groups = ""
    for factor in found.factors:
        items = "".join(row(item) for item in found.items if item.factor == factor.name)
        if items:
            groups += f'<tr class="group"><th colspan="4">{words[factor.name]}</th></tr>{items}'
    neutral = f'<tr><td colspan="4" class="soft">{found.neutral} {words["neutral"]}</td></tr>'
    return (
        f"<table><thead><tr><th>{words['contributions']}</th>"
        f'<th class="number">{words["value"]}</th><th>{words["bin"]}</th>'
        f'<th class="number">{words["points"]}</th></tr></thead><tbody>{step("base")}{groups}'
        f"{neutral}{''.join(step(name) for name in found.steps if name != 'base')}</tbody>"
        f'<tfoot><tr><td colspan="3">= {words["sum"]}</td>'
        f'<td class="number">{found.total():.6f}</td></tr></tfoot></table>'
    )
