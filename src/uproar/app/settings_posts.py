"""The settings of what is posted: which streams are read, who may send posts; and their mistakes."""

from __future__ import annotations

import re

import msgspec

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


def wrong(
    posts: PostsSettings, contact: re.Pattern[str], host: re.Pattern[str]
) -> list[tuple[str, str]]:
    """Return what is wrong in [posts], as keys with complaints; `contact` and `host` are patterns."""
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
            contact.fullmatch(posts.contact) is not None if posts.contact else not reads,
            "must say how you can be reached, like noc@example.org or https://example.org/contact",
        ),
        (
            "private_hosts",
            all(host.fullmatch(each) for each in posts.private_hosts),
            "must be hosts without scheme, port or path, like stream.internal.example",
        ),
    ]
    return [(key, complaint) for key, holds, complaint in checks if not holds]
