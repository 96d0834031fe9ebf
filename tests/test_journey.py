"""The first journey, over a socket, on both stores: from the first appointment to hours and points.

Every wish is sent three times (see `retold`); every number is read right after it was written.
"""

from typing import Any

from tests.retold import Retold
from tests.running import new_id
from tests.town import (
    ADDRESS,
    COMMUNITY,
    OLD_LADY,
    PERSON,
    PHONE,
    STREET,
    STREET_NAME,
    Town,
    at,
    order_body,
)


def test_the_whole_journey_and_every_figure_of_it(town: Town) -> None:
    """Planned 120 minutes, served 08:55 to 10:40: 105 minutes in hours and purse, due 27 May."""
    volunteer, phone = town.joined()
    body = order_body(station=town.station, recipient=town.recipient)
    order = f"/v1/orders/{body['id']}"
    accepted(town, volunteer, phone, body)
    served(town, volunteer, phone, order)
    less = {"volunteer": volunteer, "minutes": 60}
    rated = {"volunteer": volunteer, "rating": 5, "method": "app"}
    after = town.lady.done(f"{order}/confirmations", rated)["position"]
    town.lady.refused(409, "already_confirmed", f"{order}/confirmations", less)
    hours(town, volunteer, phone, body["id"], after)
    purse(town, volunteer, phone, body["id"], after)
    lists(town, phone, volunteer, body["id"])
    town.machine.run("rebuild", "--check")


def accepted(town: Town, volunteer: str, phone: Retold, body: dict[str, Any]) -> None:
    """Published by the station, seen by the volunteer, and taken once an office has seen them."""
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

    taken = phone.done(f"{order}/acceptances", {})
    shown = phone.read(order, after=taken["position"])
    assert (shown["status"], shown["my_state"], shown["places_left"]) == (
        *("accepted", "accepted"),
        0,
    )
    assert (shown["address"], shown["meeting_note"]) == (ADDRESS, "门铃坏了,请敲门")
    assert shown["contact"] == {"name": OLD_LADY, "phone": "13900005678"}
    assert shown["allowed"] == ["withdraw", "check_in"]


def served(town: Town, volunteer: str, phone: Retold, order: str) -> None:
    """Came at 08:55, left at 10:40; then the recipient and the desk are asked to confirm."""
    phone.refused(409, "not_checked_in", f"{order}/check-outs", at("10:40"))
    arrived = phone.done(f"{order}/check-ins", at("08:55"))
    shown = phone.read(order, after=arrived["position"])
    assert (shown["status"], shown["allowed"]) == ("under_way", ["check_out"])
    assert shown["members"][0]["check_in"] == "2026-05-13T00:55:00Z"
    phone.refused(409, "already_begun", f"{order}/withdrawals", {})
    town.lady.refused(409, "not_checked_out", f"{order}/confirmations", {"volunteer": volunteer})

    left = phone.done(f"{order}/check-outs", at("10:40"))
    shown = phone.read(order, after=left["position"])
    assert (shown["status"], shown["record_due_on"]) == ("awaiting_confirmation", "2026-05-27")
    for before, due in (("2026-05-28", [shown["id"]]), ("2026-05-27", [])):
        waiting = town.manager.read("/v1/orders", due_before=before)["items"]
        assert [item["id"] for item in waiting] == due
    phone.refused(409, "own_service", f"{order}/confirmations", {"volunteer": volunteer})
    (waits,) = town.lady.read("/v1/orders", mine="to_confirm")["items"]
    assert waits["id"] == shown["id"]
    (waits,) = town.manager.read("/v1/orders", mine="to_confirm")["items"]
    assert waits["id"] == shown["id"]
    assert town.lady.read(order)["allowed"] == ["confirm"]


