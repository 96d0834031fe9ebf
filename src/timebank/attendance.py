"""Being there: a volunteer checks in and out, each time corrected for the phone's clock."""

from datetime import date, datetime, timedelta

from timebank.clock import Clock, Moment, corrected
from timebank.days import civil_day
from timebank.event import Event, Malformed, Refused
from timebank.missing import is_asked_again, undo
from timebank.ordering import (
    NotAccepted,
    OrderHasLapsed,
    OrderIsCancelled,
    OrderNotFound,
)
from timebank.orders import CheckedIn, CheckedOut, Member, Order
from timebank.rules import Points, Rules, sheet_at


class TimeInFuture(Malformed):
    """The time lies in the future."""

    zh = "时间晚于现在。"


class AlreadyCheckedIn(Refused):
    """The volunteer is already checked in on the order."""

    zh = "该志愿者已签到,尚未签退。"


class BeforeLastCheckOut(Refused):
    """The check-in is earlier than this volunteer's last check-out."""

    zh = "签到时间早于上一次签退。"


class TooManyPairs(Refused):
    """The volunteer has no more check-ins on the order that day."""

    zh = "当日在本订单的签到次数已达上限。"


class NotCheckedIn(Refused):
    """The volunteer is not checked in on the order."""

    zh = "该志愿者尚未签到。"


class EndsBeforeStart(Refused):
    """The check-out must be later than the check-in."""

    zh = "签退时间必须晚于签到时间。"


class AlreadyConfirmed(Refused):
    """The volunteer's service is already confirmed."""

    zh = "该志愿者的服务已确认。"


class MustAcceptAgain(Refused):
    """The order was amended: the volunteer must accept it again first."""

    zh = "订单已修改,志愿者须重新接单。"


class IsDisputed(Refused):
    """The volunteer's service is disputed: the verdict comes first."""

    zh = "该志愿者的服务有争议,须先裁决。"


class IsUnconfirmed(Refused):
    """Nobody confirmed the service in time: only a late entry is open."""

    zh = "服务逾期未确认,只能补录。"


def on_order(state: Order, volunteer: str) -> Member:
    """Give what the volunteer did on the order.

    Raises:
        OrderNotFound: nobody drafted the order.
        NotAccepted: the volunteer took no place, or gave it back.
    """
    if state.terms is None:
        raise OrderNotFound
    member = state.members.get(volunteer)
    if member is None or member.withdrawn or member.released:
        raise NotAccepted
    return member


def check_in(
    state: Order,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    at: datetime,
    now: datetime,
    clock: Clock | None = None,
    place_band: str | None = None,
) -> list[Event]:
    """Open the volunteer's stay on *order* at *at*.

    Repeating the same check-in does nothing, so a phone may retry, even after the check-out.

    Raises:
        OrderNotFound: nobody drafted the order.
        NotAccepted: the volunteer holds no place.
        OrderIsCancelled: the order was cancelled.
        OrderHasLapsed: nobody took it in time.
        AlreadyConfirmed: the volunteer's service is confirmed.
        IsDisputed: a verdict is awaited.
        IsUnconfirmed: the time for confirming has passed.
        MustAcceptAgain: the order was amended after the volunteer had accepted.
        AlreadyCheckedIn: a stay is open.
        NoRuleSheet: no rules were in force at *at*.
        TimeInFuture: the corrected time has not come yet.
        BeforeLastCheckOut: stays on one order follow each other.
        TooManyPairs: the sheet allows no more pairs on that day.
        NotInWindow: the volunteer is a no-show, and the time is outside the plan.
    """
    member = on_order(state, volunteer)
    if any(began.at == at for began in _check_ins(member)):
        return []
    if state.cancelled:
        raise OrderIsCancelled
    if state.lapsed is not None and not member.no_show:
        raise OrderHasLapsed
    _must_be_open(member)
    if is_asked_again(state, volunteer):
        raise MustAcceptAgain
    if member.began is not None:
        raise AlreadyCheckedIn
    points = sheet_at(rules, at).points
    moment = _not_in_future(at, clock, now=now, points=points)
    if member.presences and moment.earliest < member.presences[-1].ended.earliest:
        raise BeforeLastCheckOut
    if _pairs_on(member, civil_day(moment.earliest, points.zone), points) >= points.pairs_per_day:
        raise TooManyPairs
    arrived = CheckedIn(
        order=order,
        volunteer=volunteer,
        at=at,
        earliest=moment.earliest,
        latest=moment.latest,
        place_band=place_band,
        clock=clock,
    )
    return [*undo(state, rules, arrived), arrived]


def check_out(
    state: Order,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    at: datetime,
    now: datetime,
    record_due_on: date,
    clock: Clock | None = None,
    place_band: str | None = None,
) -> list[Event]:
    """Close the volunteer's stay on *order* at *at*; the record is due on *record_due_on*.

    Repeating the same check-out does nothing, so a phone may retry.

    Raises:
        OrderNotFound: nobody drafted the order.
        NotAccepted: the volunteer holds no place.
        NotCheckedIn: no stay is open.
        NoRuleSheet: no rules were in force at *at*.
        TimeInFuture: the corrected time has not come yet.
        EndsBeforeStart: the stay would have no length.
    """
    member = on_order(state, volunteer)
    if any(presence.ended.at == at for presence in member.presences):
        return []
    if member.began is None:
        raise NotCheckedIn
    moment = _not_in_future(at, clock, now=now, points=sheet_at(rules, at).points)
    if moment.latest <= member.began.earliest:
        raise EndsBeforeStart
    return [
        CheckedOut(
            order=order,
            volunteer=volunteer,
            at=at,
            earliest=moment.earliest,
            latest=moment.latest,
            record_due_on=record_due_on,
            place_band=place_band,
            clock=clock,
        )
    ]


def _must_be_open(member: Member) -> None:
    if member.confirmed_minutes is not None:
        raise AlreadyConfirmed
    if member.dispute is not None:
        raise IsDisputed
    if member.unconfirmed:
        raise IsUnconfirmed


def _check_ins(member: Member) -> tuple[CheckedIn, ...]:
    ended = tuple(presence.began for presence in member.presences)
    return ended if member.began is None else (*ended, member.began)


def _pairs_on(member: Member, on: date, points: Points) -> int:
    return sum(civil_day(began.earliest, points.zone) == on for began in _check_ins(member))


def _not_in_future(at: datetime, clock: Clock | None, *, now: datetime, points: Points) -> Moment:
    moment = corrected(at, clock, tolerance_seconds=points.clock_tolerance_seconds)
    if moment.earliest > now + timedelta(seconds=points.clock_tolerance_seconds):
        raise TimeInFuture
    return moment
