"""What the fields of a scenario file may hold: numbers with their signs, texts with their bounds, codes."""

from __future__ import annotations

from typing import Annotated

import msgspec

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(gt=0)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
Why = Annotated[str, msgspec.Meta(min_length=10, max_length=2_000)]
Slug = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,79}\Z")]
PlaceCode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z")]
AutonomousSystem = Annotated[str, msgspec.Meta(pattern=r"\AAS[1-9][0-9]{0,9}\Z")]
Network = Annotated[str, msgspec.Meta(pattern=r"\A(AS[1-9][0-9]{0,9}|p:[0-9a-f]{16})\Z")]
Weights = dict[str, Positive]
PlaceWeights = dict[PlaceCode, Positive]
NetworkShares = dict[AutonomousSystem, Share]
HourWeights = Annotated[tuple[Positive, ...], msgspec.Meta(min_length=24, max_length=24)]
