"""`python -m sesame.naive --as-of D`: all attributes of everyone, the seconds and the memory."""

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sesame.engine import connect
from sesame.errors import SesameError
from sesame.home import DOMAINS, Home
from sesame.naive import AsOf, FromHome, FromParquet, Raw, attributes


@contextmanager
def _raw(parquet: Path | None) -> Iterator[Raw]:
    if parquet is not None:
        yield FromParquet(parquet)
        return
    with connect(Home.current(), read=DOMAINS) as connection:
        yield FromHome(connection)


def run(raw: Raw, as_of: date) -> None:
    """Compute everything once; print subjects and values of each kind, then the wall seconds.

    The last line is the peak memory of this process so far, in MiB. Values are kept nowhere.
    """
    started = time.perf_counter()
    for kind, frame in attributes(AsOf(raw, as_of)).items():
        values = sum(frame[name].count() for name in frame.columns[1:])
        sys.stdout.write(
            f"{kind}: {frame.width - 1} attributes of {frame.height:,} subjects, "
            f"{values:,} values\n"
        )
    sys.stdout.write(f"wall: {time.perf_counter() - started:.2f} s\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"peak memory: {peak:.0f} MiB\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sesame.naive", description=__doc__)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    parser.add_argument(
        "--parquet",
        type=Path,
        metavar="DIR",
        help="read DIR/<domain>/<table>/*.parquet instead of the warehouse's own databases",
    )
    options = parser.parse_args()
    try:
        with _raw(options.parquet) as raw:
            run(raw, options.as_of)
    except SesameError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
