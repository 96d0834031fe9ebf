"""Sign-ins at a desk: who may open and reset whose, and what is told only once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from district.roles import Role
from tests.api_served import PASSWORD, Desk, serving, settings_for
from timebank.recipients import ProxyNamed, RecipientRegistered
from timebank.volunteers import VolunteerRegistered

COMMUNITY = "330106001001"
ELSEWHERE = "330106002001"
NUMBER = "100000000007"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A service in whose community somebody works."""
    async with serving(settings_for(tmp_path, f"sqlite:///{tmp_path}/home/book.db")) as desk:
        await desk.settled("visitor-1", "community_worker", COMMUNITY)
        yield desk


async def test_a_desk_opens_the_sign_in_of_a_volunteer_once(desk: Desk) -> None:
    """The password is in the first answer only; a repeat says everything else again."""
    volunteer = await _volunteer(desk)
    body, key = {"id": str(uuid4()), "person": volunteer}, str(uuid4())
    first = await desk.post("/v1/sign-ins", body, key=key)
    assert first.status_code == 200
    assert first.json()["sign_in"] == NUMBER
    issued = first.json()["one_time_password"]
    again = await desk.post("/v1/sign-ins", body, key=key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert "one_time_password" not in again.json()
    assert again.json() == {k: v for k, v in first.json().items() if k != "one_time_password"}
    assert (await desk.sign_in(NUMBER, issued.lower().replace("-", " ")))["must_change"] is True
    me = (await desk.get("/v1/me")).json()
    assert me["id"] == volunteer
    assert me["roles"] == [{"role": "volunteer", "area": COMMUNITY}]


async def test_recipients_and_those_who_speak_for_them_get_one(desk: Desk) -> None:
    """A guardian by the recipient for whom they speak."""
    recipient, daughter = str(uuid4()), str(uuid4())
    await desk.record(
        RecipientRegistered(
            recipient=recipient, community=COMMUNITY, categories=(), legal_basis="consent"
        ),
        ProxyNamed(recipient=recipient, person=daughter, relation="daughter"),
    )
    own = await desk.post("/v1/sign-ins", {"id": str(uuid4()), "person": recipient})
    assert own.json()["sign_in"].startswith("r-")
    unknown = await desk.post("/v1/sign-ins", {"id": str(uuid4()), "person": daughter})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "sign_in_owner_not_found")
    body = {"id": str(uuid4()), "person": daughter, "recipient": recipient}
    guardian = await desk.post("/v1/sign-ins", body)
    assert guardian.json()["sign_in"].startswith("g-")
    name = guardian.json()["sign_in"]
    assert (await desk.post(f"/v1/sign-ins/{name}/resets", {})).status_code == 404
    reset = await desk.post(f"/v1/sign-ins/{name}/resets", {"recipient": recipient})
    assert reset.json()["one_time_password"] != guardian.json()["one_time_password"]


async def test_a_sign_in_that_desks_open_never_has_a_staff_members_powers(desk: Desk) -> None:
    """Even where a desk names a member of staff as somebody's proxy."""
    await desk.settled("admin")
    admin = (await desk.get("/v1/me")).json()["id"]
    recipient = str(uuid4())
    await desk.record(
        RecipientRegistered(
            recipient=recipient, community=COMMUNITY, categories=(), legal_basis="consent"
        ),
        ProxyNamed(recipient=recipient, person=admin, relation="son"),
    )
    await desk.become("visitor-1")
    body = {"id": str(uuid4()), "person": admin, "recipient": recipient}
    opened = (await desk.post("/v1/sign-ins", body)).json()
    await desk.sign_in(opened["sign_in"], opened["one_time_password"])
    changed = {"old": opened["one_time_password"], "new": PASSWORD}
    await desk.post("/v1/me/password", changed)
    roles = (await desk.get("/v1/me")).json()["roles"]
    assert roles == [{"role": "guardian", "area": COMMUNITY}]
    area = {"code": "330106003", "name": "Third Street"}
    refused = await desk.post("/v1/areas", area)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    ("role", "area", "status"),
    [
        ("community_worker", COMMUNITY, 200),
        ("station_manager", "330106", 200),
        ("community_worker", ELSEWHERE, 403),
        ("auditor", COMMUNITY, 403),
        ("fair_steward", COMMUNITY, 403),
    ],
)
async def test_only_a_desk_of_the_area_opens_sign_ins(
    desk: Desk, role: Role, area: str, status: int
) -> None:
    """Inside the own area, and no auditor or steward."""
    volunteer = await _volunteer(desk)
    await desk.settled("somebody", role, area)
    opened = await desk.post("/v1/sign-ins", {"id": str(uuid4()), "person": volunteer})
    assert opened.status_code == status


async def test_a_reset_ends_every_session_and_every_password(desk: Desk) -> None:
    """The old password, the old one-time password, and the tokens."""
    await desk.settled("worker-1", "community_worker", COMMUNITY)
    pair = await desk.sign_in("worker-1", PASSWORD)
    await desk.settled("admin")
    reset = await desk.post("/v1/sign-ins/worker-1/resets", {})
    assert reset.status_code == 200
    refreshed = await desk.http.post(
        "/v1/tokens/refresh", json={"refresh_token": pair["refresh_token"]}
    )
    assert refreshed.status_code == 401
    old = await desk.http.post("/v1/tokens", json={"name": "worker-1", "password": PASSWORD})
    assert old.status_code == 401
    desk.token = pair["access_token"]
    assert (await desk.get("/v1/me")).status_code == 401
    issued = reset.json()["one_time_password"]
    assert (await desk.sign_in("worker-1", issued))["must_change"] is True


async def test_a_desk_resets_volunteers_and_an_administrator_staff(desk: Desk) -> None:
    """A community worker is no administrator; and an unknown name is 404."""
    await desk.settled("worker-1", "centre_social_worker", COMMUNITY)
    await desk.become("visitor-1")
    refused = await desk.post("/v1/sign-ins/worker-1/resets", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    unknown = await desk.post("/v1/sign-ins/nobody/resets", {})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_sign_in")
    wrong = await desk.post("/v1/sign-ins/%E7%8E%8B/resets", {})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_sign_in_name")
    volunteer = await _volunteer(desk)
    await desk.post("/v1/sign-ins", {"id": str(uuid4()), "person": volunteer})
    assert (await desk.post(f"/v1/sign-ins/{NUMBER}/resets", {})).status_code == 200


async def _volunteer(desk: Desk) -> str:
    """A registered volunteer of the community."""
    volunteer = str(uuid4())
    await desk.record(
        VolunteerRegistered(
            volunteer=volunteer,
            volunteer_no=NUMBER,
            community=COMMUNITY,
            consent_version="1",
            consented_at=datetime(2026, 1, 1, tzinfo=UTC),
            consent_by="self",
        )
    )
    return volunteer
