"""Who may do what where: every path of the first journey against every role and area.

One table is the whole policy. `allowed` means that no rule about roles stands in the way: the
answer may still be a refusal for another reason (409), so that no row spoils the next one.
"""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from litestar.routes import HTTPRoute

from tests.api_served import serving, settings_for
from tests.retold import Retold
from tests.running import PASSWORD, District, Machine, Phone, new_id
from tests.town import COMMUNITY, NOON, STREET, Town, at, order_body, volunteer_body

DESK = {"officer", "manager", "grid"}
READERS = DESK | {"admin", "auditor"}
STAFF = READERS | {"elsewhere", "worker", "steward"}
SERVED = {"lady", "proxy"}
PEOPLE = SERVED | {"volunteer", "stranger", "other lady"}
EVERYBODY = STAFF | PEOPLE


class Row(NamedTuple):
    """One path, who may go on, and who learns no more than that there is nothing."""

    method: str
    path: str
    body: str
    allowed: set[str]
    nothing: set[str] = frozenset()  # type: ignore[assignment]  # an empty set that nobody fills


TABLE = (
    Row("GET", "/v1/me", "", EVERYBODY),
    Row("GET", "/v1/areas", "", EVERYBODY),
    Row("GET", "/v1/stations", "", EVERYBODY),
    Row("GET", "/v1/rule-sheets", "", EVERYBODY),
    Row("GET", "/v1/staff?area={street}", "", STAFF - {"elsewhere", "grid"}),
    Row("GET", "/v1/staff", "", STAFF),
    Row("GET", "/v1/volunteers?community={community}", "", READERS),
    Row("GET", "/v1/volunteers", "", READERS | {"elsewhere"}),
    Row("GET", "/v1/volunteers/{volunteer}", "", READERS | {"volunteer"}),
    Row("GET", "/v1/volunteers/{volunteer}/service-records", "", READERS | {"volunteer"}),
    Row("GET", "/v1/purses/{volunteer}", "", READERS | {"volunteer"}),
    Row("GET", "/v1/purses/{volunteer}/entries", "", READERS | {"volunteer"}),
    Row("GET", "/v1/recipients?community={community}", "", READERS),
    Row("GET", "/v1/recipients", "", READERS | {"elsewhere"}),
    Row("GET", "/v1/recipients/{lady}", "", READERS | SERVED),
    Row("GET", "/v1/orders?community={community}", "", READERS | PEOPLE),
    Row("GET", "/v1/orders?volunteer={volunteer}&community={community}", "", READERS | PEOPLE),
    Row(
        "GET",
        "/v1/orders/{order}",
        "",
        READERS | SERVED | {"volunteer"},
        {"elsewhere", "worker", "steward", "stranger", "other lady"},
    ),
    # Ids that nobody has: who reads such things at all is told so, others are not.
    Row("GET", "/v1/volunteers/{unknown}", "", set(), READERS | {"elsewhere"}),
    Row("GET", "/v1/purses/{unknown}", "", set(), READERS | {"elsewhere"}),
    Row("GET", "/v1/recipients/{unknown}", "", set(), READERS | {"elsewhere"}),
    Row("GET", "/v1/orders/{unknown}", "", set(), EVERYBODY),
    Row("POST", "/v1/areas", "area", {"admin"}),
    Row("POST", "/v1/stations", "station", {"admin", "officer"}),
    Row("POST", "/v1/rule-sheets", "sheet", {"admin", "officer"}),
    Row("POST", "/v1/staff", "staff", {"admin"}),
    Row("POST", "/v1/staff/{grid}/grants", "grant", {"admin"}),
    Row("POST", "/v1/staff/{gone}/relief", "relief", {"admin"}),
    Row("POST", "/v1/sign-ins", "sign_in", DESK | {"admin", "worker"}),
    Row("POST", "/v1/sign-ins/{name}/resets", "nothing", DESK | {"admin", "worker"}),
    Row("POST", "/v1/volunteers", "registration", EVERYBODY | {"nobody"}),
    Row("POST", "/v1/volunteers/{volunteer}/identity-verification", "seen", DESK),
    Row("POST", "/v1/volunteers/{leaver}/suspensions", "reason", DESK),
    Row("POST", "/v1/volunteers/{leaver}/departures", "reason", DESK),
    Row("POST", "/v1/recipients", "recipient", DESK),
    Row("POST", "/v1/orders", "order", DESK),
    Row("POST", "/v1/orders/{order}/publications", "nothing", DESK),
    Row("POST", "/v1/orders/{order}/cancellations", "reason", DESK),
    Row("POST", "/v1/orders/{order}/acceptances", "join", DESK | {"volunteer"}),
    Row("POST", "/v1/orders/{order}/withdrawals", "join", DESK | {"volunteer"}),
    Row("POST", "/v1/orders/{order}/check-ins", "arrival", DESK | {"volunteer"}),
    Row("POST", "/v1/orders/{order}/check-outs", "leaving", DESK | {"volunteer"}),
    Row("POST", "/v1/orders/{order}/confirmations", "confirm", DESK | SERVED | {"volunteer"}),
    Row("POST", "/v1/orders/{unknown}/acceptances", "join", set(), EVERYBODY),
    Row("POST", "/v1/orders/{unknown}/confirmations", "confirm", set(), EVERYBODY),
    Row("POST", "/v1/volunteers/{unknown}/identity-verification", "seen", set(), EVERYBODY),
)

