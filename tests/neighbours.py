"""Three neighbours whose words are like no others, and one hour that they spent together."""

from typing import Any

from tests.running import PASSWORD, Machine, Phone, new_id
from tests.servers import Postgres

HERE = "990101001001"
CANARIES = ("金丝雀甲", "金丝雀乙", "金丝雀丙", "13977770001", "13977770002", "暗巷七十七号")
MORNING = {"from": "2026-05-20T09:00:00+08:00", "to": "2026-05-20T10:00:00+08:00"}


class Neighbours:
    """Alice served Carol for an hour, a desk confirmed; Bob looked on."""

    def __init__(self, phone: Phone) -> None:
        self.desk = phone.signed_in("officer-1")
        self.alice, self.alice_name = self._joined(phone, CANARIES[0], CANARIES[3])
        self.bob, self.bob_name = self._joined(phone, CANARIES[1], CANARIES[4])
        self.carol, self.order = new_id(), new_id()
        self.desk.write(
            "/v1/recipients",
            {
                "id": self.carol,
                "name": CANARIES[2],
                "birth_date": "1941-02-03",
                "community": HERE,
                "address": CANARIES[5],
                "legal_basis": "consent",
            },
        )
        self.desk.write("/v1/orders", self.order_body(self.order))
        mine = {"volunteer": self.alice}
        path = f"/v1/orders/{self.order}"
        self.desk.write(f"{path}/acceptances", mine)
        self.desk.write(f"{path}/check-ins", {**mine, "at": MORNING["from"]})
        self.desk.write(f"{path}/check-outs", {**mine, "at": MORNING["to"]})
        self.head = self.desk.write(f"{path}/confirmations", mine)["position"]

    def order_body(self, order: str) -> dict[str, Any]:
        """An order for Carol."""
        return {
            "id": order,
            "kind": "individual",
            "category": "meals",
            "title": f"给{CANARIES[2]}送餐",
            "community": HERE,
            "recipient": self.carol,
            "planned_start": MORNING["from"],
            "planned_end": MORNING["to"],
        }

    def _joined(self, phone: Phone, name: str, number: str) -> tuple[str, str]:
        body = volunteer_body(name, number)
        sign_in: str = phone.write("/v1/volunteers", body)["sign_in"]
        self.desk.write(f"/v1/volunteers/{body['id']}/identity-verification", {"method": "visit"})
        return body["id"], sign_in

    def words(self, phone: Phone) -> list[str | None]:
        """The names of Alice and Bob, and of the order, as the desk is shown them."""
        shown = [
            phone.read(f"/v1/volunteers/{person}")["name"] for person in (self.alice, self.bob)
        ]
        return [*shown, phone.read(f"/v1/orders/{self.order}")["title"]]

    def figures(self, phone: Phone) -> Any:
        """Every number that is shown of them."""
        people = [phone.read(f"/v1/volunteers/{person}") for person in (self.alice, self.bob)]
        return (
            [
                (person["service_minutes"], person["stars"], person["volunteer_no"])
                for person in people
            ],
            phone.read(f"/v1/purses/{self.alice}"),
            phone.read(f"/v1/purses/{self.alice}/entries"),
            [
                (record["minutes"], record["credit_minutes"], record["date"], record["order"])
                for record in phone.read(f"/v1/volunteers/{self.alice}/service-records")["items"]
            ],
            len(phone.read("/v1/volunteers", community=HERE)["items"]),
            len(phone.read("/v1/recipients", community=HERE)["items"]),
        )


def volunteer_body(name: str, number: str) -> dict[str, Any]:
    """What somebody says of themselves who wants to serve."""
    return {
        "id": new_id(),
        "name": name,
        "phone": number,
        "sex": "unknown",
        "birth_date": "1990-05-01",
        "community": HERE,
        "consent": {"version": "2026-1", "at": "2026-05-20T08:00:00+08:00"},
        "password": PASSWORD,
    }


def canaries_in(machine: Machine, postgres: Postgres | None) -> list[str]:
    """The words that stand in some file of the machine, or of its database."""
    folders = [machine.folder] if postgres is None else [machine.folder, postgres.folder]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    found = set()
    for file in files:
        content = file.read_bytes()
        found |= {
            word
            for word in CANARIES
            if word.encode() in content or word.encode("unicode_escape") in content
        }
    return sorted(found)
