"""Every refusal of the first journey reads in both languages and leaves the book as it was."""

import pytest

from tests.retold import Retold
from tests.running import Phone, new_id
from tests.town import STREET, Town, at, order_body, volunteer_body

pytestmark = pytest.mark.parametrize("town", ["sqlite"], indirect=True, scope="module")


def test_offices_refuse(town: Town) -> None:
    """Areas, appointments and sign-ins that cannot be, or not by them."""
    admin, officer, manager = town.admin, town.officer, town.manager
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


def test_nobody_joins_twice_or_without_consent(town: Town) -> None:
    """One person, one volunteer; minors with a guardian; a password that protects."""
    _, phone = town.joined(phone="13900003333")
    join = "/v1/volunteers"
    town.anyone.refused(409, "already_volunteer", join, volunteer_body(phone="139 0000 3333"))
    minor = volunteer_body(birth_date="2012-01-01", phone="13900001235")
    town.anyone.refused(409, "guardian_missing", join, minor)
    born = volunteer_body(birth_date="2026-05-14", phone="13900001235")
    town.anyone.refused(400, "birth_date_in_future", join, born)
    weak = volunteer_body(password="short", phone="13900001235")
    town.anyone.refused(400, "password_too_weak", join, weak)
    far = volunteer_body(community="990101098001", phone="13900001235")
    town.anyone.refused(404, "unknown_area", join, far)
    later = {"version": "1", "at": "2026-05-14T12:00:00+08:00"}
    early = volunteer_body(consent=later, phone="13900001235")
    town.anyone.refused(400, "consent_missing", join, early)
    own = {"old": "not the password", "new": "another password"}
    phone.refused(403, "wrong_password", "/v1/me/password", own)


def test_orders_that_make_no_sense_are_refused(town: Town) -> None:
    """Another funding than there is, an end before the start, nobody's station."""
    manager, orders = town.manager, "/v1/orders"
    for code, status, change in (
        ("plan_ends_before_start", 400, {"planned_end": "2026-05-13T08:00:00+08:00"}),
        ("funding_not_offered", 409, {"funding": "recipient"}),
        ("station_not_found", 404, {"station": new_id()}),
        ("recipient_not_found", 404, {"recipient": new_id()}),
        ("not_allowed", 403, {"community": "990101001001"}),
    ):
        manager.refused(status, code, orders, order_body(**change))

    body = order_body(station=town.station, recipient=town.recipient)
    manager.made(orders, body)
    manager.refused(409, "id_taken", orders, {**body, "places": 2})


def test_service_out_of_turn_is_refused(town: Town) -> None:
    """Each step waits for the one before it and is done once, by whoever may."""
    volunteer, phone = town.joined(phone="13900001234")
    town.verified(volunteer)
    manager, lady = town.manager, town.lady
    confirm = {"volunteer": volunteer}
    body = order_body(station=town.station, recipient=town.recipient)
    order = f"/v1/orders/{body['id']}"
    manager.made("/v1/orders", body)
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


def test_who_left_or_is_suspended_takes_no_order(town: Town) -> None:
    """Nor does anybody take one that was called off."""
    volunteer, phone = town.joined(phone="13900004444")
    town.verified(volunteer)
    manager, orders = town.manager, "/v1/orders"
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


def test_questions_that_are_not_answered(town: Town) -> None:
    """Without a token, with a wrong one, to a wrong address, in a wrong form."""
    manager = town.manager
    guest = Retold(town.machine, Phone(town.anyone.phone.http))
    guest.hidden(401, "sign_in_needed", "/v1/me")
    guest.phone.token = "x"
    guest.hidden(401, "token_not_valid", "/v1/me")
    manager.hidden(404, "not_found", "/v1/nothing")
    manager.hidden(400, "invalid_request", "/v1/orders", status="unheard_of")
