"""Symptoms: how an outage shows to the person who reports it.

The table is closed and append-only. An id is a public contract: it stands in journals, series and
exports, so it is never renamed, never given another meaning and never removed; new ones go to the
end. A service offers six to eight of them (see `uproar.model.service`), and `other` is always one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class Symptom(msgspec.Struct, frozen=True):
    """One way to fail: its id, the label on the button, and what is meant in one line."""

    id: str
    label: str
    meaning: str


_TABLE = (
    ("dns", "Address not found", "The name of the site does not resolve to an address."),
    ("connect", "Does not load at all", "No connection: it times out, is refused or cuts off."),
    ("tls", "Security warning", "The browser warns of the certificate or of an unsafe connection."),
    ("http-5xx", "Error page", "A page or message with an error instead of the content."),
    ("blank", "Blank or broken page", "Something opens, but it is empty or falls apart."),
    ("slow", "Very slow", "It works in the end, after an unusual wait."),
    ("login", "Cannot log in", "Signing in fails, or people are signed out."),
    ("post", "Cannot post", "Own posts, comments or reactions are not accepted."),
    ("feed", "Feed does not update", "The timeline or home page is empty or stays old."),
    ("media", "Pictures or video missing", "Pictures, sound or video do not play or upload."),
    ("search", "Search fails", "Searching gives nothing, or an error."),
    ("app", "App does not work", "The app crashes, hangs or does not open; the site may work."),
    ("call", "Calls fail", "Voice or video calls do not start, break off or are garbled."),
    ("sms", "Text messages fail", "Text messages are not sent or do not arrive."),
    ("no-signal", "No signal", "The phone finds no mobile network."),
    ("mobile-data", "No mobile data", "The phone has signal, but no internet over it."),
    ("internet", "No internet at home", "The fixed line is cut: cable, fibre or DSL."),
    ("tv", "No television", "Channels or the set-top box do not work."),
    ("payment", "Payment fails", "Paying is refused or hangs, online or at the till."),
    ("card", "Card refused", "Cards or wallets are refused although they are covered."),
    ("transfer", "Transfer fails", "Money is not sent, does not arrive, or is not shown."),
    ("cash", "Cash machine fails", "Withdrawing or paying in cash does not work."),
    ("checkout", "Cannot check out", "The basket or the last step of buying fails."),
    ("order", "Order problem", "Orders cannot be placed, changed or found."),
    ("delivery", "Delivery problem", "Delivery or tracking fails or stands still."),
    ("match", "Cannot join a game", "Matchmaking, lobbies or game servers do not take players."),
    ("lag", "Lag or disconnects", "The game runs, but with delay, jumps or broken connections."),
    ("purchase", "Purchases missing", "What was bought or subscribed to is not there."),
    ("sync", "Does not sync", "Changes do not reach the other devices or people."),
    ("files", "Files not available", "Files or documents do not open, save, upload or download."),
    ("notify", "No notifications", "Notifications, codes or mails come late or not at all."),
    ("meeting", "Cannot join a meeting", "Meetings do not open, or people fall out of them."),
    ("api", "API errors", "Programs get errors or no answer from the interface."),
    ("build", "Builds or deploys fail", "Builds, jobs, packages or deployments fail or queue up."),
    ("answer", "No answer or cut off", "The assistant does not answer, stops midway or errs."),
    ("booking", "Booking or ticket problem", "Booking, check-in or tickets do not work."),
    ("other", "Something else", "A failure that fits none of the others."),
    ("message", "Messages not sent", "Messages stay unsent or do not arrive."),
    ("form", "Form cannot be sent", "An application, return or upload is not accepted."),
    (
        "location",
        "Map or position wrong",
        "Map, route, departures or position are missing or wrong.",
    ),
)

SYMPTOMS: Mapping[str, Symptom] = MappingProxyType({row[0]: Symptom(*row) for row in _TABLE})


def label(symptom: str) -> str:
    """Return the label of a symptom; an id this version does not know is shown as it is."""
    known = SYMPTOMS.get(symptom)
    return known.label if known is not None else symptom
