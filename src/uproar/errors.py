"""The errors that we raise ourselves, as one tree.

UproarError
|-- BadInput                  what came from outside cannot be used; the message says what, where, what to do
|   |-- ReportRejected        a report that is not one (has an HTTP status and a slug)
|   |-- SignalInvalid         a line of a journal export that is no signal
|   |-- CountsInvalid         a table of counts that cannot be read
|   |-- CatalogInvalid        a catalog file with mistakes, all of them listed
|   |-- SettingsInvalid       a settings file with mistakes, all of them listed
|   |-- ScenarioInvalid       a scenario file with mistakes
|   |-- FeedUnreadable        a vendor's status feed that says nothing that can be relied on
|   |   `-- FetchFailed       it did not even come
|   |-- UrlInvalid            an address on the web that is none, or that is not taken
|   |-- ChangeRejected        what a source told of a change cannot be understood (has a slug)
|   |-- CalendarUnreadable    a calendar of maintenance that cannot be read
|   |-- ClaimRejected         a statement that is not one (has a slug and a field)
|   |-- Unsigned              not signed, or not by whom it should be (has a slug)
|   |-- ProbeRejected         what a probe and its observatory sent each other cannot be used
|   |-- FingerprintsInvalid   a file of fingerprints with a mistake
|   |-- LexiconInvalid        a file of the lexicon with a mistake
|   |-- CaptureInvalid        a file of captured packets that is none
|   |-- LogUnknown            lines of an access log whose format cannot be told
|   |-- NetworksInvalid       a file of networks (MMDB or prefixes) that cannot be used
|   |-- EvidenceInvalid       a line of evidence that is none
|   |-- BundleDamaged         sums of traffic, or the state of watching it, whose bytes are damaged
|   `-- IdempotencyConflict   one idempotency key for two different reports
|-- JournalError              the journal cannot do what it was asked
|   |-- JournalFull           its queue is full: try again later
|   |-- JournalDamaged        the file fails its own check
|   |-- JournalTooNew         the file was written by a newer version
|   |-- JournalBusy           another process holds the file
|   |-- JournalExists         a backup or restore would overwrite a file
|   `-- JournalUnwritable     the disk is full or read-only
|-- ReporterKeyUnusable       the key of the day cannot be read or made
|-- ListenRefused             the port cannot be listened on
|-- StoreError                a checkpoint or decision cannot be kept or read
`-- ShapeMismatch             our own misuse: arrays that should be aligned are not
"""

from __future__ import annotations


class UproarError(Exception):
    """Base of all errors that we raise ourselves."""


class BadInput(UproarError):
    """What came from outside cannot be used; the message says what, where and what to do."""


class ReportRejected(BadInput):
    """A report that is not one. `status` is the HTTP status, `slug` names the reason for programs."""

    def __init__(self, status: int, slug: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.slug = slug
        self.message = message
        self.field = field


class SignalInvalid(BadInput):
    """A line of a journal export that is no signal."""


class CountsInvalid(BadInput):
    """A table of counts that cannot be read."""


class CatalogInvalid(BadInput):
    """A catalog file with mistakes, all of them listed, one a line."""


class SettingsInvalid(BadInput):
    """A settings file with mistakes, all of them listed, one a line."""


class ScenarioInvalid(BadInput):
    """A scenario file with mistakes."""


class FeedUnreadable(BadInput):
    """A vendor's status feed says nothing that can be relied on: its state is unknown, never fine."""


class FetchFailed(FeedUnreadable):
    """A document did not come. `again` says whether another try may help (RFC 9110, 5xx)."""

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


class UrlInvalid(BadInput):
    """An address on the web that is none, or that is not taken (ports, userinfo, controls)."""


class ChangeRejected(BadInput):
    """What a source told of a change cannot be understood; `slug` names the reason for programs."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


class CalendarUnreadable(BadInput):
    """A calendar of maintenance cannot be read: its windows are unknown, not gone."""


class ClaimRejected(BadInput):
    """A statement that is not one; `slug` names the reason for programs, `field` what is to blame."""

    def __init__(self, slug: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.slug = slug
        self.field = field


class Unsigned(BadInput):
    """A body is not signed, or not by whom it should be; `slug` names the reason for programs."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


class ProbeRejected(BadInput):
    """What a probe and its observatory sent each other cannot be used, whole or in part."""


class FingerprintsInvalid(BadInput):
    """A file of fingerprints with a mistake; the message names file and entry."""


class LexiconInvalid(BadInput):
    """A file of the lexicon with a mistake; the message names file and entry."""


class CaptureInvalid(BadInput):
    """A file of captured packets that is none, or of a kind that is not read."""


class LogUnknown(BadInput):
    """Lines of an access log whose format cannot be told, or that is not read."""


class NetworksInvalid(BadInput):
    """A file of networks, MMDB or prefixes, cannot be used."""


class BundleDamaged(BadInput):
    """Sums of traffic from a worker, or the kept state of watching it, whose bytes are damaged."""


class EvidenceInvalid(BadInput):
    """A line of evidence for `uproar diagnose` that is none; the message names the line."""


class IdempotencyConflict(BadInput):
    """One idempotency key was used for two different reports."""


class JournalError(UproarError):
    """The journal cannot do what it was asked."""


class JournalFull(JournalError):
    """The journal's queue is full; the sender may try again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"the journal is busy; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class JournalDamaged(JournalError):
    """The journal's file fails its own check."""


class JournalTooNew(JournalError):
    """The journal's file was written by a newer version of Uproar."""


class JournalBusy(JournalError):
    """Another process holds the journal's file."""


class JournalExists(JournalError):
    """A file is there already, and nobody said that it may be overwritten."""


class JournalUnwritable(JournalError):
    """The disk is full or read-only: nothing can be acknowledged."""


class ReporterKeyUnusable(UproarError):
    """The key of the day, behind which reporters are hidden, cannot be read or made."""

    def __init__(self, path: object, reason: str | None) -> None:
        super().__init__(
            f"{path}: the key that hides reporters cannot be kept there ({reason}); "
            "make the folder writable for the user that runs uproar"
        )


class ListenRefused(UproarError):
    """The address and port cannot be listened on."""


class WorkerLost(UproarError):
    """A worker ended by itself, or hands over what cannot be understood."""


class StoreError(UproarError):
    """A checkpoint or decision cannot be kept or read."""


class ShapeMismatch(UproarError):
    """Arrays that should be aligned are not; the message names their shapes."""

    def __init__(self, *shapes: tuple[int, ...]) -> None:
        super().__init__(f"arrays should have one shape, got {', '.join(map(str, shapes))}")
