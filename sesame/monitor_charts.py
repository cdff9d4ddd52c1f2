"""The charts on the page of how the score is doing: rows of the marts in, SVG out."""

from collections.abc import Sequence

from sesame.monitor_page import Marts, Row
from sesame.svg import COLOURS, Chart, percent

_POINTS_OF_A_CURVE = 40
_GREY = "#8a8a8a"


def forest(rows: Sequence[Row]) -> str:
    """AUC and its interval per segment, one below the other."""
    low = min(0.5, *(float(row["auc_lower_ratio"]) for row in rows), 0.5)
    chart = Chart(
        (low, 1.0),
        (-0.5, len(rows) - 0.5),
        x_title="AUC of the champion, by segment",
        y_title="",
        height=64 + 22 * len(rows),
        left=240,
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
        kind, segment = str(row["segment_type"]), str(row["segment"])
        name = segment if kind in ("all", "vintage") else f"{kind}: {segment}"
        names.append((float(place), name.replace("_", " ")))
    return chart.render(y_ticks=names)


def calibration(bands: Sequence[Row]) -> str:
    """Default rates that happened against those promised; lower, upper: a band's exact interval."""
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


def histogram(marts: Marts, bins: Sequence[Row]) -> str:
    """Shares of subjects by score beside the reference's; nothing where nobody has a score."""
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
    scale = marts.scales[str(bins[0]["score_version"])]
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
        if not marts.few(row["subject_count"]):
            share = row["subject_count"] / now
            chart.bar(start(step), start(step + 1), share, COLOURS[0], title=percent(share))
        height = 0 if marts.few(row["reference_count"]) else row["reference_count"] / reference
        outline += [(start(step), height), (start(step + 1), height)]
    chart.name("latest official date", COLOURS[0])
    chart.line(outline, COLOURS[1], label="reference")
    return chart.render(y_format=percent)


def stability(marts: Marts, rows: Sequence[Row]) -> str:
    """The index of at least two periods beyond chance, and from where it is watched or an alarm."""
    alarm, watch = float(marts.rules["psi_alarm_ratio"]), float(marts.rules["psi_watch_ratio"])
    index = [max(0.0, float(row["stability_index"] - row["chance_index"])) for row in rows]
    chart = Chart(
        (0, len(rows) - 1),
        (0, max(*index, alarm) * 1.1),
        x_title="period",
        y_title="stability index beyond chance",
        height=240,
    )
    for limit, colour, label in ((alarm, COLOURS[1], "alarm"), (watch, COLOURS[4], "watch")):
        chart.line([(0, limit), (len(rows) - 1, limit)], colour, label=label, dashed=True)
    chart.line(list(enumerate(index)), COLOURS[0], label="champion")
    every = max(1, -(-len(rows) // 8))
    return chart.render(
        x_ticks=[
            (float(place), f"{rows[place]['period_date']:%Y-%m}")
            for place in range(0, len(rows), every)
        ]
    )


def curve(marts: Marts, definition: str) -> str:
    """Default rate among the approved against the approval rate, as the cut-off falls."""
    lines = []
    for version in marts.versions:
        counts = [
            row
            for row in marts.curve
            if row["definition"] == definition and row["score_version"] == version
        ]
        total = sum(row["outcome_count"] for row in counts)
        scored = [row for row in counts if row["score"] is not None]
        scored.sort(key=lambda row: -row["score"])
        # A point for no fewer people than are shown elsewhere, or the curve would list scores.
        least = max(int(marts.rules["fewest_shown_count"]), total // _POINTS_OF_A_CURVE)
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
