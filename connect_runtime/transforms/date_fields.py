"""What was read of a date and a time, and which instant that is, as Java's ``GregorianCalendar`` decides it.

Fields may contradict each other; then those count that were read last. Weeks begin on Sunday, and the first one of a
year or month is that with its first day.
"""

from __future__ import annotations

from typing import Final

from connect_runtime.transforms.hybrid_calendar import day_number, first_sunday_on_or_before, weekday

__all__ = ["DateFields"]

_DAY_MS: Final = 86_400_000
_WEEK: Final = 7
_SUNDAY: Final = 1


class DateFields:
    """Fields by the letter of their pattern.

    Stand-alone months (``L``) are months, ISO weekdays (``u``) are weekdays (``E``), which count from Sunday as 1.
    """

    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def put(self, letter: str, value: int) -> None:
        """Note a field; it counts as the last one read."""
        if letter == "u":
            letter, value = "E", _calendar_weekday(value)
        letter = "M" if letter == "L" else letter
        self.values.pop(letter, None)
        self.values[letter] = value

    def last_of(self, letters: str) -> str:
        """The letter read last, empty when none was."""
        return next((letter for letter in reversed(self.values) if letter in letters), "")

    def epoch_ms(self) -> int:
        """The instant in epoch milliseconds; in UTC unless a zone was read."""
        return self._day() * _DAY_MS + self._time_ms() - self._get("Z", 0) * 60_000

    def _get(self, letter: str, default: int) -> int:
        return self.values.get(letter, default)

    def _stamp(self, letter: str) -> int:
        """When a field was read, 0 when it was not."""
        return list(self.values).index(letter) + 1 if letter in self.values else 0

    def _day(self) -> int:
        if self._stamp("Y") > self._stamp("y"):
            return self._day_of_week_date()
        year = self._get("y", 1970)
        year = 1 - year if self._get("G", 1) == 0 else year
        match self._deciding():
            case "D":
                return day_number(year, 1, 1) + self._get("D", 1) - 1
            case "w":
                return self._in_week(day_number(year, 1, 1), self._get("w", 0))
            case "W":
                return self._in_week(day_number(year, self._get("M", 1), 1), self._get("W", 0))
            case "F":
                return self._in_month(year, self._get("M", 1))
            case _:
                return day_number(year, self._get("M", 1), self._get("d", 1))

    def _deciding(self) -> str:
        """The field that, with the weekday if need be, decides which day it is."""
        stamp = self._stamp
        weekday_read = stamp("E")
        together = {
            letter: max(stamp(letter), weekday_read) if stamp(letter) and weekday_read else 0 for letter in "WFw"
        }
        stamps = {"d": stamp("d"), "W": together["W"], "F": together["F"], "D": stamp("D"), "w": together["w"]}
        if not any(stamps.values()):
            # Nothing is complete: a week alone will do, and a weekday alone is the first of its month.
            stamps |= {"W": stamp("W"), "F": max(stamp("F"), weekday_read), "w": stamp("w")}
        best = max(stamps.values())
        if best == 0 or stamps["d"] == best:
            return "d"
        by_month = [
            letter for letter in "WF" if stamps[letter] == best and stamp(letter) >= stamp("w")
        ]  # fmt: skip
        if by_month:
            return by_month[0] if len(by_month) == 1 or stamp("W") >= stamp("F") else "F"
        return "D" if stamps["D"] == best else "w"

    def _in_week(self, first: int, week: int) -> int:
        begins = first_sunday_on_or_before(first)
        if "E" in self.values:
            begins = _on_or_before(begins + _WEEK - 1, self.values["E"])
        return begins + _WEEK * (week - 1)

    def _in_month(self, year: int, month: int) -> int:
        first, which = day_number(year, month, 1), self._get("F", 1)
        if which < 0:
            return _on_or_before(day_number(year, month + 1, 1) + _WEEK * (which + 1) - 1, self._get("E", _SUNDAY))
        return _on_or_before(first + _WEEK * which - 1, self._get("E", _SUNDAY))

    def _day_of_week_date(self) -> int:
        week, day = self._get("w", 1), self._get("E", _SUNDAY)
        if not _SUNDAY <= day <= _WEEK:
            # An ISO weekday out of range counts on into other weeks.
            weeks, iso = divmod(day - 1, _WEEK)
            week, day = week + weeks, _calendar_weekday(iso + 1)
        first = first_sunday_on_or_before(day_number(self._get("Y", 1970), 1, 1))
        return first + _WEEK * (week - 1) + day - 1

    def _time_ms(self) -> int:
        stamp = self._stamp
        of_day = self.last_of("Hk")
        half_day = self.last_of("Kh")
        is_half = half_day and (
            not of_day or ("a" in self.values and max(stamp(half_day), stamp("a")) > stamp(of_day))
        )  # fmt: skip
        if is_half:
            hour = self.values[half_day]
            hour = 0 if half_day == "h" and hour == 12 else hour  # noqa: PLR2004  # 12 o'clock is hour 0
        elif of_day:
            hour = self.values[of_day]
            hour = 0 if of_day == "k" and hour == 24 else hour  # noqa: PLR2004  # so is 24 o'clock
        else:
            hour = 0
        if is_half or not of_day:
            hour += 12 * self._get("a", 0)
        return ((hour * 60 + self._get("m", 0)) * 60 + self._get("s", 0)) * 1000 + self._get("S", 0)


def _calendar_weekday(iso: int) -> int:
    """Sunday, 7 in ISO, is 1; what is no weekday stays as it is."""
    return iso % _WEEK + 1 if 1 <= iso <= _WEEK else iso


def _on_or_before(number: int, calendar_weekday: int) -> int:
    return number - (weekday(number) - (calendar_weekday - 1)) % _WEEK
