"""Which values a setting may have: one row for each, with what is said where it does not hold."""

from __future__ import annotations

from uproar.app import judging, settings_posts, settings_probes, settings_traffic
from uproar.app.settings_changes import mistakes
from uproar.app.settings_contacts import CONTACT_WRONG, are_hosts, hosts_wrong, is_contact
from uproar.app.settings_lines import line_in, line_of
from uproar.app.settings_shapes import Settings
from uproar.errors import SettingsInvalid
from uproar.inlets.addresses import prefix

PORT_MAX = 65_535
INTERVAL_S_MIN = 15  # More often is not polite, and pages turn by minutes.
INTERVAL_S_MAX = 86_400


def out_of_range(settings: Settings, text: str, name: str) -> list[str]:
    """Return a complaint for every value that cannot be, with its line of the file `name` with this `text`."""
    checks = [
        ("server", "port", 0 <= settings.server.port <= PORT_MAX, "is no port; 1 to 65535"),
        ("server", "host", bool(settings.server.host), "is empty; try 127.0.0.1"),
        ("reach", "awareness", 0 <= settings.reach.awareness <= 1, "must be 0 (not known) to 1"),
        ("journal", "keep_days", settings.journal.keep_days >= 1, "must be at least 1"),
        (
            "journal",
            "queue_max",
            1 <= settings.journal.queue_max <= 1_000_000,
            "must be 1 to 1000000",
        ),
        ("reports", "network_free", settings.reports.network_free >= 1, "must be at least 1"),
        (
            "reports",
            "network_share",
            0 < settings.reports.network_share <= 1,
            "must be above 0 and at most 1",
        ),
        (
            "catalog",
            "only",
            bool(settings.catalog.folder) or not settings.catalog.only,
            "leaves no service without catalog.folder; name the folder of your own files",
        ),
        (
            "detection",
            "false_alarms_per_week",
            1e-6 <= settings.detection.false_alarms_per_week <= 100,
            "must be 0.000001 to 100",
        ),
        (
            "diagnosis",
            "base_rates",
            not (wrong := judging.wrong(settings.diagnosis.base_rates)),
            f"cannot be used: {wrong}",
        ),
        (
            "notices",
            "interval_s",
            INTERVAL_S_MIN <= settings.notices.interval_s <= INTERVAL_S_MAX,
            f"must be {INTERVAL_S_MIN} to {INTERVAL_S_MAX}",
        ),
        (
            "notices",
            "contact",
            is_contact(settings.notices.contact, needed=settings.notices.enabled),
            CONTACT_WRONG,
        ),
        (
            "changes",
            "interval_s",
            INTERVAL_S_MIN <= settings.changes.interval_s <= INTERVAL_S_MAX,
            f"must be {INTERVAL_S_MIN} to {INTERVAL_S_MAX}",
        ),
        (
            "changes",
            "contact",
            is_contact(
                settings.changes.contact,
                needed=any(each.url for each in settings.changes.calendars.values()),
            ),
            CONTACT_WRONG,
        ),
        (
            "changes",
            "private_hosts",
            are_hosts(settings.changes.private_hosts),
            hosts_wrong("calendar"),
        ),
        (
            "notices",
            "private_hosts",
            are_hosts(settings.notices.private_hosts),
            hosts_wrong("status"),
        ),
        ("site", "source_url", _is_link(settings.site.source_url), "must begin with https://"),
        (
            "site",
            "base_url",
            _is_link(settings.site.base_url) and not settings.site.base_url.endswith("/"),
            "must be like https://status.example.org, with no slash at the end",
        ),
    ]
    problems = [
        f"{name}:{line_of(text, section, key)}: {section}.{key} {complaint}"
        for section, key, holds, complaint in checks
        if not holds
    ]
    problems.extend(
        f"{name}:{line_in(text, 'probes', key)}: probes.{key} {complaint}"
        for key, complaint in settings_probes.wrong(settings.probes)
    )
    problems.extend(
        f"{name}:{line_in(text, 'traffic', key)}: traffic.{key} {complaint}"
        for key, complaint in settings_traffic.wrong(settings.traffic)
    )
    problems.extend(
        f"{name}:{line_of(text, 'posts', key)}: posts.{key} {complaint}"
        for key, complaint in settings_posts.wrong(settings.posts)
    )
    problems.extend(
        f"{name}:{line_of(text, section, '')}: {section}: {complaint}"
        for section, complaint in mistakes(settings.changes)
    )
    line = line_of(text, "server", "trusted_proxies")
    for network in settings.server.trusted_proxies:
        try:
            prefix(network)
        except SettingsInvalid as problem:
            problems.append(f"{name}:{line}: {problem}")
    return problems


def _is_link(url: str) -> bool:
    return not url or url.startswith("https://")
