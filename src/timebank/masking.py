"""Names shown to strangers: the surname, and a star for every other character."""

from unicodedata import normalize

_SURNAMES = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳"
    "公冶太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙"
    "壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生梁丘左丘"
    "西门第五南荣东里东宫仲长即墨达奚褚师纳兰"
)
_COMPOUND = frozenset(_SURNAMES[start : start + 2] for start in range(0, len(_SURNAMES), 2))


def masked(name: str) -> str:
    """Mask a name (张三 as 张*, 欧阳娜娜 as 欧阳**): enough to recognise, too little to find out.

    Where nothing would be left to mask, or the surname is no compound one, only the first character
    is shown.
    """
    plain = _letters(name)
    surname, given = plain[:2], plain[2:]
    if not given or surname not in _COMPOUND:
        surname, given = plain[:1], plain[1:]
    return surname + "*" * len(given)


def same_name(one: str, other: str) -> bool:
    """Say whether two people wrote the same name: width, case, blanks and dots do not matter."""
    return _letters(one).casefold() == _letters(other).casefold() != ""


def _letters(name: str) -> str:
    return "".join(each for each in normalize("NFKC", name) if each.isalnum())
