"""What every event of a volunteer is; clearances and amendments, which came later than the rest."""

from datetime import date

from timebank.event import Event


class VolunteerEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one volunteer."""

    volunteer: str

    @property
    def stream(self) -> str:
        """Each volunteer has their own stream."""
        return f"volunteer-{self.volunteer}"


class VolunteerCleared(VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.cleared"):
    """A background check was passed; it holds up to and including `valid_until`."""

    checked_on: date
    valid_until: date


class ClearanceRecorded(
    VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.clearance_recorded"
):
    """Who made the background check: sealed under the volunteer's own key."""

    checked_by: str

    @property
    def holder(self) -> str:
        """The volunteer's own key."""
        return self.volunteer


class ClearanceRevoked(
    VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.clearance_revoked"
):
    """The background check holds no longer."""

    reason_code: str


class VolunteerAmended(VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.amended"):
    """The facts of a volunteer were put right: the clear ones here, the words in a new description.

    `replaces` counts the descriptions; the one of the registration is 1.
    """

    community: str
    replaces: int
    reason_code: str
    minor_until: date | None = None
