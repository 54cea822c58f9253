"""When hosts pull a tag next, as with podman's auto-update timer: once a day, at a local time."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pulls:
    """A time of the day in a time zone of the IANA database."""

    at: time
    timezone: str

    def next_after(self, now: datetime) -> datetime:
        """Say when hosts pull next, in UTC; a time that the clocks skip counts an hour later."""
        zone = ZoneInfo(self.timezone)
        today = now.astimezone(zone).date()
        days = (today - ONE_DAY, today, today + ONE_DAY)
        times = (datetime.combine(day, self.at, zone).astimezone(UTC) for day in days)
        return min(at for at in times if at > now)
