"""What a post says of a service."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Says = Literal["failing", "working", "asking", "talk"]
SAYS: tuple[Says, ...] = get_args(Says)


class Mention(msgspec.Struct, frozen=True):
    """One service that a post names, and what the post says of it.

    `failing`: it fails for the writer, now. `working`: it works, or works again. `asking`: whether
    it fails. `talk`: anything else that names it. `weight` is what the post counts for this
    service: 1/n where it names n, and half of that where it only asks. `language` is the one whose
    words decided, empty where none did.
    """

    service: str
    says: Says
    weight: float
    language: str = ""
