"""Service orders, from the draft to the confirmation."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

import msgspec

from api.acts import Act, command
from api.commands.desks import STATION_DESK
from api.commands.places import PlaceBody
from api.requests import AreaCode, Body, Claimed, Code, LongText, Minutes, Text, Time, Uuid, utc
from district.calendar import CALENDAR_STREAM, add_workdays, civil_day
from journal.command import Decided
from timebank import accepting, attendance, confirming, funding, ordering
from timebank.clock import Clock
from timebank.diaries import overlapping
from timebank.event import Event
from timebank.orders import Order, Terms
from timebank.rules import POINTS_STREAM, sheet_at
from timebank.seen import Seen
from timebank.teams import Team
from timebank.workdays import Workdays


class CreateOrder(Body, frozen=True, kw_only=True):
    """What is wanted, when, where and by how many; a draft is not shown to volunteers yet."""

    id: Uuid
    kind: Literal["individual", "team"]
    category: Code
    title: Text
    content: LongText | None = None
    community: AreaCode
    station: Uuid | None = None
    organising_unit: Text | None = None
    person_in_charge: Text | None = None
    recipient: Uuid | None = None
    address: LongText | None = None
    place: PlaceBody | None = None
    meeting_note: LongText | None = None
    planned_start: Time
    planned_end: Time
    places: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    funding: Code = "issuance"
    requirements: tuple[Code, ...] = ()
    draft: bool = False


class Nothing(Body, frozen=True, kw_only=True):
    """A body without content."""


class Cancel(Body, frozen=True, kw_only=True):
    """Why the order is called off."""

    reason_code: Code


class Join(Body, frozen=True, kw_only=True):
    """Which volunteer; the caller unless a desk acts for someone."""

    volunteer: Uuid | None = None


class Attend(Body, frozen=True, kw_only=True):
    """When someone came or left, as the phone saw it, with the phone's own time of sending."""

    at: Claimed
    volunteer: Uuid | None = None
    place: PlaceBody | None = None
    device: Text | None = None
    device_now: Time | None = None


class Confirm(Body, frozen=True, kw_only=True):
    """Whose service is confirmed; fewer minutes than were served shorten it."""

    volunteer: Uuid
    minutes: Minutes | None = None
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    method: Literal["app", "phone_back", "face_to_face", "paper"] = "app"
    attested_by: Text | None = None
    evidence: Text | None = None


@command("order.create", stream="order-{body.id}", address="/v1/orders/{body.id}")
def create(body: CreateOrder, act: Act) -> Decided:
    """Draft an order, and publish it unless it is to stay a draft."""
    act.require_area(body.community)
    act.require(STATION_DESK, body.community)
    seen = Seen(act.read)
    drafted = ordering.draft(
        act.read(f"order-{body.id}"),
        act.read(f"station-{body.station}") if body.station else None,
        act.read(f"recipient-{body.recipient}") if body.recipient else None,
        None,
        order=body.id,
        terms=Terms(
            kind=body.kind,
            category=body.category,
            community=body.community,
            organising_unit=body.organising_unit or "",
            planned_start=body.planned_start,
            planned_end=body.planned_end,
            places=body.places,
            funding=body.funding,
            station=body.station,
            recipient=body.recipient,
            requirements=body.requirements,
        ),
        title=body.title,
        content=body.content,
        address=body.address,
        place=body.place.read() if body.place else None,
        meeting_note=body.meeting_note,
        person_in_charge=body.person_in_charge,
    )
    seen.add(drafted)
    state: Order = seen(f"order-{body.id}")
    if not (body.draft or state.cancelled):
        seen.add(_published(act, state, body.id))
    return Decided(_funded(act, body.id, seen.events), {"id": body.id}, status=201)


@command("order.publish", stream="order-{order}")
def publish(body: Nothing, act: Act, *, order: str) -> Decided:
    """Show a draft to volunteers."""
    del body
    return Decided(_funded(act, order, _published(act, _at_desk(act, order), order)))


@command("order.cancel", stream="order-{order}")
def cancel(body: Cancel, act: Act, *, order: str) -> Decided:
    """Call an order off."""
    state = _at_desk(act, order)
    events = ordering.cancel(state, order=order, reason_code=body.reason_code)
    return Decided(_funded(act, order, events))


@command("order.accept", stream="order-{order}", on_behalf="volunteer")
def accept(body: Join, act: Act, *, order: str) -> Decided:
    """Take a place."""
    state, volunteer = _for_volunteer(act, order, body.volunteer)
    events = accepting.accept(
        state,
        act.read(f"volunteer-{volunteer}"),
        _team(act, state),
        act.read(POINTS_STREAM),
        _elsewhere(act, state, order=order, volunteer=volunteer),
        order=order,
        volunteer=volunteer,
        now=act.now,
    )
    return Decided(events)


