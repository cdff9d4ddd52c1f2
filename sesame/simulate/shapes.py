"""`python -m sesame.simulate.shapes`: the simulated population beside real data, as a page.

Each comparison (shapes.yml) takes one column of values, or counts by category, from the files of a
simulated population and from a real data set that its adapter has mapped onto the same raw
contract; one query serves both sides. docs/simulated_shapes.md and the plots beside it are written
from the result, to the same bytes for the same files.

Needs numpy, scipy and matplotlib (requirements-dev.txt); the warehouse itself does not.
"""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sesame.errors import SesameError
from sesame.home import PROJECT
from sesame.simulate.population import MANIFEST
from sesame.simulate.shapes_measure import (
    Compared,
    Statistic,
    Values,
    adapted,
    measure,
    plan,
    real_folder,
)
from sesame.simulate.shapes_plots import draw, save

PAGE = PROJECT / "docs" / "simulated_shapes.md"
NOT_REALISTIC = PROJECT / "docs" / "simulated_shapes" / "not_realistic.md"

_HEAD = """# The simulated population beside real data

Written by `python -m sesame.simulate.shapes FILES`, from the files of `sesame simulate`. What is
compared, and the sentences on it, stand in `sesame/simulate/shapes.yml`; the last section in
`docs/simulated_shapes/not_realistic.md`: change them there, not here.

Simulated: {population}.

Real: the data sets of [real_data.md](real_data.md), mapped onto the raw contract by their adapters.
The same query reads both sides (`sesame/simulate/sql/shapes/`); where a source lacks a table or has
codes of its own, a view stands between. Every row counts, before the door turns any away, but those
that `--dirt` spoiled.

The distance between two distributions is that of Kolmogorov and Smirnov: the largest gap between
the shares of values up to any point, 0 for the same and 1 for no overlap. *As measured* compares
the values themselves; *shape alone* compares them after each side is divided by its own median. The
one to read is **bold**: shape alone for money, whose currency and price level differ, else as
measured. For categories it is the total variation, half the sum of the differences in share. Chance
alone makes up to about 1.36 · √(1/n + 1/m): .01 for 20,000 and 200,000 values, .1 for 300 and 600.
"""


