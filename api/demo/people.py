"""Made-up people. Names are common ones put together at random; phones are of no operator."""

from datetime import date, timedelta
from random import Random

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘蒋蔡余"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国春花海燕志远思雨子涵欣怡"
LANES = ("和平", "建设", "解放", "新华", "光明", "文化", "青年", "友谊", "滨河", "桃园")


def full_name(rng: Random) -> str:
    """Two or three characters."""
    return rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(rng.randint(1, 2)))


def phone(number: int) -> str:
    """A number of 11 digits in a range that is not given out; *number* makes it different."""
    return f"1000{number:07d}"


def born(rng: Random, today: date, youngest: int, oldest: int) -> date:
    """A birth date that makes the person between *youngest* and *oldest* years old."""
    return today - timedelta(days=rng.randint(youngest * 366, oldest * 365))


def address(rng: Random, community: str) -> str:
    """A door in *community*."""
    lane, building = rng.choice(LANES), rng.randint(1, 40)
    door = rng.randint(101, 1804)
    return f"{community}{lane}路{rng.randint(1, 300)}号{building}栋{door}室"
