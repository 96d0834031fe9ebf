"""The first journey, over a socket, on both stores: from the first appointment to hours and points.

Every wish is sent three times (see `retold`); every number is read right after it was written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.retold import Retold
from tests.running import PASSWORD, Machine, Phone, new_id

NOON = "2026-05-13T12:00:00+08:00"
STREET, COMMUNITY = "990101099", "990101099001"
PERSON = "周敏"
OLD_LADY = "郑玉兰"
ADDRESS = "柳林社区和平路8号2栋301室"
PHONE = "13900001234"


@contextmanager
def noon(district: Machine) -> Iterator[Retold]:
    """The district on Wednesday, 13 May 2026, at noon."""
    with district.serving(TIMEBANK_CLOCK=NOON) as phone:
        yield Retold(district, phone)


def settled(phone: Retold, answer: dict[str, Any], password: str = PASSWORD) -> Retold:
    """Signed in with what was handed out, and then with a password of one's own."""
    one_time = answer["one_time_password"]
    guest = phone.signed_in(answer["sign_in"], one_time)
    refused = guest.phone.post("/v1/orders", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    guest.phone.write("/v1/me/password", {"old": one_time, "new": password})
    return phone.signed_in(answer["sign_in"], password)


def volunteer_body(**changes: Any) -> dict[str, Any]:
    """What somebody says of themselves who wants to serve."""
    return {
        "id": new_id(),
        "name": PERSON,
        "phone": PHONE,
        "sex": "female",
        "birth_date": "1990-05-01",
        "community": COMMUNITY,
        "skills": ["companionship"],
        "consent": {"version": "2026-1", "at": "2026-05-13T11:58:00+08:00"},
        **changes,
    }


def order_body(**changes: Any) -> dict[str, Any]:
    """An order of two hours on the morning of 13 May."""
    return {
        "id": new_id(),
        "kind": "individual",
        "category": "companionship",
        "title": "陪伴聊天",
        "content": "陪老人读报",
        "community": COMMUNITY,
        "address": ADDRESS,
        "meeting_note": "门铃坏了,请敲门",
        "person_in_charge": "林静",
        "planned_start": "2026-05-13T09:00:00+08:00",
        "planned_end": "2026-05-13T11:00:00+08:00",
        "places": 1,
        **changes,
    }


class Town:
    """A new street of the district with everybody whom the journey needs."""

    def __init__(self, anyone: Retold) -> None:
        self.anyone = anyone
        self.admin = anyone.signed_in("admin")
        self.admin.made("/v1/areas", {"code": STREET, "name": "柳林新街道", "residents": 9000})
        self.admin.made("/v1/areas", {"code": COMMUNITY, "name": "柳林社区"})
        self.officer = self._appointed("bureau_officer", "990101")
        self.manager = self._appointed("station_manager", STREET)
        self.station = new_id()
        station = {"id": self.station, "title": "柳林时光益站", "community": COMMUNITY}
        self.officer.made("/v1/stations", station)
        self.sheet = new_id()
        sheet = {"id": self.sheet, "kind": "points", "effective_from": "2026-05-01"}
        self.officer.made("/v1/rule-sheets", sheet)
        self.recipient = new_id()
        self.manager.made(
            "/v1/recipients",
            {
                "id": self.recipient,
                "name": OLD_LADY,
                "phone": "13900005678",
                "birth_date": "1941-02-03",
                "community": COMMUNITY,
                "address": ADDRESS,
                "categories": ["living_alone"],
                "legal_basis": "consent",
            },
        )
        opened = self.manager.made("/v1/sign-ins", {"id": new_id(), "person": self.recipient})
        self.lady = settled(anyone, opened)

    def _appointed(self, role: str, area: str) -> Retold:
        body = {"id": new_id(), "name": "林静", "role": role, "area": area, "from": "2026-05-13"}
        answer = self.admin.made("/v1/staff", body)
        return settled(self.anyone, answer)

    def joined(self, **changes: Any) -> tuple[str, Retold]:
        """A verified volunteer who registered on their own, and their phone."""
        body = volunteer_body(**changes)
        answer = self.anyone.made("/v1/volunteers", body)
        assert answer["location"] == f"/v1/volunteers/{body['id']}"
        assert answer["sign_in"] == answer["volunteer_no"]
        volunteer = (
            self.anyone.signed_in(answer["sign_in"], body["password"])
            if "password" in body
            else settled(self.anyone, answer)
        )
        assert volunteer.read("/v1/me") == {
            "id": body["id"],
            "name": answer["sign_in"],
            "person": body["id"],
            "kind": "volunteer",
            "roles": [{"role": "volunteer", "area": COMMUNITY}],
        }
        return body["id"], volunteer

    def verified(self, volunteer: str) -> None:
        """A desk saw who they are."""
        path = f"/v1/volunteers/{volunteer}/identity-verification"
        seen = {"method": "office_visit", "id_type": "passport"}
        self.manager.done(path, {**seen, "id_number": f"E{volunteer[-8:]}"})


def test_the_whole_journey_and_every_figure_of_it(district: Machine) -> None:
    """Planned 120 minutes, served 08:55 to 10:40: 105 minutes in hours and purse, due 27 May."""
    with noon(district) as anyone:
        town = Town(anyone)
        volunteer, phone = town.joined()
        body = order_body(station=town.station, recipient=town.recipient)
        order = f"/v1/orders/{body['id']}"
        made = town.manager.made("/v1/orders", body)
        assert made["location"] == order
        assert made["id"] == body["id"]

        phone.refused(409, "identity_not_verified", f"{order}/acceptances", {})
        town.verified(volunteer)

        (offered,) = phone.read("/v1/orders", station=town.station, after=made["position"])["items"]
        assert (offered["id"], offered["status"], offered["my_state"]) == (
            *(body["id"], "published"),
            None,
        )
        assert offered["title"] == "陪伴聊天"
        before = phone.read(order)
        assert (before["address"], before["allowed"], before["members"]) == (None, ["accept"], [])

        accepted = phone.done(f"{order}/acceptances", {})
        shown = phone.read(order, after=accepted["position"])
        assert (shown["status"], shown["my_state"], shown["places_left"]) == (
            *("accepted", "accepted"),
            0,
        )
        assert (shown["address"], shown["meeting_note"]) == (ADDRESS, "门铃坏了,请敲门")
        assert shown["contact"] == {"name": OLD_LADY, "phone": "13900005678"}
        assert shown["allowed"] == ["withdraw", "check_in"]

        phone.refused(409, "not_checked_in", f"{order}/check-outs", at("10:40"))
        arrived = phone.done(f"{order}/check-ins", at("08:55"))
        shown = phone.read(order, after=arrived["position"])
        assert (shown["status"], shown["allowed"]) == ("under_way", ["check_out"])
        assert shown["members"][0]["check_in"] == "2026-05-13T00:55:00Z"
        phone.refused(409, "already_begun", f"{order}/withdrawals", {})
        town.lady.refused(
            409, "not_checked_out", f"{order}/confirmations", {"volunteer": volunteer}
        )

        left = phone.done(f"{order}/check-outs", at("10:40"))
        shown = phone.read(order, after=left["position"])
        assert (shown["status"], shown["record_due_on"]) == ("awaiting_confirmation", "2026-05-27")
        for before, due in (("2026-05-28", [body["id"]]), ("2026-05-27", [])):
            waiting = town.manager.read("/v1/orders", due_before=before)["items"]
            assert [item["id"] for item in waiting] == due
        phone.refused(409, "own_service", f"{order}/confirmations", {"volunteer": volunteer})
        (waits,) = town.lady.read("/v1/orders", mine="to_confirm")["items"]
        assert waits["id"] == body["id"]
        (waits,) = town.manager.read("/v1/orders", mine="to_confirm")["items"]
        assert waits["id"] == body["id"]
        assert town.lady.read(order)["allowed"] == ["confirm"]

        confirmed = town.lady.done(
            f"{order}/confirmations", {"volunteer": volunteer, "rating": 5, "method": "app"}
        )
        after = confirmed["position"]
        shown = town.manager.read(order, after=after)
        assert shown["status"] == "confirmed"
        (member,) = shown["members"]
        assert (member["state"], member["minutes"], member["credit_minutes"]) == (
            *("confirmed", 105),
            105,
        )
        (record,) = phone.read(f"/v1/volunteers/{volunteer}/service-records", after=after)["items"]
        assert record.pop("recorded_at").startswith("2026-05-13T04:0")
        assert record.pop("id")
        assert record == {
            "order": body["id"],
            "activity": "陪伴聊天",
            "date": "2026-05-13",
            "place": ADDRESS,
            "content": "陪老人读报",
            "minutes": 105,
            "credit_minutes": 105,
            "capped_minutes": 0,
            "organising_unit": "柳林时光益站",
            "person_in_charge": "林静",
            "evaluation": 5,
            "due_on": "2026-05-27",
            "late": False,
        }
        purse = phone.read(f"/v1/purses/{volunteer}", after=after)
        (lot,) = purse["lots"]
        assert (lot["minutes"], lot["valid_until"], lot["origin"]) == (
            *(105, "2028-05-13"),
            body["id"],
        )
        del purse["lots"]
        assert purse == {
            "person": volunteer,
            "available_minutes": 105,
            "held_minutes": 0,
            "debt_minutes": 0,
            "points": 1,
            "remainder_minutes": 45,
            "expiring": [{"minutes": 105, "on": "2028-05-13"}],
        }
        (entry,) = phone.read(f"/v1/purses/{volunteer}/entries", after=after)["items"]
        assert {k: entry[k] for k in ("debit", "credit", "minutes", "reason", "sheet")} == {
            "debit": "issuance",
            "credit": f"available:{volunteer}",
            "minutes": 105,
            "reason": "earned",
            "sheet": town.sheet,
        }
        found = phone.read(f"/v1/volunteers/{volunteer}", after=after)
        assert (found["status"], found["service_minutes"], found["stars"]) == ("verified", 105, 0)
        assert (found["name"], found["phone"]) == (PERSON, PHONE)
        less = {"volunteer": volunteer, "minutes": 60}
        town.lady.refused(409, "already_confirmed", f"{order}/confirmations", less)
        lists(town, phone, volunteer, body["id"])
    district.run("verify")
    district.run("rebuild", "--check")


def lists(town: Town, phone: Retold, volunteer: str, order: str) -> None:
    """Every question that a list takes, by its name in the contract."""
    manager = town.manager

    def orders(**params: Any) -> list[str]:
        return [item["id"] for item in manager.read("/v1/orders", **params)["items"]]

    assert orders() == [order]
    assert orders(status="confirmed", category="companionship", volunteer=volunteer) == [order]
    assert orders(recipient=town.recipient, station=town.station, community=STREET) == [order]
    assert orders(mine="published") == [order]
    assert orders(mine="to_confirm") == orders(status="published") == []
    nine, ten = "2026-05-13T09:00:00+08:00", "2026-05-13T10:00:00+08:00"
    assert orders(**{"from": nine, "to": ten}) == [order]
    assert orders(**{"from": ten}) == orders(to=nine) == []
    assert orders(due_before="2026-05-28") == []
    (mine,) = phone.read("/v1/orders", mine="accepted")["items"]
    assert (mine["id"], mine["my_state"]) == (order, "confirmed")
    (served,) = town.lady.read("/v1/orders", recipient=town.recipient)["items"]
    assert served["id"] == order

    path = f"/v1/volunteers/{volunteer}/service-records"
    day = {"from": "2026-05-13", "to": "2026-05-13"}
    assert len(phone.read(path, **day)["items"]) == 1
    assert phone.read(path, **{"from": "2026-05-14"})["items"] == []
    assert phone.read(path, to="2026-05-12")["items"] == []

    (item,) = manager.read("/v1/volunteers", community=COMMUNITY, status="verified")["items"]
    assert (item["id"], item["service_minutes"]) == (volunteer, 105)
    (item,) = manager.read("/v1/recipients", community=COMMUNITY)["items"]
    assert (item["id"], item["name"]) == (town.recipient, OLD_LADY)
    (item,) = phone.read("/v1/stations", community=STREET)["items"]
    assert item == {"id": town.station, "title": "柳林时光益站", "community": COMMUNITY}
    (_, item) = phone.read("/v1/areas", under=STREET)["items"]
    assert (item["code"], item["name"], item["level"]) == (COMMUNITY, "柳林社区", "community")
    (sheet,) = phone.read("/v1/rule-sheets", kind="points", on="2026-05-13")["items"]
    assert sheet["id"] == town.sheet
    (member,) = manager.read("/v1/staff", area=STREET, role="station_manager")["items"]
    assert (member["name"], member["roles"]) == (
        "林静",
        [{"role": "station_manager", "area": STREET, "from": "2026-05-13", "until": None}],
    )


def at(clock: str, on: str = "2026-05-13") -> dict[str, str]:
    """A body that claims *clock* in China on the day *on*."""
    return {"at": f"{on}T{clock}:00+08:00"}


def test_ten_hours_stay_ten_hours_and_bring_the_points_of_eight(district: Machine) -> None:
    """Served 600 minutes in a day: hours 600, purse 480, capped 120; the station confirms."""
    with noon(district) as anyone:
        town = Town(anyone)
        volunteer, phone = town.joined(password="a password of my own")
        town.verified(volunteer)
        body = order_body(
            station=town.station,
            recipient=town.recipient,
            planned_start="2026-05-12T08:00:00+08:00",
            planned_end="2026-05-12T18:00:00+08:00",
        )
        town.manager.made("/v1/orders", {**body, "draft": True})
        order = f"/v1/orders/{body['id']}"
        phone.hidden(404, "order_not_found", order)
        phone.refused(409, "not_published", f"{order}/acceptances", {})
        assert town.manager.read(order)["allowed"] == ["publish", "cancel"]
        town.manager.done(f"{order}/publications", {})
        # A desk acts for somebody who has no phone.
        town.manager.done(f"{order}/acceptances", {"volunteer": volunteer})
        town.manager.done(
            f"{order}/check-ins", {**at("08:00", "2026-05-12"), "volunteer": volunteer}
        )
        phone.done(f"{order}/check-outs", at("18:00", "2026-05-12"))
        town.manager.refused(
            *(409, "more_than_served", f"{order}/confirmations"),
            {"volunteer": volunteer, "minutes": 601},
        )
        done = town.manager.done(
            f"{order}/confirmations",
            {"volunteer": volunteer, "method": "phone_back", "attested_by": OLD_LADY},
        )
        after = done["position"]
        (record,) = phone.read(f"/v1/volunteers/{volunteer}/service-records", after=after)["items"]
        assert (record["minutes"], record["credit_minutes"], record["capped_minutes"]) == (
            *(600, 480),
            120,
        )
        assert (record["date"], record["due_on"]) == ("2026-05-12", "2026-05-26")
        purse = phone.read(f"/v1/purses/{volunteer}", after=after)
        assert (purse["available_minutes"], purse["points"], purse["remainder_minutes"]) == (
            *(480, 8),
            0,
        )
        assert phone.read(f"/v1/volunteers/{volunteer}")["service_minutes"] == 600


def test_the_same_key_for_another_wish_and_no_key_at_all_are_refused(district: Machine) -> None:
    """409 idempotency_conflict; 400 idempotency_key_required."""
    with noon(district) as anyone:
        admin = anyone.signed_in("admin").phone
        key, body = new_id(), {"code": STREET, "name": "柳林新街道"}
        assert admin.post("/v1/areas", body, key).status_code == 201
        other = admin.post("/v1/areas", {**body, "name": "另一街道"}, key)
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
        elsewhere = admin.post("/v1/stations", body, key)
        assert elsewhere.status_code in {400, 409}
        without = admin.post("/v1/areas", body, "1")
        assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_required")
        # The key belongs to its caller: somebody else's is another.
        officer = anyone.signed_in("officer-1").phone
        assert officer.post("/v1/areas", body, key).json()["code"] == "not_allowed"


@pytest.mark.parametrize("district", ["sqlite"], indirect=True)
def test_every_refusal_of_the_journey_reads_in_both_languages(district: Machine) -> None:
    """Each leaves the book as it was, and says in a sentence what is wrong."""
    with noon(district) as anyone:
        town = Town(anyone)
        volunteer, phone = town.joined()
        town.verified(volunteer)
        manager, lady = town.manager, town.lady
        confirm = {"volunteer": volunteer}

        admin, officer = town.admin, town.officer
        admin.refused(400, "bad_area_code", "/v1/areas", {"code": "9901019", "name": "某"})
        admin.refused(409, "area_code_taken", "/v1/areas", {"code": STREET, "name": "某"})
        code = "990101098001"
        admin.refused(404, "unknown_area", "/v1/areas", {"code": code, "name": "某"})
        officer.refused(403, "not_allowed", "/v1/areas", {"code": code, "name": "某"})

        staff = {"id": new_id(), "name": "某", "role": "auditor", "area": STREET}
        past = {**staff, "from": "2026-05-13", "until": "2026-05-12"}
        admin.refused(400, "grant_ends_before_start", "/v1/staff", past)
        phone_name = {**staff, "from": "2026-05-13", "sign_in": "13900001234"}
        admin.refused(400, "sign_in_name_tells_who", "/v1/staff", phone_name)
        taken = {**staff, "from": "2026-05-13", "sign_in": "admin"}
        admin.refused(409, "sign_in_name_taken", "/v1/staff", taken)
        relief = {"on": "2026-05-13", "reason": "调任"}
        admin.refused(404, "unknown_staff", f"/v1/staff/{new_id()}/relief", relief)
        admin.refused(404, "unknown_sign_in", "/v1/sign-ins/nobody/resets", {})
        sign_in = {"id": new_id(), "person": new_id()}
        manager.refused(404, "sign_in_owner_not_found", "/v1/sign-ins", sign_in)

        join = "/v1/volunteers"
        anyone.refused(409, "already_volunteer", join, volunteer_body(phone="139 0000 1234"))
        minor = volunteer_body(birth_date="2012-01-01", phone="13900001235")
        anyone.refused(409, "guardian_missing", join, minor)
        born = volunteer_body(birth_date="2026-05-14", phone="13900001235")
        anyone.refused(400, "birth_date_in_future", join, born)
        weak = volunteer_body(password="short", phone="13900001235")
        anyone.refused(400, "password_too_weak", join, weak)
        far = volunteer_body(community="990101098001", phone="13900001235")
        anyone.refused(404, "unknown_area", join, far)
        later = {"version": "1", "at": "2026-05-14T12:00:00+08:00"}
        early = volunteer_body(consent=later, phone="13900001235")
        anyone.refused(400, "consent_missing", join, early)
        own = {"old": "not the password", "new": "another password"}
        phone.refused(403, "wrong_password", "/v1/me/password", own)

        orders = "/v1/orders"
        for code, status, change in (
            ("plan_ends_before_start", 400, {"planned_end": "2026-05-13T08:00:00+08:00"}),
            ("kind_not_offered", 409, {"kind": "team"}),
            ("funding_not_offered", 409, {"funding": "recipient"}),
            ("station_not_found", 404, {"station": new_id()}),
            ("recipient_not_found", 404, {"recipient": new_id()}),
            ("not_allowed", 403, {"community": "990101001001"}),
        ):
            manager.refused(status, code, orders, order_body(**change))

        body = order_body(station=town.station, recipient=town.recipient)
        order = f"/v1/orders/{body['id']}"
        manager.made(orders, body)
        manager.refused(409, "id_taken", orders, {**body, "places": 2})
        nobody = f"/v1/orders/{new_id()}"
        phone.refused(404, "order_not_found", f"{nobody}/acceptances", {})
        phone.refused(409, "not_accepted", f"{order}/check-ins", at("08:55"))
        lady.refused(409, "not_accepted", f"{order}/confirmations", confirm)
        lady.refused(404, "volunteer_not_found", f"{order}/acceptances", {})
        phone.done(f"{order}/acceptances", {})
        _, other = town.joined(phone="13900001235")
        town.verified(other.read("/v1/me")["id"])
        other.refused(409, "all_places_taken", f"{order}/acceptances", {})
        other.refused(403, "not_a_confirmer", f"{order}/confirmations", confirm)
        phone.refused(400, "time_in_future", f"{order}/check-ins", at("13:00"))
        lady.refused(409, "nothing_served", f"{order}/confirmations", confirm)
        phone.done(f"{order}/check-ins", at("08:55"))
        phone.refused(409, "already_checked_in", f"{order}/check-ins", at("08:56"))
        phone.refused(409, "ends_before_start", f"{order}/check-outs", at("08:50"))
        manager.refused(409, "already_begun", f"{order}/cancellations", {"reason_code": "ill"})
        phone.done(f"{order}/check-outs", at("10:40"))
        early_again = at("10:00")
        phone.refused(409, "before_last_check_out", f"{order}/check-ins", early_again)
        lady.done(f"{order}/confirmations", confirm)
        phone.refused(409, "already_confirmed", f"{order}/check-ins", at("11:00"))

        gone = order_body(station=town.station)
        manager.made(orders, gone)
        manager.done(f"/v1/orders/{gone['id']}/cancellations", {"reason_code": "ill"})
        phone.refused(409, "order_is_cancelled", f"/v1/orders/{gone['id']}/acceptances", {})
        open_still = order_body(station=town.station)
        manager.made(orders, open_still)
        manager.done(f"/v1/volunteers/{volunteer}/suspensions", {"reason_code": "complaint"})
        still = f"/v1/orders/{open_still['id']}/acceptances"
        phone.refused(409, "volunteer_is_suspended", still, {})
        phone.done(f"/v1/volunteers/{volunteer}/departures", {"reason_code": "own_wish"})
        phone.refused(409, "volunteer_has_left", still, {})

        guest = Retold(district, Phone(anyone.phone.http))
        guest.hidden(401, "sign_in_needed", "/v1/me")
        guest.phone.token = "x"
        guest.hidden(401, "token_not_valid", "/v1/me")
        manager.hidden(404, "not_found", "/v1/nothing")
        manager.hidden(400, "invalid_request", "/v1/orders", status="unheard_of")
