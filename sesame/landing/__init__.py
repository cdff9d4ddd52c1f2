"""Landing: delivered files through the door into the encrypted raw databases.

files.py finds and opens what was delivered, judge.py writes the SQL that decides about each row,
consent.py says who may be landed, batch.py moves the rows and keeps the books.
"""

from sesame.landing.batch import SET_ASIDE, LandReport, TableReport, land

__all__ = ["SET_ASIDE", "LandReport", "TableReport", "land"]
