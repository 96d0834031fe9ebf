"""The shape of the demonstration district: its areas, offices, people and orders, from a seed.

Numbers are borrowed from public reports of counties: 12 streets, 48 communities, 12 stations, 913
volunteers of whom a fifth do some 70 % of the work, 975 recipients, 7,654 individual orders over
14 months. `scale` multiplies people and orders, never the areas.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

DISTRICT = "990101"
STREETS = 12
COMMUNITIES_PER_STREET = 4
VOLUNTEERS = 913
RECIPIENTS = 975
ORDERS = 7_654
MONTHS = 14
BUSY_SHARE, BUSY_WORK = 0.2, 0.7
CHINA = timedelta(hours=8)

STREET_NAMES = (
    "东风",
    "西湖",
    "南门",
    "北塔",
    "河滨",
    "新城",
    "文昌",
    "桃源",
    "金山",
    "柳林",
    "石桥",
    "花园",
)
COMMUNITY_NAMES = ("一", "二", "三", "四")
SERVICES = (
    ("companionship", "陪伴聊天"),
    ("errands", "代购代办"),
    ("cleaning", "居家保洁"),
    ("medical_escort", "陪同就医"),
    ("meals", "助餐送餐"),
    ("haircut", "上门理发"),
    ("repairs", "小家电维修"),
    ("digital_help", "智能手机指导"),
)


class Ids:
    """Ids that the seed decides: version 7, their time the district's own."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def at(self, instant: datetime) -> str:
        """A new id made at *instant*."""
        milliseconds = int(instant.timestamp() * 1000)
        bits = milliseconds << 80 | 7 << 76 | self.rng.getrandbits(12) << 64
        return str(UUID(int=bits | 2 << 62 | self.rng.getrandbits(62)))


class Area(NamedTuple):
    """An area and its name."""

    code: str
    name: str
    residents: int


class Visit(NamedTuple):
    """One individual order as it will be played: who, for whom, and the four times."""

    volunteer: int
    recipient: int
    service: tuple[str, str]
    published: datetime
    start: datetime
    arrived: datetime
    left: datetime
    end: datetime


def streets() -> list[Area]:
    """The streets of the district."""
    return [
        Area(f"{DISTRICT}{i + 1:03d}", f"{name}街道", 42_000 + 1_500 * i)
        for i, name in enumerate(STREET_NAMES)
    ]


def communities() -> list[Area]:
    """The communities, four in each street."""
    return [
        Area(f"{street.code}{j + 1:03d}", f"{street.name[:2]}{part}社区", street.residents // 4)
        for street in streets()
        for j, part in enumerate(COMMUNITY_NAMES)
    ]


def months_before(end: date, months: int) -> date:
    """The first day of the month *months* - 1 before the month of *end*."""
    count = end.year * 12 + end.month - 1 - (months - 1)
    return date(count // 12, count % 12 + 1, 1)


def last_full_month(today: date) -> date:
    """The last day of the last month that is over on *today*."""
    return today.replace(day=1) - timedelta(days=1)


def visits(rng: Random, *, first: date, last: date, scale: float) -> list[Visit]:
    """The individual orders between *first* and *last*, in the order of their days."""
    volunteers, recipients = scaled(VOLUNTEERS, scale), scaled(RECIPIENTS, scale)
    busy = max(1, round(volunteers * BUSY_SHARE))
    days = (last - first).days
    on = sorted(rng.randint(0, days) for _ in range(scaled(ORDERS, scale)))
    return [
        _visit(rng, first + timedelta(days=day), _volunteer(rng, busy, volunteers), recipients)
        for day in on
    ]


def scaled(number: int, scale: float) -> int:
    """*number* times *scale*, at least one."""
    return max(1, round(number * scale))


def moment(on: date, minutes: int) -> datetime:
    """The instant *minutes* after midnight in China on *on*."""
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) - CHINA
    return midnight + timedelta(minutes=minutes)


def by_day(visits: Sequence[Visit]) -> dict[date, list[Visit]]:
    """The visits of each civil day."""
    days: dict[date, list[Visit]] = {}
    for visit in visits:
        days.setdefault((visit.start + CHINA).date(), []).append(visit)
    return days


def _volunteer(rng: Random, busy: int, volunteers: int) -> int:
    if rng.random() < BUSY_WORK or busy == volunteers:
        return rng.randrange(busy)
    return rng.randrange(busy, volunteers)


def _visit(rng: Random, on: date, volunteer: int, recipients: int) -> Visit:
    start = rng.randrange(8 * 60, 17 * 60, 5)
    length = rng.choice((30, 45, 60, 60, 90, 90, 120, 150))
    late, over = rng.randint(-5, 10), rng.randint(-10, 25)
    return Visit(
        volunteer=volunteer,
        recipient=rng.randrange(recipients),
        service=rng.choice(SERVICES),
        published=moment(on, 7 * 60),
        start=moment(on, start),
        arrived=moment(on, start + late),
        left=moment(on, max(start + length + over, start + late + 5)),
        end=moment(on, start + length),
    )
