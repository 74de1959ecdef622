"""What a post says of the services that it names: features with weights, nothing hidden.

Each service that a post names is judged by what stands near its name (features.py) and the weights
of the lexicon: the outcome with the highest sum is the answer. A name that is an ordinary word too
may also mean something else; then the post does not mention the service at all. After Motoyama et
al., WOSN 2010 (a name beside what is said of it), and Takeshita et al., IM 2015 (what keywords alone
get wrong).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from uproar.detect.cues import Cues
from uproar.detect.features import Features, Reading
from uproar.detect.naming import Named, Names
from uproar.detect.posttext import TAG, TAGS_MAX, WORD, folded, read
from uproar.model.catalog import Catalog
from uproar.model.lexicon import OUTCOMES, Lexicon
from uproar.model.mention import SAYS, Mention, Says

MENTIONS_MAX = 8  # services of one post; one that names more is a list, and says nothing of any
ASKING_WEIGHT = 0.5  # a question is weaker evidence than a statement


class Classifier:
    """Reads posts, in any of the lexicon's languages. Pure; one is enough for all threads."""

    def __init__(self, lexicon: Lexicon, catalog: Catalog) -> None:
        """Index the lexicon and the names of the catalog's services: some 100 ms."""
        self._names = Names(lexicon, catalog)
        self._cues = Cues(lexicon)
        self._features = Features(lexicon, catalog)
        self._weights = lexicon.weights

    def mentions(self, text: str, languages: Sequence[str] = ()) -> tuple[Mention, ...]:
        """Return what a post says of each service that it names, in the order of slugs.

        `languages` are those that the post claims to be in (BCP 47); a hint, often wrong. The time
        is linear in the post's length, of which the first TEXT_MAX signs are read.
        """
        reading, named = self.reading(text, languages)
        if reading is None:
            return ()
        said: list[tuple[str, Says]] = []
        for service, places in named.items():
            outcome = self._outcome(self._features.of(reading, service, places))
            if outcome in SAYS:
                said.append((service, outcome))
        if len(said) > MENTIONS_MAX:
            return ()
        share = 1 / max(1, len(said))
        return tuple(
            Mention(service, says, share * (ASKING_WEIGHT if says == "asking" else 1.0), language)
            for (service, says), language in ((one, reading.language) for one in sorted(said))
        )

    def reading(
        self, text: str, languages: Sequence[str] = ()
    ) -> tuple[Reading | None, dict[str, list[Named]]]:
        """Return what a post consists of and where it names which service; None for most posts."""
        plain = folded(text)
        found = WORD.findall(plain)
        if not self._names.may_be_in(plain, found):
            return None, {}
        parts = read(plain)
        places = self._names.find(parts)
        if not places:
            return None, {}
        language, cues = self._cues.find(parts, languages)
        named: dict[str, list[Named]] = {}
        for place in places:
            named.setdefault(self._names.meant(place, parts, language), []).append(place)
        return Reading(parts, text, language, tuple(cues), len(named)), named

    def explain(self, text: str, languages: Sequence[str] = ()) -> dict[str, dict[str, float]]:
        """Return for each service that may be named the features that were seen, with their values."""
        reading, named = self.reading(text, languages)
        if reading is None:
            return {}
        return {
            service: self._features.of(reading, service, places)
            for service, places in named.items()
        }

    def _outcome(self, features: dict[str, float]) -> str:
        """Return the outcome with the highest sum, the first where two are equal.

        Only a name that is an ordinary word can mean something else.
        """
        if not features:
            return "other"
        possible = OUTCOMES if "doubt" in features else SAYS
        return max(possible, key=lambda outcome: self._sum(outcome, features))

    def _sum(self, outcome: str, features: dict[str, float]) -> float:
        weights = self._weights[outcome]
        return sum(weights.get(name, 0.0) * value for name, value in features.items())


def tags(text: str) -> tuple[str, ...]:
    """Return the hashtags of a post, folded, without "#" and without repeats."""
    found: Iterable[str] = (match[1] for match in TAG.finditer(folded(text)))
    return tuple(dict.fromkeys(tag.replace("_", "") for tag in found))[:TAGS_MAX]
