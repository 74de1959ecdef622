"""XML of a vendor's feed as plain nodes: no document type, no entities of its own, bounded all round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from uproar.errors import FeedUnreadable

DEPTH_MAX = 32
NODES_MAX = 20_000
TEXT_MAX = 200_000  # Characters of one element that are kept; the rest is left out.


@dataclass(slots=True)
class Node:
    """An element: its name without prefix, in small letters, its attributes, text and children."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def first(self, *names: str) -> Node | None:
        """Return the first child with one of the names, the names in their order."""
        for name in names:
            for child in self.children:
                if child.name == name:
                    return child
        return None

    def said(self, *names: str) -> str:
        """Return the text of the first child with one of the names, or an empty text."""
        found = self.first(*names)
        return "" if found is None else found.text.strip()

    def all(self, name: str) -> list[Node]:
        """Return the children with a name."""
        return [child for child in self.children if child.name == name]


class _Refused(Exception):
    """What is in the feed has no business in one."""


def parsed(body: bytes) -> Node:
    """Return the root element. Raises FeedUnreadable for all that is not plain, whole XML.

    A document type is refused, and with it every entity that a feed could define: both the bomb of
    entities within entities and the one that reads a file need one.
    """
    if not body.strip():
        raise FeedUnreadable("it is empty")
    top = Node("", {})
    open_ones = [top]
    count = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > NODES_MAX or len(open_ones) > DEPTH_MAX:
            raise _Refused
        node = Node(_local(name), {_local(key): value for key, value in attributes.items()})
        open_ones[-1].children.append(node)
        open_ones.append(node)

    def end(_: str) -> None:
        open_ones.pop()

    def characters(data: str) -> None:
        node = open_ones[-1]
        if len(node.text) < TEXT_MAX:
            node.text += data[: TEXT_MAX - len(node.text)]

    def refuse(*_: Any) -> int:
        raise _Refused

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(body, True)
    except _Refused:
        raise FeedUnreadable("its XML holds what no feed needs") from None
    except (expat.ExpatError, ValueError, LookupError):
        raise FeedUnreadable("it is no XML") from None
    return top.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