def hours(town: Town, volunteer: str, phone: Retold, order: str, after: int) -> None:
    """The record with everything that the law asks for, at once."""
    shown = town.manager.read(f"/v1/orders/{order}", after=after)
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
        "order": order,
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
    found = phone.read(f"/v1/volunteers/{volunteer}", after=after)
    assert (found["status"], found["service_minutes"], found["stars"]) == ("verified", 105, 0)
    assert (found["name"], found["phone"]) == (PERSON, PHONE)


def purse(town: Town, volunteer: str, phone: Retold, order: str, after: int) -> None:
    """One lot of 105 minutes by the sheet in force: one point, and 45 minutes of the next."""
    found = phone.read(f"/v1/purses/{volunteer}", after=after)
    (lot,) = found.pop("lots")
    assert (lot["minutes"], lot["valid_until"], lot["origin"]) == (105, "2028-05-13", order)
    assert found == {
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
    for words in (OLD_LADY, "郑 玉兰", "139-0000-5678"):
        (item,) = manager.read("/v1/recipients", q=words)["items"]
        assert item["id"] == town.recipient
    assert manager.read("/v1/recipients", q="郑玉")["items"] == []
    (item,) = phone.read("/v1/stations", community=STREET)["items"]
    assert {**item, "opened": 0} == {
        "id": town.station,
        "title": "柳林时光益站",
        "community": COMMUNITY,
        "opened": 0,
    }
    (_, item) = phone.read("/v1/areas", under=STREET)["items"]
    assert (item["code"], item["name"], item["level"]) == (COMMUNITY, "柳林社区", "community")
    (sheet,) = phone.read("/v1/rule-sheets", kind="points", on="2026-05-13")["items"]
    assert sheet["id"] == town.sheet
    (member,) = manager.read("/v1/staff", area=STREET, role="station_manager")["items"]
    assert (member["name"], member["roles"]) == (
        "林静",
        [{"role": "station_manager", "area": STREET, "from": "2026-05-13", "until": None}],
    )


def test_ten_hours_stay_ten_hours_and_bring_the_points_of_eight(town: Town) -> None:
    """Served 600 minutes in a day: hours 600, purse 480, capped 120; the station confirms."""
    volunteer, phone = town.joined(phone="13900002222", password="a password of my own")
    town.verified(volunteer)
    body = order_body(
        station=town.station,
        recipient=town.recipient,
        planned_start="2026-05-12T08:00:00+08:00",
        planned_end="2026-05-12T18:00:00+08:00",
    )
    made = town.manager.made("/v1/orders", {**body, "draft": True})
    order = f"/v1/orders/{body['id']}"
    phone.hidden(404, "order_not_found", order, after=made["position"])
    phone.refused(409, "not_published", f"{order}/acceptances", {})
    draft = town.manager.read(order, after=made["position"])
    assert (draft["status"], draft["allowed"]) == ("draft", ["publish", "cancel"])
    town.manager.done(f"{order}/publications", {})
    # A desk acts for somebody who has no phone.
    town.manager.done(f"{order}/acceptances", {"volunteer": volunteer})
    town.manager.done(f"{order}/check-ins", {**at("08:00", "2026-05-12"), "volunteer": volunteer})
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


def test_the_same_key_for_another_wish_and_no_key_at_all_are_refused(town: Town) -> None:
    """409 idempotency_conflict; 400 idempotency_key_required."""
    admin = town.anyone.signed_in("admin").phone
    key, body = new_id(), {"code": STREET, "name": STREET_NAME}
    assert admin.post("/v1/areas", body, key).status_code == 201
    other = admin.post("/v1/areas", {**body, "name": "另一条街"}, key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    elsewhere = admin.post("/v1/stations", body, key)
    assert elsewhere.status_code in {400, 409}
    without = admin.post("/v1/areas", body, "1")
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_required")
    # The key belongs to its caller: somebody else's is another.
    officer = town.anyone.signed_in("officer-1").phone
    assert officer.post("/v1/areas", body, key).json()["code"] == "not_allowed"
