"""How a written name of an area or a person is kept."""

from district.event import Malformed

_LONGEST = 100


class BadName(Malformed):
    """A name has 1 to 100 printable characters."""

    zh = "名称应为1至100个可见字符。"


def written_name(text: str) -> str:
    """*text* without the blanks around it and with single blanks inside.

    Raises:
        BadName: nothing is left, it is too long, or it holds unprintable characters.
    """
    name = " ".join(text.split())
    if not 1 <= len(name) <= _LONGEST or not name.isprintable():
        raise BadName
    return name
