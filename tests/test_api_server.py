"""The service as it is run: a process, a socket, and clients that misbehave."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.running import PASSWORD, Machine, Phone, new_id

AREA = "330106"
COMMUNITY = "330106001001"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with a new book."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    machine.run("init")
    return machine


@pytest.fixture(scope="module")
def phone(machine: Machine) -> Iterator[Phone]:
    """The phone of an administrator, in front of the served book."""
    said = machine.run("admin", "create", "admin", "--area", AREA)
    one_time = next(word for word in said.split() if word.count("-") == 3)
    with machine.serving() as phone:
        yield phone.with_new_password("admin", one_time)


def test_a_write_over_a_socket_is_answered_and_told_again(phone: Phone) -> None:
    """201 with the address of what is new; the repeat says that it is one."""
    for code in (AREA, AREA + "001", COMMUNITY):
        phone.write("/v1/areas", {"code": code, "name": f"Area {code}"})
    volunteer, key = new_id(), new_id()
    body = {
        "id": volunteer,
        "name": "王小明",
        "phone": "13800138000",
        "sex": "male",
        "birth_date": "1990-01-01",
        "community": COMMUNITY,
        "consent": {"version": "1", "at": "2026-01-01T09:00:00+08:00"},
    }
    first = phone.post("/v1/volunteers", body, key)
    assert (first.status_code, first.headers["location"]) == (201, f"/v1/volunteers/{volunteer}")
    again = phone.post("/v1/volunteers", body, key)
    told_again = {k: v for k, v in first.json().items() if k != "one_time_password"}
    assert (again.status_code, again.json()) == (201, told_again)
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("request_head", "body", "status"),
    [
        ("Content-Length: 5", b"{", 0),
        ("Content-Length: 2000000", b"", 413),
        ("Transfer-Encoding: chunked", b"zz\r\n", 400),
        ("Content-Length: 1\r\nContent-Length: 2", b"{}", 400),
        ("Content-Length: -1", b"", 400),
        ("X-Nothing:" + " " * 70_000, b"", 400),
    ],
)
def test_a_client_that_breaks_the_rules_breaks_nothing_else(
    phone: Phone, machine: Machine, request_head: str, body: bytes, status: int
) -> None:
    """Short, huge and malformed requests get 4xx or nothing; the next client is served."""
    log = machine.folder / "serve.log"
    before = log.stat().st_size
    url = phone.http.base_url
    with closing(socket.create_connection((url.host, url.port or 80), timeout=10)) as client:
        head = (
            f"POST /v1/areas HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {phone.token}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {new_id()}\r\n"
            f"{request_head}\r\n\r\n"
        )
        client.sendall(head.encode() + body)
        if status:
            assert int(client.recv(4096).split(b" ")[1]) == status
    time.sleep(0.2)
    assert phone.get("/v1/me").status_code == 200
    assert b'"event": "failed"' not in log.read_bytes()[before:]


def test_the_log_holds_templates_and_no_words(phone: Phone, machine: Machine) -> None:
    """No path, no query, no id, no password, no token."""
    volunteer = new_id()
    phone.http.post("/v1/tokens", json={"name": "wang-xiaoming", "password": "opensesame-1"})
    assert phone.get(f"/v1/volunteers/{volunteer}", community=COMMUNITY).status_code == 404
    assert phone.post("/v1/orders", {"title": "帮王奶奶买菜"}).status_code == 400
    written = (machine.folder / "serve.log").read_text()
    assert "/v1/volunteers/{volunteer}" in written
    for word in (volunteer, COMMUNITY, "xiaoming", "opensesame", "王奶奶", phone.token):
        assert word not in written
    assert PASSWORD not in written


def test_headers_that_lie_are_refused(phone: Phone) -> None:
    """An address that is no host is a bad request, not a page."""
    answer = phone.http.get("/health/live", headers={"host": "a b"})
    assert answer.status_code == 400
