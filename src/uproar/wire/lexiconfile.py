"""The files of the lexicon: TOML bytes to values. docs/reference/lexicon-format.md tells the form."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from uproar.errors import LexiconInvalid
from uproar.model.lexicon import CUES, OUTCOMES, Alias, Language, Lexicon, Tags

FILE_MAX = 1_000_000  # bytes of one file
PHRASES_MAX = 2_000  # phrases of one list
PHRASE_MAX = 80  # signs of one phrase
ALIASES_MAX = 2_000
WEIGHT_MAX = 50.0
NAMES = "names"
WEIGHTS = "weights"

Phrases = tuple[str, ...]
T = TypeVar("T")


class _LanguageFile(msgspec.Struct, forbid_unknown_fields=True):
    cues: dict[str, Phrases]


class _Alias(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    evidence: Phrases = ()
    reject: Phrases = ()
    least: int = 0
    languages: tuple[str, ...] = ()


class _NamesFile(msgspec.Struct, forbid_unknown_fields=True):
    common: Phrases
    clear: Phrases
    nicknames: dict[str, Phrases]
    surroundings: dict[str, Phrases]
    regional: dict[str, dict[str, str]]
    tags: Tags
    alias: tuple[_Alias, ...]


class _WeightsFile(msgspec.Struct, forbid_unknown_fields=True):
    weights: dict[str, dict[str, float]]


def decode(files: Mapping[str, bytes]) -> Lexicon:
    """Read the files of a lexicon by their names without ".toml"; raise LexiconInvalid.

    `names` and `weights` must be among them; each other one is a language, named by its code.
    """
    for needed in (NAMES, WEIGHTS):
        if needed not in files:
            raise LexiconInvalid(f"{needed}.toml: is missing")
    names = _read(files[NAMES], NAMES, _NamesFile)
    weights = _read(files[WEIGHTS], WEIGHTS, _WeightsFile).weights
    _check_names(names)
    _check_weights(weights)
    return Lexicon(
        languages=tuple(
            _language(code, files[code]) for code in sorted(files.keys() - {NAMES, WEIGHTS})
        ),
        aliases=tuple(
            Alias(one.name, one.evidence, one.reject, one.least, one.languages)
            for one in names.alias
        ),
        common=names.common,
        clear=names.clear,
        nicknames=names.nicknames,
        surroundings=names.surroundings,
        regional=names.regional,
        tags=names.tags,
        weights=weights,
    )


def _language(code: str, content: bytes) -> Language:
    cues = _read(content, code, _LanguageFile).cues
    for kind, phrases in cues.items():
        if kind not in CUES:
            raise LexiconInvalid(
                f"{code}.toml: no kind of cue {kind!r}; there are {', '.join(CUES)}"
            )
        _check_phrases(phrases, f"{code}.toml: {kind}")
    return Language(code, cues)


def _read(content: bytes, name: str, form: type[T]) -> T:
    if len(content) > FILE_MAX:
        raise LexiconInvalid(f"{name}.toml: more than {FILE_MAX} bytes")
    try:
        return msgspec.convert(tomllib.loads(content.decode("utf-8")), form)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LexiconInvalid(f"{name}.toml: {error}") from None


def _check_names(names: _NamesFile) -> None:
    if len(names.alias) > ALIASES_MAX:
        raise LexiconInvalid(f"{NAMES}.toml: more than {ALIASES_MAX} tables [[alias]]")
    seen: set[str] = set()
    for alias in names.alias:
        if alias.name in seen:
            raise LexiconInvalid(f"{NAMES}.toml: the alias {alias.name!r} stands there twice")
        seen.add(alias.name)
        _check_phrases((alias.name,), f"{NAMES}.toml: alias")
        _check_phrases(alias.evidence, f"{NAMES}.toml: {alias.name}: evidence")
        _check_phrases(alias.reject, f"{NAMES}.toml: {alias.name}: reject")
    lists = {"common": names.common, "clear": names.clear, **names.nicknames, **names.surroundings}
    lists |= {field: getattr(names.tags, field) for field in Tags.__struct_fields__}
    for where, phrases in lists.items():
        _check_phrases(phrases, f"{NAMES}.toml: {where}")


def _check_phrases(phrases: Sequence[str], where: str) -> None:
    if len(phrases) > PHRASES_MAX:
        raise LexiconInvalid(f"{where}: more than {PHRASES_MAX} phrases")
    for phrase in phrases:
        before, gap, after = phrase.partition("~")
        if gap and not (before.strip() and after.strip()):
            raise LexiconInvalid(f"{where}: {phrase!r} needs words before and after its gap")
        if not phrase.strip("* ") or len(phrase) > PHRASE_MAX:
            raise LexiconInvalid(f"{where}: {phrase!r} is empty or longer than {PHRASE_MAX} signs")


def _check_weights(weights: Mapping[str, Mapping[str, float]]) -> None:
    if set(weights) != set(OUTCOMES):
        raise LexiconInvalid(
            f"{WEIGHTS}.toml: needs the tables {', '.join(OUTCOMES)}, and no other"
        )
    for outcome, features in weights.items():
        for feature, weight in features.items():
            if not math.isfinite(weight) or abs(weight) > WEIGHT_MAX:
                raise LexiconInvalid(f"{WEIGHTS}.toml: {outcome}: {feature} is beyond {WEIGHT_MAX}")
