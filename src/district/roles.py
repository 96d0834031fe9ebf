"""The roles that are granted to staff, and which of them may do what in the district itself.

Volunteer, recipient, guardian and team lead are not here: they follow from their own streams.
A role may be added; none may be renamed or taken away, because grants of it are in the book.
"""

from collections.abc import Mapping
from typing import Literal

Role = Literal[
    "station_manager",
    "fair_steward",
    "centre_social_worker",
    "centre_lead",
    "community_worker",
    "station_social_worker",
    "child_director",
    "child_supervisor",
    "bureau_officer",
    "administrator",
    "auditor",
]

# Each role's Chinese and English words.
ROLES: Mapping[Role, tuple[str, str]] = {
    "station_manager": ("时光益站站长", "station manager"),
    "fair_steward": ("公益集市摊位管理员", "fair steward"),
    "centre_social_worker": ("儿童福利指导中心社工", "centre social worker"),
    "centre_lead": ("儿童福利指导中心负责人", "centre lead"),
    "community_worker": ("社区工作者(网格员)", "community worker"),
    "station_social_worker": ("街道社工站社工", "station social worker"),
    "child_director": ("儿童主任", "child director"),
    "child_supervisor": ("儿童督导员", "child supervisor"),
    "bureau_officer": ("民政局经办", "bureau officer"),
    "administrator": ("系统管理员", "administrator"),
    "auditor": ("审计员", "auditor"),
}

# Who appoints and relieves staff and looks after areas, each inside the own area.
ADMINISTRATORS: frozenset[Role] = frozenset({"administrator"})

# Who opens and resets the sign-ins of volunteers, recipients and guardians. A one-time password
# is a power over an account: auditors only read, and a steward's duty ends with the fair.
SIGN_IN_DESKS: frozenset[Role] = frozenset(ROLES) - {"auditor", "fair_steward"}
