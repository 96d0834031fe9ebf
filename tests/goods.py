"""A station and a fair with something to hand out, and somebody with points."""

from datetime import datetime, timedelta
from typing import Any

from tests.purses import Purses, entry, sheet
from tests.serving import CLERK, COMMUNITY, DAY, STATION, VOLUNTEER, at
from timebank.codes import redemption_code
from timebank.event import Event
from timebank.fairs import add_stall, announce
from timebank.handing_over import goods_left, hand_over, take_back
from timebank.offering import allot, open_offer
from timebank.postings import HoldPosted
from timebank.redeeming import cancel, lapse, reserve
from timebank.stations import open_station

OFFER = entry("offer")
FAIR = entry("fair")
STALL = entry("stall one")
OTHER_STALL = entry("stall two")
RED = entry("redemption")
KEY = b"0123456789abcdef0123456789abcdef"
OPENS, CLOSES = at("09:00"), at("17:00")
NOON = at("12:00")


class Goods(Purses):
    """Purses, offers, a fair, and the steps of a redemption as they are decided over them."""

    def __init__(self, minutes: int = 600) -> None:
        super().__init__()
        if minutes:
            self.carry(minutes, DAY + timedelta(days=100))

    @property
    def offer(self) -> Any:
        """The state of the offer."""
        return self(f"offer-{OFFER}")

    @property
    def fair(self) -> Any:
        """The state of the fair; None where the goods are at a station."""
        return self(f"fair-{FAIR}") if self.offer.fair else None

    def redemption(self, name: str = RED) -> Any:
        """The state of a redemption."""
        return self(f"redemption-{name}")

    def at_station(self, stock: int = 10, **facts: Any) -> "Goods":
        """Offer umbrellas for 120 minutes at the station."""
        self.add(
            open_station(
                self(f"station-{STATION}"), station=STATION, title="城东", community=COMMUNITY
            )
        )
        return self._offered(f"station-{STATION}", stock, station=STATION, **facts)

    def at_fair(self, stock: int = 10, **facts: Any) -> "Goods":
        """Offer umbrellas for 120 minutes at a fair with two stalls."""
        name = f"fair-{FAIR}"
        times = {"opens_at": OPENS, "closes_at": CLOSES}
        self.add(announce(self(name), fair=FAIR, title="集市", community=COMMUNITY, **times))
        for stall in (STALL, OTHER_STALL):
            self.add(add_stall(self(name), fair=FAIR, stall=stall, title="摊", stewards=(CLERK,)))
        return self._offered(name, stock, fair=FAIR, **facts)

    def _offered(self, place: str, stock: int, **facts: Any) -> "Goods":
        said = {"offer": OFFER, "title": "雨伞", "price_minutes": 120, "stock": stock, **facts}
        self.add(open_offer(self.offer, self(place), **said))
        return self

    def allot(self, quantity: int, stall: str = STALL) -> list[Event]:
        """Give a stall its share."""
        return self.add(
            allot(
                self.offer,
                self(f"fair-{FAIR}"),
                offer=OFFER,
                fair_id=FAIR,
                stall=stall,
                quantity=quantity,
            )
        )

    def reserve(self, name: str = RED, **facts: Any) -> list[Event]:
        """Reserve one piece at noon."""
        said: dict[str, Any] = {"person": VOLUNTEER, "quantity": 1, "now": NOON, **facts}
        rules = said.pop("rules", sheet())
        offer = said.pop("offer", OFFER)
        return self.add(
            reserve(
                self.redemption(name),
                self(f"offer-{offer}"),
                self.purse(said["person"]),
                self.fair,
                rules,
                redemption=name,
                offer=offer,
                **said,
            )
        )

    def hand_over(self, name: str = RED, **facts: Any) -> list[Event]:
        """Scan the code a minute later."""
        return self._scan(hand_over, name, facts)

    def goods_left(self, name: str = RED, **facts: Any) -> list[Event]:
        """Push what a stall without signal has handed over."""
        return self._scan(goods_left, name, facts)

    def _scan(self, decide: Any, name: str, facts: dict[str, Any]) -> list[Event]:
        scanned = facts.pop("at", NOON + timedelta(minutes=1))
        said = {"at": scanned, "now": scanned, "redemption": name, **facts}
        state = self.redemption(name)
        states = [state, self.purse(state.person or VOLUNTEER)]
        states += [self.fair] if decide is hand_over else []
        return self.add(decide(*states, sheet(), **said))

    def cancel(self, name: str = RED, now: datetime = NOON) -> list[Event]:
        """Give the reservation up."""
        state = self.redemption(name)
        facts: dict[str, Any] = {"redemption": name, "reason_code": "not_wanted", "now": now}
        return self.add(cancel(state, self.purse(state.person or VOLUNTEER), sheet(), **facts))

    def lapse(self, now: datetime, name: str = RED, **facts: Any) -> list[Event]:
        """Let the timer come round."""
        state = self.redemption(name)
        purse = self.purse(state.person or VOLUNTEER)
        return self.add(lapse(state, purse, self.fair, sheet(), redemption=name, now=now, **facts))

    def take_back(self, quantity: int = 1, name: str = RED, **facts: Any) -> list[Event]:
        """Bring goods back."""
        state = self.redemption(name)
        posted = next(
            (e for e in self.events if isinstance(e, HoldPosted) and e.hold == name), None
        )
        if posted is None:
            lots: dict[str, Any] = {"lots": (), "minutes": 0, "debit": "", "credit": ""}
            posted = HoldPosted(person=VOLUNTEER, entry="none", hold=name, **lots)
        said: dict[str, Any] = {
            "entry": entry(f"return {len(self.events)}"),
            "restock": True,
            "now": NOON,
            **facts,
        }
        purse = self.purse(state.person or VOLUNTEER)
        return self.add(
            take_back(
                state, purse, sheet(), posted=posted, redemption=name, quantity=quantity, **said
            )
        )


def code(name: str = RED) -> str:
    """Give the code of a redemption."""
    return redemption_code(name, KEY)
