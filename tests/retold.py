"""A phone that sends every wish three times: once, again with its key, and again with a new key.

A bad line makes phones repeat themselves, and people tap twice: neither may do anything twice.
"""

import re
from typing import Any

import httpx

from tests.running import Machine, Phone, new_id

CHINESE = re.compile(r"[一-鿿]")
ONCE = {"one_time_password"}


class Retold:
    """Somebody's phone, and the book behind it."""

    def __init__(self, machine: Machine, phone: Phone) -> None:
        self.machine = machine
        self.phone = phone

    def signed_in(self, name: str, password: str | None = None) -> "Retold":
        """The phone of *name*."""
        words = (name, password) if password else (name,)
        return Retold(self.machine, self.phone.signed_in(*words))

    def made(self, path: str, body: Any) -> Any:
        """The answer to a wish that makes something new."""
        return self._told(path, body, 201)

    def done(self, path: str, body: Any) -> Any:
        """The answer to any other wish."""
        return self._told(path, body, 200)

    def read(self, path: str, **params: Any) -> Any:
        """What is shown, right away."""
        return self.phone.read(path, **params)

    def _told(self, path: str, body: Any, status: int) -> Any:
        key, before = new_id(), self.machine.book()
        first = self.phone.post(path, body, key)
        assert first.status_code == status, (path, first.text)
        answer = first.json()
        after = self.machine.book()
        assert len(after["stored_events"]) == answer["position"] > len(before["stored_events"])
        assert len(after["receipts"]) == len(before["receipts"]) + 1

        repeat = self.phone.post(path, body, key)
        assert repeat.status_code == status, (path, repeat.text)
        assert repeat.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        assert repeat.headers.get("location") == first.headers.get("location")
        assert repeat.json() == {k: v for k, v in answer.items() if k not in ONCE}
        assert self.machine.book() == after

        again = self.phone.post(path, body)
        if again.status_code == status:
            assert "idempotent-replayed" not in again.headers
            assert again.json().keys() == answer.keys() - ONCE
            assert again.json()["position"] <= answer["position"]
        else:
            assert again.json()["code"] == "wrong_password", again.text
        anew = self.machine.book()
        assert {**anew, "receipts": after["receipts"]} == after

        other = self.phone.post(path, {**body, "unheard_of": 1}, key)
        assert other.json()["code"] == "invalid_request"
        return {**answer, "location": first.headers.get("location")}

    def refused(self, status: int, code: str, path: str, body: Any) -> None:
        """A wish that is refused, in both languages, and leaves nothing behind."""
        before = self.machine.book()
        key = new_id()
        english = self.phone.post(path, body, key)
        chinese = self.phone.post(path, body, key, language="zh-CN")
        read_aloud(english, chinese, status, code)
        assert self.machine.book() == before

    def hidden(self, problem: int, code: str, path: str, **params: Any) -> None:
        """A question that is not answered, in both languages."""
        english = self.phone.get(path, **params)
        chinese = self.phone.get(path, language="zh-CN", **params)
        read_aloud(english, chinese, problem, code)


def read_aloud(english: httpx.Response, chinese: httpx.Response, status: int, code: str) -> None:
    """A problem document whose sentence a person can be read in either language."""
    for answer, language in ((english, "en"), (chinese, "zh-CN")):
        problem = answer.json()
        assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == language
        assert problem["type"] == f"urn:timebank:problem:{code}"
        assert bool(CHINESE.search(problem["detail"])) == (language == "zh-CN")
        assert bool(CHINESE.search(problem["title"])) == (language == "zh-CN")
        assert problem["detail"][-1] in ".。"
