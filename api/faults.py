"""What msgspec finds wrong in a request, as pointers, stable codes and sentences of our own.

Its own sentences may repeat what was sent, so they are only matched, never passed on.
"""

import re
from collections.abc import Mapping

from api.refusals import Fault

# The first pattern that occurs in msgspec's sentence names the fault.
PATTERNS: tuple[tuple[str, str], ...] = (
    ("missing required field", "missing"),
    ("Missing required", "missing"),
    ("contains unknown field", "unknown_field"),
    ("with a timezone component", "time_without_offset"),
    ("matching regex", "wrong_form"),
    ("of length", "wrong_length"),
    ("Invalid enum value", "unknown_value"),
    ("Invalid value", "unknown_value"),
    ("Invalid ", "wrong_form"),
    (">", "out_of_range"),
    ("<", "out_of_range"),
    ("Integer value out of range", "out_of_range"),
    ("out of range", "out_of_range"),
    ("got `", "wrong_type"),
    ("Expected `", "wrong_form"),
)

SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("This is required.", "此项必填。"),
    "unknown_field": ("There is no such field here.", "此处没有这个字段。"),
    "time_without_offset": ("A time needs its offset from UTC.", "时间须带时区偏移。"),
    "wrong_form": ("This is not written as it must be.", "格式不正确。"),
    "wrong_length": ("This is too short or too long.", "长度不符合要求。"),
    "unknown_value": ("This is none of the known values.", "不是可用的取值。"),
    "out_of_range": ("This is out of range.", "超出范围。"),
    "wrong_type": ("This has the wrong type.", "类型不正确。"),
}

STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def fault_at(start: str, message: str) -> Fault:
    """The fault that msgspec describes in *message*, in the value at the JSON pointer *start*.

    A missing or unknown field is pointed at itself, not at the object around it.
    """
    words, _, path = message.rstrip("`").rpartition(" - at `$")
    words = words or message
    pointer = "" if start == "/" else start
    pointer += "".join(f"/{_escaped(name or index)}" for name, index in STEP.findall(path))
    code = next((code for pattern, code in PATTERNS if pattern in words), "wrong_form")
    if code in {"missing", "unknown_field"} and (field := re.search(r"field `([^`]*)`", words)):
        pointer += f"/{_escaped(field[1])}"
    return Fault(pointer, code)


def sentence(code: str, language: str) -> str:
    """What the fault *code* says, in *language*."""
    english, chinese = SENTENCES[code]
    return chinese if language == "zh-CN" else english


def _escaped(step: str) -> str:
    """*step* as RFC 6901 writes it."""
    return step.replace("~", "~0").replace("/", "~1")
