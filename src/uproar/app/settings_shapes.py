"""What can be set: the sections of the settings as structs, every value with a default that is safe.

Posts, probes, traffic and changes have structs of their own, beside what is wrong in them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from uproar.app.settings_changes import ChangesSettings, DeskSettings
from uproar.app.settings_posts import PostsSettings
from uproar.app.settings_probes import ProbesSettings
from uproar.app.settings_traffic import TrafficSettings


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the observatory listens. Loopback unless you say otherwise."""

    host: str = "127.0.0.1"
    port: int = 8080
    trusted_proxies: tuple[str, ...] = ()
    proxy_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"


class Journal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where signals are kept, for how long, and how many may wait to be written."""

    folder: str = "uproar-data"
    keep_days: int = 400
    queue_max: int = 20_000


class Reports(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How reports are taken and counted."""

    network_database: str = ""
    network_free: int = 100
    network_share: float = 0.5


class CatalogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A folder with catalog files of your own, or none; `only` leaves out the packaged services."""

    folder: str = ""
    only: bool = False


class Detection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often a service may raise an alarm without cause, in all its series together."""

    false_alarms_per_week: float = 0.25


class ReachSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How well known this observatory is: reports here for each one at the best-known tracker; 0: not known.

    Where it is not known, people affected are estimated from votes only, or not at all.
    """

    awareness: float = 0.0


class DiagnosisSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How usual causes are before any evidence: shares by mechanism or family, `attack = 0.05`.

    What is not given keeps its proportions in the corpus; `uproar diagnose --base-rates` prints all.
    """

    base_rates: dict[str, float] = {}


class NoticesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether vendors' status pages are read: requests to others go out only where you ask for it.

    `interval_s` is how often each is looked at; `contact` (a mail address or https link) is told to
    whoever is asked; `private_hosts` are hosts in your own networks that may be asked too.
    """

    enabled: bool = False
    interval_s: int = 60
    contact: str = ""
    private_hosts: tuple[str, ...] = ()


class SiteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the pages say of the observatory itself."""

    title: str = "Uproar"
    source_url: str = ""
    base_url: str = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of one observatory."""

    server: Server = Server()
    journal: Journal = Journal()
    reports: Reports = Reports()
    catalog: CatalogSettings = CatalogSettings()
    detection: Detection = Detection()
    reach: ReachSettings = ReachSettings()
    diagnosis: DiagnosisSettings = DiagnosisSettings()
    notices: NoticesSettings = NoticesSettings()
    changes: ChangesSettings = ChangesSettings()
    desk: DeskSettings = DeskSettings()
    posts: PostsSettings = PostsSettings()
    probes: ProbesSettings = ProbesSettings()
    traffic: TrafficSettings = TrafficSettings()
    site: SiteSettings = SiteSettings()