PUBLIC = {
    ("POST", "/v1/tokens"),
    ("POST", "/v1/tokens/refresh"),
    ("POST", "/v1/volunteers"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/tlog/checkpoint"),
    ("GET", "/tlog/epochs/{epoch:int}/checkpoint"),
    ("GET", "/tlog/epochs/{epoch:int}/tile/{tile:path}"),
    ("GET", "/tlog/key"),
    ("GET", "/tlog/tile/{tile:path}"),
    ("GET", "/schema"),
    ("GET", "/schema/openapi.json"),
    ("GET", "/schema/{path:str}"),
    ("GET", "/schema/files/{name:str}"),
    # On this machine only, or with a token of its own.
    ("GET", "/metrics"),
}
"""What answers without a token; everything else must ask for one."""

WITH_ONE_TIME_PASSWORD = {("GET", "/v1/me"), ("POST", "/v1/me/password"), ("DELETE", "/v1/tokens")}


class Cast:
    """Somebody of every kind, with an order under way between two of them."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.ids = {"street": STREET, "community": COMMUNITY, "unknown": new_id()}
        self.phones: dict[str, Phone] = {"nobody": town.anyone.phone}
        self.bodies: dict[str, Any] = {"nothing": {}, "reason": {"reason_code": "own_wish"}}
        self._staff()
        self._people()
        self._order()

    def asked(self, who: str, row: Row) -> tuple[int, str]:
        """Status and code of what *who* is answered."""
        phone, path = self.phones[who], row.path.format(**self.ids)
        answer = phone.get(path) if row.method == "GET" else phone.post(path, self.bodies[row.body])
        problem = answer.json()
        return answer.status_code, problem.get("code", "")

    def _staff(self) -> None:
        town, anyone = self.town, self.town.anyone.phone
        self.phones["admin"] = town.admin.phone
        self.phones["officer"] = town.officer.phone
        self.phones["manager"] = town.manager.phone
        names = {"auditor": "auditor", "elsewhere": "station-1", "worker": "worker-1"}
        for who, name in {**names, "steward": "steward-1"}.items():
            self.phones[who] = anyone.signed_in(name)
        grid = self._appointment("community_worker", COMMUNITY)
        answer = town.admin.phone.write("/v1/staff", grid)
        self.ids["grid"] = grid["id"]
        self.phones["grid"] = anyone.with_new_password(
            answer["sign_in"], answer["one_time_password"]
        )
        gone = self._appointment("community_worker", COMMUNITY)
        town.admin.phone.write("/v1/staff", gone)
        self.ids["gone"] = gone["id"]
        self.bodies["relief"] = {"on": "2026-05-13"}
        town.admin.phone.write(f"/v1/staff/{gone['id']}/relief", self.bodies["relief"])
        self.bodies["staff"] = grid
        self.bodies["grant"] = {k: grid[k] for k in ("role", "area", "from")}
        self.bodies["area"] = {"code": COMMUNITY, "name": "柳林社区"}
        title = {"title": "柳林时光益站", "community": COMMUNITY}
        self.bodies["station"] = {"id": town.station, **title}
        self.bodies["sheet"] = {
            "id": town.sheet,
            "kind": "points",
            "effective_from": "2026-05-01",
        }

    def _appointment(self, role: str, area: str) -> dict[str, str]:
        return {"id": new_id(), "name": "某", "role": role, "area": area, "from": "2026-05-13"}

    def _people(self) -> None:
        town, anyone = self.town, self.town.anyone.phone
        for number, who in enumerate(("volunteer", "stranger", "leaver")):
            body = volunteer_body(phone=f"1390000999{number}", password=PASSWORD)
            name = anyone.write("/v1/volunteers", body)["sign_in"]
            self.ids[who], self.ids["name"] = body["id"], name
            self.phones[who] = anyone.signed_in(name)
            self.bodies["registration"] = {k: v for k, v in body.items() if k != "password"}
        town.verified(self.ids["volunteer"])
        self.bodies["seen"] = {"method": "office_visit"}
        self.ids["lady"] = town.recipient
        self.phones["lady"] = town.lady.phone
        self.phones["proxy"] = self._daughter()
        self.phones["other lady"] = anyone.signed_in("recipient-1")
        self.bodies["sign_in"] = {"id": new_id(), "person": self.ids["volunteer"]}
        self.bodies["recipient"] = town.lady_body

    def _order(self) -> None:
        town, volunteer = self.town, self.phones["volunteer"]
        body = order_body(station=town.station, recipient=town.recipient)
        town.manager.phone.write("/v1/orders", body)
        self.ids["order"] = body["id"]
        self.bodies["order"] = body
        path = f"/v1/orders/{body['id']}"
        volunteer.write(f"{path}/acceptances")
        volunteer.write(f"{path}/check-ins", at("08:55"))
        who = {"volunteer": self.ids["volunteer"]}
        self.bodies |= {"join": who, "confirm": who}
        self.bodies |= {"arrival": {**who, **at("08:55")}, "leaving": {**who, **at("08:00")}}

    def _daughter(self) -> Phone:
        """A guardian, who speaks for the lady."""
        body = {"id": new_id(), "person": self.town.daughter, "recipient": self.town.recipient}
        answer = self.town.manager.phone.write("/v1/sign-ins", body)
        anyone = self.town.anyone.phone
        return anyone.with_new_password(answer["sign_in"], answer["one_time_password"])


@pytest.fixture(scope="module")
def cast(district_on_sqlite: District, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    """Everybody, in front of one server."""
    machine: Machine = district_on_sqlite.copy(tmp_path_factory.mktemp("cast") / "machine")
    with machine.serving(TIMEBANK_CLOCK=NOON) as phone:
        yield Cast(Town(machine, Retold(machine, phone)))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.path}")
def test_every_role_may_do_what_the_table_says_and_nothing_else(cast: Cast, row: Row) -> None:
    """Allowed, 403, or 404 for who must not even learn that it exists; 401 without a token."""
    found: dict[str, set[str]] = {"allowed": set(), "nothing": set()}
    for who in (*sorted(EVERYBODY), "nobody"):
        status, code = cast.asked(who, row)
        assert status in {200, 201, 401, 403, 404, 409}, (who, status, code)
        match status:
            case HTTPStatus.UNAUTHORIZED:
                assert (who, code) == ("nobody", "sign_in_needed")
            case HTTPStatus.FORBIDDEN:
                assert code in {"not_allowed", "not_a_confirmer"}, (who, code)
            case HTTPStatus.NOT_FOUND:
                found["nothing"].add(who)
            case _:
                found["allowed"].add(who)
    assert found == {"allowed": row.allowed, "nothing": set(row.nothing)}


def test_a_volunteer_finds_nothing_of_others_in_any_list(cast: Cast) -> None:
    """Only what is open to all; never who asked for it, where they live or who serves them."""
    stranger = cast.phones["stranger"]
    assert stranger.read("/v1/orders", volunteer=cast.ids["volunteer"])["items"] == []
    assert stranger.read("/v1/orders", mine="to_confirm")["items"] == []
    open_order = order_body(station=cast.town.station, recipient=cast.town.recipient)
    made = cast.phones["manager"].write("/v1/orders", open_order)
    (line,) = stranger.read("/v1/orders", after=made["position"], community=COMMUNITY)["items"]
    assert line["id"] == open_order["id"]
    shown = stranger.read(f"/v1/orders/{open_order['id']}")
    hidden = ("recipient", "address", "contact", "meeting_note", "person_in_charge")
    assert {shown[field] for field in hidden} == {None}
    assert shown["members"] == []


def test_me_says_what_one_is_and_where(cast: Cast) -> None:
    """Staff by their grants; everybody else by what they are."""

    def roles(who: str) -> list[tuple[str, str]]:
        return [(held["role"], held["area"]) for held in cast.phones[who].read("/v1/me")["roles"]]

    assert roles("manager") == [("station_manager", STREET)]
    assert roles("grid") == [("community_worker", COMMUNITY)]
    for who, role in (("volunteer",) * 2, ("lady", "recipient"), ("proxy", "guardian")):
        assert roles(who) == [(role, COMMUNITY)]


def test_relief_ends_access_at_once(cast: Cast) -> None:
    """The token of a minute ago, its refresh token, every role; a later day changes nothing yet."""
    anyone, admin = cast.town.anyone.phone, cast.phones["admin"]
    body = cast._appointment("community_worker", COMMUNITY)
    answer = admin.write("/v1/staff", body)
    grid = anyone.with_new_password(answer["sign_in"], answer["one_time_password"])
    sign_in = {"name": answer["sign_in"], "password": PASSWORD}
    pair = anyone.http.post("/v1/tokens", json=sign_in).json()
    relief = f"/v1/staff/{body['id']}/relief"

    admin.write(relief, {"on": "2026-05-20", "reason": "调任"})
    assert grid.get("/v1/recipients").status_code == 200
    admin.write(relief, {"on": "2026-05-13", "reason": "调任"})

    assert grid.get("/v1/recipients").json()["code"] == "token_not_valid"
    refresh = {"refresh_token": pair["refresh_token"]}
    assert anyone.http.post("/v1/tokens/refresh", json=refresh).status_code == 401
    again = anyone.signed_in(answer["sign_in"])
    assert again.get("/v1/recipients").json()["code"] == "not_allowed"
    assert again.read("/v1/me")["roles"] == []


def test_a_grant_counts_inside_its_area_and_its_days_only(cast: Cast) -> None:
    """A street's officer publishes no rules for the district; tomorrow's role is none today."""
    anyone, admin = cast.town.anyone.phone, cast.phones["admin"]
    body = cast._appointment("bureau_officer", STREET)
    answer = admin.write("/v1/staff", body)
    officer = anyone.with_new_password(answer["sign_in"], answer["one_time_password"])
    refused = officer.post("/v1/rule-sheets", cast.bodies["sheet"])
    assert refused.json()["code"] == "not_allowed"
    station = {"id": new_id(), "title": "某站", "community": "990101001001"}
    assert officer.post("/v1/stations", station).json()["code"] == "not_allowed"
    assert officer.post("/v1/stations", {**station, "community": COMMUNITY}).status_code == 200
    later = {"role": "administrator", "area": STREET, "from": "2026-05-14"}
    admin.write(f"/v1/staff/{body['id']}/grants", later)
    area = {"code": "990101099002", "name": "某社区"}
    assert officer.post("/v1/areas", area).json()["code"] == "not_allowed"


def address(route: HTTPRoute) -> str:
    """An address that *route* answers."""
    parts = (
        part if isinstance(part, str) else ("1" if part.type is int else new_id())
        for part in route.path_components
    )
    return "/" + "/".join(parts)


async def test_every_route_needs_a_token_unless_it_is_listed_as_public(tmp_path: Path) -> None:
    """Deny by default, walked over all routes of the app; also behind a one-time password."""
    async with serving(settings_for(tmp_path, f"sqlite:///{tmp_path}/book.db")) as desk:
        issued = await desk.staff("worker-1")
        token = (await desk.sign_in("worker-1", issued))["access_token"]
        walked = 0
        public = set()
        for route in desk.app.routes:
            if not isinstance(route, HTTPRoute):
                continue
            path = address(route)
            for method in sorted(route.methods - {"OPTIONS", "HEAD"}):
                place = (method, route.path)
                bare = await desk.http.request(method, path)
                asks = (bare.status_code, bare.json().get("code")) if bare.status_code == 401 else 0
                if place in PUBLIC:
                    assert asks == 0, place
                    public.add(place)
                    continue
                assert asks == (401, "sign_in_needed"), (place, bare.status_code)
                if place not in WITH_ONE_TIME_PASSWORD:
                    headers = {"authorization": f"Bearer {token}"}
                    early = await desk.http.request(method, path, headers=headers)
                    assert early.json()["code"] == "password_change_required", place
                walked += 1
        assert walked > 30
        assert public == PUBLIC