def described(files: Path) -> str:
    """A simulated population in words, from the manifest in its truth, <files>_truth.

    Raises SesameError if there is none, and for the delivery of some days, whose shapes are those
    of no population.
    """
    files = files.resolve()
    path = files.with_name(f"{files.name}_truth") / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["from_day"] is not None:
            raise SesameError(
                f"{files} is a delivery of days alone, from {manifest['from_day']} on; simulate "
                "the whole, without --from-day",
                exit_code=2,
            )
        return (
            f"scale {manifest['scale']:g} ({manifest['consumers']:,} consumers, "
            f"{manifest['businesses']:,} businesses), {manifest['months']} months until "
            f"{manifest['end'][:10]}, seed {manifest['seed']}"
            + (f", dirt {manifest['dirt']:g}" if manifest["dirt"] else "")
        )
    except FileNotFoundError:
        raise SesameError(
            f"{path} is not there, so that nothing says which population {files} is; give the "
            "folder that `sesame simulate --to` wrote, and keep its truth beside it",
            exit_code=2,
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise SesameError(
            f"{path} is no manifest of a simulation ({error!r}); simulate anew", exit_code=2
        ) from None


def write(
    page: Path,
    population: str,
    compared: Sequence[Compared],
    numbers: Sequence[tuple[Statistic, float, float]],
    not_realistic: str,
) -> None:
    """Write `page` and, in the folder of its name beside it, one SVG per comparison.

    population: the simulated side in words; not_realistic: the last section, Markdown. SVGs in the
    folder that no comparison has are removed.
    """
    folder = page.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"{one.comparison.name}.svg" for one in compared}
    for path in folder.glob("*.svg"):
        if path.name not in names:
            path.unlink()
    for one in compared:
        save(draw(one), folder / f"{one.comparison.name}.svg")
    lines = [
        _HEAD.format(population=population),
        *_overview(compared),
        *_statistics(numbers),
        *(line for one in compared for line in _section(one, folder.name)),
        not_realistic.strip(),
    ]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _overview(compared: Sequence[Compared]) -> list[str]:
    ranked = sorted(compared, key=lambda one: -one.counting)
    farthest, closest = (
        ", ".join(f"{_lower(one.comparison.title)} {_ratio(one.counting)}" for one in some)
        for some in (ranked[:3], ranked[:-4:-1])
    )
    lines = [
        "## Distances",
        "",
        f"Farthest apart: {farthest}. Closest: {closest}.",
        "",
        "| compared | unit | real data | n simulated | n real | as measured | shape alone |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in compared:
        comparison = one.comparison
        measured, shape = _ratio(one.distance), "–"
        if one.shape_distance is not None:
            shape = _ratio(one.shape_distance)
        if one.is_read_in_shape:
            shape = f"**{shape}**"
        else:
            measured = f"**{measured}**"
        lines.append(
            f"| [{comparison.title}](#{_anchor(comparison.title)}) | {comparison.unit} "
            f"| {plan().data_sets[comparison.data_set]} | {_size(one, one.simulated):,} "
            f"| {_size(one, one.real):,} | {measured} | {shape} |"
        )
    return [*lines, ""]


def _statistics(numbers: Sequence[tuple[Statistic, float, float]]) -> list[str]:
    lines = [
        "## Rates side by side",
        "",
        "| | real data | simulated | real |",
        "| --- | --- | --- | --- |",
    ]
    for statistic, simulated, real in numbers:
        lines.append(
            f"| {statistic.title} | {plan().data_sets[statistic.data_set]} "
            f"| {_number_text(simulated)} | {_number_text(real)} |"
        )
    return [*lines, ""]


_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def _section(one: Compared, folder: str) -> list[str]:
    comparison = one.comparison
    real = plan().data_sets[comparison.data_set]
    distance = f"Distance {_ratio(one.distance)}"
    if comparison.categories:
        distance += " (total variation)"
    elif one.shape_distance is not None:
        distance += f" as measured, {_ratio(one.shape_distance)} in shape alone"
    lines = [
        f"## {comparison.title}",
        "",
        f"![{comparison.title}: simulated and {real}]({folder}/{comparison.name}.svg)",
        "",
        f"{distance}. {comparison.differs}",
        "",
    ]
    if not comparison.categories:
        lines += [
            f"| {comparison.unit} | 5 % | 25 % | 50 % | 75 % | 95 % | mean |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for name, sample in (("simulated", one.simulated), (f"real: {real}", one.real)):
            figures = [*np.quantile(sample, _QUANTILES), sample.mean()]
            lines.append(f"| {name} | {' | '.join(_number_text(float(f)) for f in figures)} |")
        lines.append("")
    return lines


def _size(one: Compared, sample: Values) -> int:
    return int(sample.sum()) if one.comparison.categories else sample.size


def _ratio(value: float) -> str:
    """A distance, to two digits: more would be chance."""
    return f"{value:.2f}"


def _number_text(value: float) -> str:
    """Three significant digits, without exponents; an en dash for nan."""
    if math.isnan(value):
        return "–"
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def _anchor(title: str) -> str:
    """GitHub's anchor of a heading."""
    kept = "".join(sign for sign in title.lower() if sign.isalnum() or sign in " -")
    return kept.replace(" ", "-")


def main(argv: list[str] | None = None) -> int:
    """Write docs/simulated_shapes.md and its plots; returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m sesame.simulate.shapes", description=__doc__)
    parser.add_argument("files", type=Path, help="folder that `sesame simulate --to` wrote")
    arguments = parser.parse_args(argv)
    try:
        population = described(arguments.files)
        with adapted(real_folder()) as real:
            compared, numbers = measure(arguments.files, real)
        not_realistic = NOT_REALISTIC.read_text(encoding="utf-8")
        write(PAGE, population, compared, numbers, not_realistic)
    except SesameError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stderr.write(f"wrote {PAGE.relative_to(PROJECT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
