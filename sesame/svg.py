"""Charts as SVG text: axes, lines, bars, points with intervals. The same bytes for the same data.

Only what a report of counts and rates needs, so that it runs without a plotting library. Colours
are those of Okabe and Ito, told apart by the colour-blind; styles stand in the page's CSS.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")

_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 14, 40
_TICKS = 6

Range = tuple[float, float]
Format = Callable[[float], str]


def percent(value: float) -> str:
    """A share in per cent, with as many digits as it needs below ten per cent."""
    digits = 0 if abs(value) >= 0.1 or value == 0 else 1 if abs(value) >= 0.01 else 2
    return f"{100 * value:.{digits}f} %"


def plain(value: float) -> str:
    return f"{value:g}"


def ticks(low: float, high: float, wanted: int = _TICKS) -> list[float]:
    """Round numbers within [low, high], about as many as wanted: steps of 1, 2 or 5."""
    if high <= low:
        return [low]
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10) if rough <= factor * power * (1 + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


class Chart:
    """One chart: x and y are data ranges; width and height are in pixels, axes included."""

    def __init__(
        self,
        x: Range,
        y: Range,
        *,
        x_title: str,
        y_title: str,
        width: int = 620,
        height: int = 300,
        left: int = _LEFT,
    ) -> None:
        self.x, self.y = _widened(x), _widened(y)
        self.width, self.height, self.left = width, height, left
        self.x_title, self.y_title = x_title, y_title
        self._marks: list[str] = []
        self._legend: list[tuple[str, str, bool]] = []

    def _across(self, value: float) -> float:
        low, high = self.x
        inner = self.width - self.left - _RIGHT
        return self.left + inner * (min(max(value, low), high) - low) / (high - low)

    def _down(self, value: float) -> float:
        low, high = self.y
        inner = self.height - _TOP - _BOTTOM
        return self.height - _BOTTOM - inner * (min(max(value, low), high) - low) / (high - low)

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: str,
        *,
        label: str = "",
        dashed: bool = False,
    ) -> None:
        """A line through the points, in their order."""
        if points:
            path = " ".join(f"{self._across(x):.1f},{self._down(y):.1f}" for x, y in points)
            dash = ' stroke-dasharray="5 4"' if dashed else ""
            self._marks.append(
                f'<polyline points="{path}" fill="none" stroke="{colour}" '
                f'stroke-width="1.8"{dash}/>'
            )
            self._name(label, colour, dashed)

    def bar(self, low: float, high: float, value: float, colour: str, *, title: str = "") -> None:
        """A bar between two x, from zero to a value."""
        left, right = self._across(low), self._across(high)
        top, bottom = self._down(value), self._down(0)
        self._marks.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(right - left - 1, 0.5):.1f}" '
            f'height="{bottom - top:.1f}" fill="{colour}" fill-opacity="0.75">'
            f"{_title(title)}</rect>"
        )

    def point(
        self,
        x: float,
        y: float,
        colour: str,
        *,
        x_interval: Range | None = None,
        y_interval: Range | None = None,
        title: str = "",
    ) -> None:
        """A point, with an interval in either direction."""
        across, down = self._across(x), self._down(y)
        parts = []
        if x_interval:
            ends = [self._across(end) for end in x_interval]
            parts.append(f"M{ends[0]:.1f} {down:.1f}H{ends[1]:.1f}")
        if y_interval:
            ends = [self._down(end) for end in y_interval]
            parts.append(f"M{across:.1f} {ends[0]:.1f}V{ends[1]:.1f}")
        if parts:
            self._marks.append(
                f'<path d="{"".join(parts)}" stroke="{colour}" stroke-width="1.8" fill="none"/>'
            )
        self._marks.append(
            f'<circle cx="{across:.1f}" cy="{down:.1f}" r="4" fill="{colour}">{_title(title)}'
            "</circle>"
        )

    def name(self, label: str, colour: str) -> None:
        """An entry of the legend, for marks that take no label."""
        self._name(label, colour, False)

    def _name(self, label: str, colour: str, dashed: bool) -> None:
        if label:
            self._legend.append((label, colour, dashed))

    def render(
        self,
        *,
        x_format: Format = plain,
        y_format: Format = plain,
        x_ticks: Iterable[tuple[float, str]] | None = None,
        y_ticks: Iterable[tuple[float, str]] | None = None,
    ) -> str:
        """The chart as an `<svg>` element; ticks are round numbers unless given with their text."""
        bottom, right = self.height - _BOTTOM, self.width - _RIGHT
        across = x_ticks or [(tick, x_format(tick)) for tick in ticks(*self.x)]
        upwards = y_ticks or [(tick, y_format(tick)) for tick in ticks(*self.y)]
        grid = [
            f'<path class="grid" d="M{self.left} {self._down(tick):.1f}H{right}"/>'
            f'<text x="{self.left - 7}" y="{self._down(tick) + 4:.1f}" text-anchor="end">'
            f"{escape(text)}</text>"
            for tick, text in upwards
        ]
        grid += [
            f'<path class="grid" d="M{self._across(tick):.1f} {_TOP}V{bottom}"/>'
            f'<text x="{self._across(tick):.1f}" y="{bottom + 16}" text-anchor="middle">'
            f"{escape(text)}</text>"
            for tick, text in across
        ]
        titles = (
            f'<text class="axis" x="{(self.left + right) / 2:.0f}" y="{self.height - 4}" '
            f'text-anchor="middle">{escape(self.x_title)}</text>'
        )
        if self.y_title:
            titles += (
                f'<text class="axis" transform="translate(12 {(_TOP + bottom) / 2:.0f}) '
                f'rotate(-90)" text-anchor="middle">{escape(self.y_title)}</text>'
            )
        frame = f'<path class="frame" d="M{self.left} {_TOP}V{bottom}H{right}"/>'
        return (
            f'<figure><svg viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-label="{escape(self.y_title)} by {escape(self.x_title)}">'
            + "".join((*grid, frame, titles, *self._marks))
            + f"</svg>{self._legend_text()}</figure>"
        )

    def _legend_text(self) -> str:
        entries = (
            f'<span><i style="border-top:3px {"dashed" if dashed else "solid"} {colour}"></i>'
            f"{escape(label)}</span>"
            for label, colour, dashed in self._legend
        )
        return f"<figcaption>{''.join(entries)}</figcaption>" if self._legend else ""


def _widened(range_: Range) -> Range:
    """A range with some width: all values may be equal."""
    low, high = range_
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _title(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""
