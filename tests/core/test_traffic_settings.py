"""[traffic]: what can be set is read, what cannot is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar.app import flow_judge, settings
from uproar.errors import SettingsInvalid

WHOLE = """
[traffic]
listen = ["127.0.0.1:2055", "[::1]:6343"]
workers = 2
exporters = ["192.0.2.1", "2001:db8::/32"]
keep_flows = "flows"
[[traffic.hostgroups]]
name = "web"
prefixes = ["198.51.100.0/24"]
service = "x"
packets_s = 5000.0
[[traffic.hostgroups]]
name = "names"
prefixes = ["2001:db8:1::/48"]
"""


def read(text: str) -> settings.Settings:
    return settings.parse(text.encode(), "uproar.toml", Path("/somewhere"))


def test_nothing_is_listened_to_unless_it_is_asked_for() -> None:
    assert read("").traffic.listen == ()
    assert read("").traffic.keep_flows == ""
    assert read("").traffic.mask_sources


def test_all_of_it_is_read_and_reaches_workers_and_judge() -> None:
    traffic = read(WHOLE).traffic
    assert traffic.keep_flows == "/somewhere/flows"
    design = flow_judge.design_of(traffic)
    groups = design.ours.groups
    assert [(group.name, group.service) for group in groups] == [("web", "x"), ("names", "")]
    assert [group.floors.packets_s for group in groups] == [5_000, 10_000]
    charge = flow_judge.charge(traffic, design)
    assert charge.exporters == ["192.0.2.1", "2001:db8::/32"]
    assert charge.keep is not None
    assert charge.keep.mask
    assert charge.keep.octets == 4_096_000_000


def test_without_hostgroups_every_destination_is_watched() -> None:
    (group,) = flow_judge.design_of(read("").traffic).ours.groups
    assert group.prefixes == ("0.0.0.0/0", "::/0")


def test_the_number_that_chooses_rows_is_another_each_time() -> None:
    traffic = read(WHOLE).traffic
    assert len({flow_judge.design_of(traffic).salt for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("line", "number", "complaint"),
    [
        ('listen = ["127.0.0.1"]', 2, "'127.0.0.1' is no address and port; write it like 127.0.0.1:2055"),
        ('listen = ["::1:2055"]', 2, "'::1:2055' is no address and port"),
        ('listen = ["router:2055"]', 2, "'router:2055' is no address and port"),
        ('listen = ["127.0.0.1:70000"]', 2, "is no address and port"),
        ('listen = ["127.0.0.1:1", "127.0.0.1:1"]', 2, "traffic.listen names an address twice"),
        ("workers = 0", 2, "traffic.workers must be 1 to 64"),
        ("workers = true", 2, "expected `int`"),
        ("worker = 1", 2, "there is no setting traffic.worker; did you mean workers?"),
        ('exporters = ["10.0.0.1/8"]', 2, "'10.0.0.1/8'; write addresses or prefixes"),
        ("keep_mb = 1", 2, "traffic.keep_mb must be 16 to"),
        ("keep_hours = 0", 2, "traffic.keep_hours must be 1 to"),
        ('[[traffic.hostgroups]]\nname = "a"\nprefixes = []', 2, "name at least one"),
        ('[[traffic.hostgroups]]\nname = ""\nprefixes = ["10.0.0.0/8"]', 2, "1 to 60 printable"),
        ('[[traffic.hostgroups]]\nname = "a"\nprefixes = ["10/8"]', 2, "'10/8' is no network"),
        ('[[traffic.hostgroups]]\nname = "a"\nprefixes = ["::/0"]\nbits_s = 0.0', 2, "must be above 0"),
        ('[[traffic.hostgroups]]\nname = "a"\nprefixs = ["::/0"]', 4, "did you mean prefixes?"),
        ('[[traffic.hostgroups]]\nprefixes = ["::/0"]', 2, "missing required field `name`"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(line: str, number: int, complaint: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read(f"[traffic]\n{line}\n")
    told = str(caught.value)
    assert told.startswith(f"uproar.toml:{number}: ")
    assert complaint in told
