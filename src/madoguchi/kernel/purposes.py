"""What an installation is for: the work itself, trying out a new version, or practice (S34).

The number of an installation says it as well: its keys, certificates and exchange files carry that number, so that nothing made for
practice is taken for the real thing, nor the other way round, whatever the files of a zone are changed to. Numbers of the work itself are
random UUIDs (RFC 9562 version 4); the others are of version 8, whose third group of digits is free to carry a meaning.
"""

import enum
import uuid
from typing import Final


class Purpose(enum.StrEnum):
    """用途."""

    PRODUCTION = "production"
    VERIFICATION = "verification"
    TRAINING = "training"


_GROUP: Final = {Purpose.VERIFICATION: 0x8001, Purpose.TRAINING: 0x8002}
_SHIFT: Final = 64


def new_installation(purpose: Purpose) -> str:
    """Return a number for a new installation of this purpose."""
    number = uuid.uuid4()
    group = _GROUP.get(purpose)
    return str(number if group is None else uuid.UUID(int=number.int & ~(0xFFFF << _SHIFT) | group << _SHIFT))


def purpose_of(installation: str) -> Purpose:
    """Return what the installation of this number is for; what carries no such mark is for the work itself."""
    group = installation.split("-")[2] if installation.count("-") == 4 else ""
    return next((purpose for purpose, mark in _GROUP.items() if group == f"{mark:04x}"), Purpose.PRODUCTION)
