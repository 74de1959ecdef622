"""The settings of what is posted: which streams are read, who may send posts; and their mistakes."""

from __future__ import annotations

import re

import msgspec

from uproar.app.settings_contacts import CONTACT_WRONG, are_hosts, hosts_wrong, is_contact

_STREAM = re.compile(r"wss?://[!-~]{3,500}", re.ASCII)
_STREAMING = re.compile(
    r"(https?|wss?)://[!-.0-~]{3,200}/api/v1/streaming[/?][!-~]{1,200}", re.ASCII
)


class PostsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which streams of posts are read: none unless you name them. Posts are counted, and not kept.

    `jetstream` are addresses of Bluesky's stream (wss://), of which the first that answers is read;
    `mastodon` those of servers' streaming (https://HOST/api/v1/streaming/public, or by wss://), with a line
    `HOST TOKEN` for each in `mastodon_token_file`. With `webhook_token_file`, whose only line is a token, your own
    programs may send posts to /api/v1/posts; `contact` (a mail address or https link) is told to whoever is asked; `private_hosts` are hosts in
    your own networks that may be asked too.
    """

    jetstream: tuple[str, ...] = ()
    mastodon: tuple[str, ...] = ()
    mastodon_token_file: str = ""
    webhook_token_file: str = ""
    contact: str = ""
    private_hosts: tuple[str, ...] = ()


def wrong(posts: PostsSettings) -> list[tuple[str, str]]:
    """Return what is wrong in [posts], as keys with complaints."""
    reads = bool(posts.jetstream or posts.mastodon)
    checks = [
        (
            "jetstream",
            all(_STREAM.fullmatch(url) for url in posts.jetstream),
            "must be addresses like wss://jetstream1.us-east.bsky.network/subscribe",
        ),
        (
            "mastodon",
            all(_STREAMING.fullmatch(url) for url in posts.mastodon),
            "must be addresses like https://mastodon.example/api/v1/streaming/public",
        ),
        (
            "contact",
            is_contact(posts.contact, needed=reads),
            CONTACT_WRONG,
        ),
        (
            "private_hosts",
            are_hosts(posts.private_hosts),
            hosts_wrong("stream"),
        ),
    ]
    return [(key, complaint) for key, holds, complaint in checks if not holds]
