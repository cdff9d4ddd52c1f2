"""Every attribute of the catalogue a second time: in Polars, straight from the raw rows.

Two purposes. A test holds it against the factor marts, value by value: what two programs with
nothing in common agree on is seldom wrong in both. And `make bench` runs it on everyone, as the
opponent the warehouse has to beat; so it is written as one would write it for its own sake.

It knows one as-of date at a time, keeps nothing between two dates, and reads no model of dbt's:
only raw tables and the seeds that hold rates, ranks and jurisdictions. One module per domain, one
function per group of attributes that read the same rows; `catalogue` puts them together.
Needs Polars, which is among the development requirements.
"""

from sesame.naive.as_of import AsOf
from sesame.naive.catalogue import GROUPS, attributes
from sesame.naive.raw import FromHome, FromParquet, Raw

__all__ = ["GROUPS", "AsOf", "FromHome", "FromParquet", "Raw", "attributes"]
