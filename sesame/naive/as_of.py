"""The clock: what had happened and was known before a date, and how long before it."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from sesame.naive.raw import Raw

MONTHS_IN_YEAR = 12


@dataclass(frozen=True)
class AsOf:
    """The raw rows, looked at as of a date: before its 00:00 UTC on both clocks."""

    raw: Raw
    day: date

    def rows(self, domain: str, table: str, event: str, months: int | None = None) -> pl.LazyFrame:
        """Rows of a raw table that had happened and were known; `event` is its event-time column.

        months: only those that happened in the last so many months; None for all.
        """
        rows = self.raw.scan(domain, table).filter(self.before(event, "known_at"))
        return rows if months is None else rows.filter(self.within(event, months))

    def before(self, *moments: str) -> pl.Expr:
        """Whether all the moments lie before the date; a moment that is not known does not."""
        midnight = datetime.combine(self.day, datetime.min.time())
        return pl.all_horizontal(pl.col(*moments) < midnight)

    def lasts(self, end: str) -> pl.Expr:
        """Whether what may have an end has none before the date."""
        return pl.col(end).is_null() | ~self.before(end)

    def start(self, months: int) -> date:
        """First day of the window of the last so many months: 31 March less one is 28 February."""
        year, month = divmod(
            self.day.year * MONTHS_IN_YEAR + self.day.month - 1 - months, MONTHS_IN_YEAR
        )
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(self.day.day, last))

    def within(self, event: str, months: int) -> pl.Expr:
        """Whether an event lies in the window of the last so many months."""
        return pl.col(event) >= datetime.combine(self.start(months), datetime.min.time())

    def month_back(self, event: str | pl.Expr, months: int) -> pl.Expr:
        """Number of the month an event lies in, counted back: 1 for the last, at most `months`.

        A month back reaches from the as-of date's day to the day before it, a month later.
        """
        moment = pl.col(event) if isinstance(event, str) else event
        calendar_months = self._calendar_months_since(moment)
        begun = (moment.dt.day() < self.day.day).cast(pl.Int32)
        return (calendar_months + begun).clip(upper_bound=months)

    def month_in(self, event: str, months: int) -> pl.Expr:
        """`month_back` of what lies in the window; null for what lies before it."""
        return pl.when(self.within(event, months)).then(self.month_back(event, months))

    def whole_months_since(self, event: str | pl.Expr) -> pl.Expr:
        """Whole months from an event to the date: from 31 January to 28 February is none."""
        moment = pl.col(event) if isinstance(event, str) else event
        incomplete = (moment.dt.day() > self.day.day).cast(pl.Int32)
        return (self._calendar_months_since(moment) - incomplete).cast(pl.Int64)

    def _calendar_months_since(self, moment: pl.Expr) -> pl.Expr:
        months = self.day.year * MONTHS_IN_YEAR + self.day.month
        return months - moment.dt.year() * MONTHS_IN_YEAR - moment.dt.month().cast(pl.Int32)