@command("order.withdraw", stream="order-{order}", on_behalf="volunteer")
def withdraw(body: Join, act: Act, *, order: str) -> Decided:
    """Give the place back."""
    state, volunteer = _for_volunteer(act, order, body.volunteer)
    return Decided(accepting.withdraw(state, order=order, volunteer=volunteer))


@command("order.check_in", stream="order-{order}", on_behalf="volunteer")
def check_in(body: Attend, act: Act, *, order: str, band: str | None) -> Decided:
    """Arrive; *band* says how near the phone was to where the service is."""
    state, volunteer = _for_volunteer(act, order, body.volunteer)
    events = attendance.check_in(
        state,
        act.read(POINTS_STREAM),
        order=order,
        volunteer=volunteer,
        at=utc(body.at),
        now=act.now,
        clock=_clock(body, act),
        place_band=band,
    )
    return Decided(_funded(act, order, events))


@command("order.check_out", stream="order-{order}", on_behalf="volunteer")
def check_out(body: Attend, act: Act, *, order: str, band: str | None) -> Decided:
    """Leave; the record of the service is then due within the sheet's working days."""
    state, volunteer = _for_volunteer(act, order, body.volunteer)
    rules = act.read(POINTS_STREAM)
    at = utc(body.at)
    points = sheet_at(rules, at).points
    due_on = add_workdays(
        act.read(CALENDAR_STREAM), civil_day(at, points.zone), points.record_workdays
    )
    return Decided(
        attendance.check_out(
            state,
            rules,
            order=order,
            volunteer=volunteer,
            at=utc(body.at),
            now=act.now,
            record_due_on=due_on,
            clock=_clock(body, act),
            place_band=band,
        )
    )


@command("order.confirm", stream="order-{order}")
def confirm(body: Confirm, act: Act, *, order: str) -> Decided:
    """Confirm someone else's service; hours and points follow in the same step."""
    state: Order = act.read(f"order-{order}")
    terms = state.terms
    if terms is None:
        raise ordering.OrderNotFound
    events = confirming.confirm(
        state,
        act.read(f"recipient-{terms.recipient}") if terms.recipient else None,
        act.read(f"hours-{body.volunteer}"),
        act.read(f"purse-{body.volunteer}"),
        act.read(POINTS_STREAM),
        team=_team(act, state),
        order=order,
        volunteer=body.volunteer,
        by=frozenset({act.by}),
        confirmer=act.by,
        for_station=act.holds(STATION_DESK, terms.community),
        now=act.now,
        workdays=_workdays(act),
        funded_minutes=funding.set_aside(act.read, order),
        minutes=body.minutes,
        method=body.method,
        rating=body.rating,
        attested_by=body.attested_by,
        evidence=body.evidence,
    )
    return Decided(_funded(act, order, events))


def _published(act: Act, state: Order, order: str) -> list[Event]:
    """What shows the order to volunteers, or asks for its review."""
    return ordering.publish(
        state,
        act.read(POINTS_STREAM),
        order=order,
        by=act.by,
        now=act.now,
        workdays=_workdays(act),
    )


def _funded(act: Act, order: str, events: Sequence[Event]) -> list[Event]:
    """*events* with what they mean to those who pay for the order."""
    rules = act.read(POINTS_STREAM)
    return funding.funded(act.read, events, rules, order=order, today=act.today)


def _team(act: Act, state: Order) -> Team | None:
    """The team that the order is for."""
    if state.terms is None or state.terms.team is None:
        return None
    team: Team = act.read(f"team-{state.terms.team}")
    return team


def _elsewhere(act: Act, state: Order, *, order: str, volunteer: str) -> list[tuple[str, Order]]:
    """The volunteer's other orders of the same time."""
    if state.terms is None:
        return []
    began, ended = state.terms.planned_start, state.terms.planned_end
    others = overlapping(act.read(f"diary-{volunteer}"), order=order, began=began, ended=ended)
    return [(other, act.read(f"order-{other}")) for other in others]


def _workdays(act: Act) -> Workdays:
    """The district's working days."""
    return partial(add_workdays, act.read(CALENDAR_STREAM))


def _at_desk(act: Act, order: str) -> Order:
    """The order, for a caller of a desk of its community; others learn nothing of it."""
    state: Order = act.read(f"order-{order}")
    if state.terms is None:
        raise ordering.OrderNotFound
    act.require(STATION_DESK, state.terms.community)
    return state


def _for_volunteer(act: Act, order: str, volunteer: str | None) -> tuple[Order, str]:
    """The order and the volunteer: the caller, or whom a desk of the community acts for."""
    if volunteer is None or volunteer == act.by:
        return act.read(f"order-{order}"), act.by
    return _at_desk(act, order), volunteer


def _clock(body: Attend, act: Act) -> Clock | None:
    """How far the phone's clock was from ours when it sent; nothing where it did not say."""
    if body.device_now is None:
        return None
    offset = round((act.now - body.device_now).total_seconds())
    return Clock(offset_after_seconds=offset)
