"""An explanation for the terminal, in English or Chinese, within 100 columns."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sesame.evidence import Evidence, EvidenceTable
from sesame.explain import Explanation, Item

WIDTH = 100
LANGUAGES = ("en", "zh")

# Everything a person reads that no seed says.
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "consumer": "consumer",
        "business": "business",
        "as of": "as of",
        "champion": "champion",
        "challenger": "challenger",
        "unofficial": "not an official date",
        "score": "score",
        "not scoreable": "not scoreable",
        "reliability": "reliability",
        "profile": "profile",
        "no_profile": "no profile fits the evidence there is",
        "too_little_evidence": "too little evidence",
        "needed": "needed",
        "withheld": "No consent for",
        "credit_history": "credit history",
        "behaviour_preference": "behaviour and preference",
        "fulfilment_capacity": "fulfilment capacity",
        "personal_characteristics": "personal characteristics",
        "interpersonal_relationships": "relationships",
        "base": "base, an ordinary subject of the profile",
        "reliability_cap": "reliability cap",
        "clipping": "limits of the scale",
        "rounding": "rounding",
        "factors": "Factors",
        "weight": "weight",
        "evidence": "evidence",
        "sub-score": "sub-score",
        "points": "points",
        "waterfall": "From the base to the score",
        "contributions": "What gives and costs points",
        "value": "value",
        "bin": "bin",
        "sum": "sum of all lines, the score exactly",
        "neutral": "with a say that give nothing",
        "reasons": "Why it is not higher",
        "no reasons": "Nothing costs points.",
        "lost": "points lost",
        "improvements": "What would help, each by itself and all else the same",
        "no improvements": "No attribute that one can act on would raise it by itself.",
        "capped": "The reliability cap holds it: more evidence would help, better values not.",
        "states": "Attributes",
        "observed": "observed",
        "missing": "missing",
        "structurally_absent": "no product",
        "not_consented": "no consent",
        "established": "established",
        "history_and_capacity": "history and capacity",
        "history_and_behaviour": "history and behaviour",
        "history_only": "history only",
        "no_history": "no history",
        "capacity_only": "capacity only",
        "behaviour_only": "behaviour only",
        "thin": "thin",
        "identity": "identity",
        "marketplace": "marketplace",
        "payments": "payments",
        "public_records": "public records",
        "social": "social",
        "partners": "partners",
    },
    "zh": {
        "consumer": "个人",
        "business": "企业",
        "as of": "截至",
        "champion": "现行版本",
        "challenger": "候选版本",
        "unofficial": "非正式评分日",
        "score": "得分",
        "not scoreable": "无法评分",
        "reliability": "可靠度",
        "profile": "画像",
        "no_profile": "没有适用的画像",
        "too_little_evidence": "可用信息太少",
        "needed": "所需",
        "withheld": "未授权的数据",
        "credit_history": "信用历史",
        "behaviour_preference": "行为偏好",
        "fulfilment_capacity": "履约能力",
        "personal_characteristics": "个人特征",
        "interpersonal_relationships": "人际关系",
        "base": "基准：该画像的普通主体",
        "reliability_cap": "可靠度上限",
        "clipping": "分数范围限制",
        "rounding": "取整",
        "factors": "五个维度",
        "weight": "权重",
        "evidence": "信息量",
        "sub-score": "子得分",
        "points": "分值",
        "waterfall": "从基准到得分",
        "contributions": "加分与减分项",
        "value": "数值",
        "bin": "分段",
        "sum": "各行之和，恰为得分",
        "neutral": "项参与评分但不加减分",
        "reasons": "得分未能更高的原因",
        "no reasons": "没有扣分项。",
        "lost": "损失分值",
        "improvements": "如何提高（各项单独计算，其他不变）",
        "no improvements": "没有可自行改善且能单独提高得分的项目。",
        "capped": "得分受可靠度上限限制：更多信息有帮助，更好的数值没有帮助。",
        "states": "指标",
        "observed": "已观测",
        "missing": "缺失",
        "structurally_absent": "无此产品",
        "not_consented": "未授权",
        "established": "信用、行为与履约信息齐全",
        "history_and_capacity": "有信用与履约信息，行为信息较少",
        "history_and_behaviour": "有信用与行为信息，履约信息较少",
        "history_only": "以信用信息为主",
        "no_history": "有行为与履约信息，信用信息较少",
        "capacity_only": "以履约信息为主",
        "behaviour_only": "以行为信息为主",
        "thin": "各类信息均较少",
        "identity": "身份信息",
        "marketplace": "平台交易",
        "payments": "支付与信贷",
        "public_records": "公共记录",
        "social": "社交关系",
        "partners": "合作机构",
    },
}


@dataclass(frozen=True)
class Bar:
    """A step of a waterfall, from one running total to the next; the same of a total itself."""

    label: str
    points: Decimal
    start: Decimal
    end: Decimal
    is_total: bool


def waterfall(found: Explanation, language: str) -> list[Bar]:
    """Base, factors, cap, limits and rounding where they change anything, score."""
    words = WORDS[language]
    steps: list[tuple[str, Decimal]] = [
        (words[factor.name], factor.points) for factor in found.factors
    ]
    steps += [
        (words[name], points) for name, points in found.steps.items() if points and name != "base"
    ]
    running = found.steps["base"]
    bars = [Bar(words["base"], running, running, running, True)]
    for label, points in steps:
        bars.append(Bar(label, points, running, running + points, False))
        running += points
    return [*bars, Bar(words["score"], running, running, running, True)]


def heading(found: Explanation, language: str) -> str:
    """Who, when, by which version."""
    words = WORDS[language]
    status = words["champion" if found.is_champion else "challenger"]
    official = "" if found.is_official else f", {words['unofficial']}"
    return (
        f"{found.subject_id}, {words[found.kind]}, {words['as of']} {found.as_of}, "
        f"{found.version} ({status}{official})"
    )


def profile(found: Explanation, language: str) -> str:
    """The profile, in English with what it means."""
    words = WORDS[language]
    if not found.profile:
        return words["no_profile"]
    # a version may have profiles of its own
    name = words.get(found.profile, found.profile)
    meaning = f": {found.profile_description}" if language == "en" else ""
    return f"{words['profile']} {name}{meaning}"


def withheld(found: Explanation, language: str) -> str:
    """Domains without consent."""
    words = WORDS[language]
    return f"{words['withheld']}: {', '.join(words[domain] for domain in found.withheld)}"


def ratio(value: Decimal | None) -> str:
    """Two decimals; a dash for what there is not."""
    return "–" if value is None else f"{value:.2f}"


def why_no_improvements(found: Explanation, language: str) -> str:
    """What to say where nothing would help."""
    # one that rounding brought up to the cap stands there too, though it took nothing away
    return WORDS[language]["capped" if found.score == found.cap else "no improvements"]


def lines(found: Explanation, language: str = "en") -> Iterator[str]:
    """The explanation, line by line."""
    words = WORDS[language]
    yield heading(found, language)
    yield ""
    reliability = f"{words['reliability']} {found.reliability:.2f}"
    if found.score is None:
        yield from _not_scoreable(found, language, reliability)
        return
    yield f"  {found.score}  {found.bands[language]}, {reliability}"
    yield f"  {profile(found, language)}"
    yield from _factors(found, language)
    yield from _waterfall(waterfall(found, language), words["waterfall"])
    yield from _contributions(found, language)
    yield from ("", words["reasons"])
    for rank, reason in enumerate(found.reasons, 1):
        yield from _wrapped(
            f"  {rank}. ",
            f"{reason.sentences[language]} {reason.details[language]}".strip()
            + f" ({words['lost']}: {reason.lost:.1f})",
        )
    if not found.reasons:
        yield f"  {words['no reasons']}"
    yield from ("", words["improvements"])
    for improvement in found.improvements:
        yield from _wrapped(f"  {improvement.gain:+4d}  ", improvement.sentences[language])
    if not found.improvements:
        yield f"  {why_no_improvements(found, language)}"


def _not_scoreable(found: Explanation, language: str, reliability: str) -> Iterator[str]:
    words = WORDS[language]
    yield (
        f"  {words['not scoreable']}: {words[found.not_scoreable_reason or 'no_profile']}; "
        f"{reliability}, {words['needed']} {found.floor:.2f}"
    )
    if found.withheld:
        yield f"  {withheld(found, language)}"
    states = ("observed", "missing", "structurally_absent", "not_consented")
    yield ""
    yield (
        _pad(f"{words['states']}", 30)
        + "".join(_pad(words[name], 14, right=True) for name in (*states, "evidence")).rstrip()
    )
    for factor in found.factors:
        counts = "".join(f"{factor.states.get(state, 0):>14}" for state in states)
        yield _pad(f"  {words[factor.name]}", 30) + f"{counts}{ratio(factor.evidence):>14}"


def _factors(found: Explanation, language: str) -> Iterator[str]:
    words = WORDS[language]
    yield ""
    yield _pad(words["factors"], 42) + "".join(
        _pad(words[name], 13, right=True) for name in ("weight", "evidence", "sub-score", "points")
    )
    for factor in found.factors:
        sub_score = "–" if factor.sub_score is None else f"{factor.sub_score:+.3f}"
        yield (
            _pad(f"  {words[factor.name]}", 42)
            + f"{factor.weight:>13.1%}{ratio(factor.evidence):>13}{sub_score:>13}"
            + f"{factor.points:>+13.3f}"
        )


def _waterfall(bars: Sequence[Bar], title: str) -> Iterator[str]:
    """One line per bar; a column is as many points as the widest needs to fit."""
    places, left = 42, 56
    low = min(min(bar.start, bar.end) for bar in bars)
    high = max(max(bar.start, bar.end) for bar in bars)
    unit = (high - low) / places or Decimal(1)
    yield from ("", title)
    for bar in bars:
        start, end = (int((point - low) / unit) for point in (bar.start, bar.end))
        first, last = min(start, end), max(start, end)
        mark = "◆" if bar.is_total else "█" if bar.points > 0 else "░"
        drawn = " " * first + mark * max(1, last - first)
        sign = "" if bar.is_total else "+"
        yield (_pad(f"  {bar.label}", left - 13) + f"{bar.points:>{sign}13.3f} " + drawn).rstrip()


def _contributions(found: Explanation, language: str) -> Iterator[str]:
    words = WORDS[language]
    yield ""
    yield (
        _pad(words["contributions"], 48)
        + _pad(words["value"], 16, right=True)
        + _pad(f"  {words['bin']}", 24)
        + _pad(words["points"], 12, right=True)
    )
    yield _line(words["base"], found.steps["base"])
    for factor in found.factors:
        items = [item for item in found.items if item.factor == factor.name]
        if items:
            yield f"  {words[factor.name]}"
        yield from (_item(item, language) for item in items)
    yield f"  {found.neutral} {words['neutral']}"
    for name, points in found.steps.items():
        if name != "base":
            yield _line(words[name], points)
    yield _line(f"= {words['sum']}", found.total())


def _line(label: str, points: Decimal) -> str:
    return _pad(f"  {label}", WIDTH - 12) + f"{points:>12.6f}"


def _item(item: Item, language: str) -> str:
    return (
        _pad(f"    {item.names[language]}", 48)
        + _pad(item.value, 16, right=True)
        + _pad(f"  {item.bins[language]}", 24)
        + f"{item.points:>+12.6f}"
    )


def evidence_lines(found: Evidence, item: Item | None) -> Iterator[str]:
    """The rows behind an attribute, a table after the other; as wide as they are."""
    window = f"the {found.window_months} months" if found.window_months else "all that was known"
    yield f"{found.attribute_name} of {found.subject_id} as of {found.as_of}: {found.description}"
    if item is None:
        yield f"from {window} before: no points: no score, no value or no weight on the card"
    else:
        yield (
            f"from {window} before: {item.value}, bin {item.bins['en']!r}, {item.points:+f} points"
        )
    for table, rows in found.shown():
        yield from ("", _title(table, len(rows)))
        if rows:
            yield from _grid(list(rows[0]), [list(row.values()) for row in rows])
    if found.counts_others:
        yield from ("", "Rows of the others named here count too; they are theirs and not shown.")


def _title(table: EvidenceTable, count: int) -> str:
    rows = {0: "no row", 1: "1 row"}.get(count, f"{count} rows")
    return f"raw_{table.table.domain}.main.{table.table.name}: {rows}"


def _grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(_width, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = (_pad(cell, width + 2) for cell, width in zip(row, widths, strict=True))
        yield ("  " + "".join(cells)).rstrip()


def _width(text: str) -> int:
    """Columns that a text takes in a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _pad(text: str, width: int, *, right: bool = False) -> str:
    """Text in so many columns; a longer one is cut, so that a table stays a table."""
    if _width(text) > width - 1:
        text = "".join(_cut(text, width - 2)) + "…"
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _cut(text: str, width: int) -> Iterator[str]:
    for letter in text:
        width -= _width(letter)
        if width < 0:
            return
        yield letter


def _wrapped(start: str, text: str) -> Iterator[str]:
    """A text in lines of the terminal's width, those after the first indented as far."""
    line = start
    for word in _words(text):
        if _width(line + word.rstrip()) > WIDTH:
            yield line.rstrip()
            line = " " * len(start)
        line += word
    yield line.rstrip()


def _words(text: str) -> Iterable[str]:
    """Where a line may break: after a blank, and after any Chinese character."""
    word = ""
    for letter in text:
        word += letter
        if letter == " " or _width(letter) == 2:
            yield word
            word = ""
    yield word
