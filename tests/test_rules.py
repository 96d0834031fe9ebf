"""Rule sheets: published in full, in force from a day on, the later word for a day winning."""

from datetime import date
from typing import Any

import msgspec
import pytest

from tests.serving import SHEET, Past, at
from timebank.event import IdTaken
from timebank.rules import (
    PROPOSED_POINTS,
    NoRuleSheet,
    PointsPublished,
    Rules,
    SheetMalformed,
    evolve,
    publish_points,
    sheet_at,
    sheet_on,
)

NEXT_SHEET = "01950000-0000-7000-8000-000000000009"


def changed(**keys: Any) -> Any:
    """Give the proposed rules with some keys changed."""
    return msgspec.structs.replace(PROPOSED_POINTS, **keys)


def two_sheets() -> Rules:
    """The proposed rules from January, and a cap of 240 minutes from April."""
    past = Past()
    past.publish_points()
    past.add(
        publish_points(
            past.rules,
            sheet=NEXT_SHEET,
            effective_from=date(2025, 4, 1),
            points=changed(daily_cap_minutes=240),
        )
    )
    rules: Rules = past.rules
    return rules


def test_a_sheet_is_published_with_every_key() -> None:
    """What is stored names each number, so that replay needs no default of the code."""
    (event,) = publish_points(
        Rules(), sheet=SHEET, effective_from=date(2025, 1, 1), points=PROPOSED_POINTS
    )
    assert event == PointsPublished(
        sheet=SHEET, effective_from=date(2025, 1, 1), points=PROPOSED_POINTS
    )
    stored = msgspec.to_builtins(event)["points"]
    assert set(stored) == {field.name for field in msgspec.structs.fields(PROPOSED_POINTS)}


def test_publishing_the_same_sheet_again_does_nothing() -> None:
    """A retry of the office is free."""
    past = Past()
    past.publish_points()
    assert past.publish_points() == []


@pytest.mark.parametrize(
    ("on", "cap"), [(date(2025, 1, 1), 480), (date(2025, 3, 31), 480), (date(2025, 4, 1), 240)]
)
def test_each_day_has_the_sheet_in_force(on: date, cap: int) -> None:
    """The January sheet holds until the last of March, the April sheet from the first of April."""
    assert sheet_on(two_sheets(), on).points.daily_cap_minutes == cap


def test_an_instant_counts_days_in_the_sheets_own_zone() -> None:
    """00:00 of 1 April in Shanghai is still March in UTC, and belongs to April's sheet."""
    rules = two_sheets()
    assert sheet_at(rules, at("00:00", date(2025, 4, 1))).sheet == NEXT_SHEET
    assert sheet_at(rules, at("23:59", date(2025, 3, 31))).sheet == SHEET


def test_of_two_sheets_for_one_day_the_later_published_holds() -> None:
    """An office that corrects itself publishes again, for the same day."""
    rules = two_sheets()
    third = PointsPublished(
        sheet="01950000-0000-7000-8000-00000000000a",
        effective_from=date(2025, 4, 1),
        points=changed(daily_cap_minutes=300),
    )
    assert sheet_on(evolve(rules, third), date(2025, 5, 1)).points.daily_cap_minutes == 300


@pytest.mark.parametrize(
    "keys",
    [
        {"zone": "Asia/Nowhere"},
        {"zone": "../etc/passwd"},
        {"minutes_per_point": 0},
        {"daily_cap_minutes": -1},
        {"weight_percent": {"cooking": -1}},
        {"second_person_up_to_minutes": 479},
        {"validity_months": 0},
        {"team_time": "sold"},
        {"confirm_tasks_workdays": (7, 3, 10)},
    ],
)
def test_rules_without_sense_are_refused(keys: dict[str, Any]) -> None:
    """Unknown zones and choices, negative numbers and steps out of order make no sheet."""
    with pytest.raises(SheetMalformed):
        publish_points(
            Rules(), sheet=SHEET, effective_from=date(2025, 1, 1), points=changed(**keys)
        )


def test_a_sheet_says_one_thing_only() -> None:
    """The id of a published sheet cannot stand for other rules."""
    with pytest.raises(IdTaken):
        publish_points(
            two_sheets(),
            sheet=SHEET,
            effective_from=date(2025, 1, 1),
            points=changed(daily_cap_minutes=1),
        )


def test_no_day_has_rules_before_the_first_sheet() -> None:
    """The built-in proposal is never in force by itself."""
    with pytest.raises(NoRuleSheet):
        sheet_on(two_sheets(), date(2024, 12, 31))
    with pytest.raises(NoRuleSheet):
        sheet_at(Rules(), at("09:00"))
