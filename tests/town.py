"""A new street of the demonstration district, with everybody whom the first journey needs."""

from typing import Any

from tests.retold import Retold
from tests.running import PASSWORD, Machine, new_id

NOON = "2026-05-13T12:00:00+08:00"
STREET, COMMUNITY = "990101099", "990101099001"
STREET_NAME = "柳林新街道"
PERSON = "周敏"
OLD_LADY = "郑玉兰"
ADDRESS = "柳林社区和平路8号2栋301室"
PHONE = "13900001234"


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

    def __init__(self, machine: Machine, anyone: Retold) -> None:
        self.machine = machine
        self.anyone = anyone
        self.admin = anyone.signed_in("admin")
        self.admin.done("/v1/areas", {"code": STREET, "name": STREET_NAME, "residents": 9000})
        self.admin.done("/v1/areas", {"code": COMMUNITY, "name": "柳林社区"})
        self.officer = self._appointed("bureau_officer", "990101")
        self.manager = self._appointed("station_manager", STREET)
        self.station = new_id()
        station = {"id": self.station, "title": "柳林时光益站", "community": COMMUNITY}
        self.officer.done("/v1/stations", station)
        self.sheet = new_id()
        sheet = {"id": self.sheet, "kind": "points", "effective_from": "2026-05-01"}
        self.officer.done("/v1/rule-sheets", sheet)
        self.recipient = new_id()
        self.daughter = new_id()
        self.lady_body = {
            "id": self.recipient,
            "name": OLD_LADY,
            "phone": "13900005678",
            "birth_date": "1941-02-03",
            "community": COMMUNITY,
            "address": ADDRESS,
            "categories": ["living_alone"],
            "proxies": [{"person": self.daughter, "relation": "child"}],
            "legal_basis": "consent",
        }
        self.manager.made("/v1/recipients", self.lady_body)
        opened = self.manager.done("/v1/sign-ins", {"id": new_id(), "person": self.recipient})
        self.lady = settled(anyone, opened)

    def _appointed(self, role: str, area: str) -> Retold:
        body = {"id": new_id(), "name": "林静", "role": role, "area": area, "from": "2026-05-13"}
        answer = self.admin.done("/v1/staff", body)
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


def at(clock: str, on: str = "2026-05-13") -> dict[str, str]:
    """A body that claims *clock* in China on the day *on*."""
    return {"at": f"{on}T{clock}:00+08:00"}
