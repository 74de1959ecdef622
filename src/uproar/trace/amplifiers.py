"""Services that answer more than they are asked, as data: reflected traffic comes *from* these UDP ports.

`factor` is octets of payload answered for each octet asked. CISA is alert TA14-017A; AMP is AMP-Research, commit 2c78c06,
its own measurements; others are named in the row. `payload_min` is what the mean payload of an attack's
answers must reach; it is ours, chosen between an ordinary answer and an amplified one, 0 where amplified answers are
small. `everyday` marks ports from which ordinary servers and clients send a lot as well: more sources are asked for there.
"""

from __future__ import annotations

from typing import NamedTuple


class Amplifier(NamedTuple):
    """One service by its port."""

    name: str
    port: int
    payload_min: int
    factor: str
    source: str
    everyday: bool = False


AMPLIFIERS = (
    Amplifier("dns", 53, 300, "28-54", "CISA", everyday=True),
    Amplifier("ntp", 123, 100, "556.9", "CISA", everyday=True),
    Amplifier("snmp", 161, 60, "6.3", "CISA"),
    Amplifier("netbios", 137, 60, "3.8", "CISA"),
    Amplifier("ssdp", 1900, 150, "30.8", "CISA"),
    Amplifier("chargen", 19, 60, "358.8", "CISA"),
    Amplifier("qotd", 17, 20, "140.3", "CISA"),
    Amplifier("bittorrent", 6881, 100, "3.8", "CISA", everyday=True),
    Amplifier("kad", 751, 60, "16.3", "CISA"),
    Amplifier("quake", 26000, 60, "63.9", "CISA"),
    Amplifier("quake", 27960, 60, "63.9", "CISA"),
    Amplifier("steam", 27015, 60, "5.5", "CISA", everyday=True),
    Amplifier("steam", 27036, 60, "17", "AMP", everyday=True),
    Amplifier("mdns", 5353, 60, "2-10", "CISA"),
    Amplifier("rip", 520, 100, "131.24", "CISA"),
    Amplifier("portmap", 111, 60, "7-28", "CISA"),
    Amplifier("cldap", 389, 150, "56-70", "CISA"),
    Amplifier("tftp", 69, 100, "60", "CISA"),
    Amplifier("memcached", 11211, 100, "10,000-51,000", "CISA"),
    Amplifier("ws-discovery", 3702, 150, "up to 153", "Akamai"),
    Amplifier("arms", 3283, 200, "35.5", "FBI, NETSCOUT"),
    Amplifier("coap", 5683, 60, "20", "AMP"),
    Amplifier("jenkins", 33848, 60, "5-8", "AMP"),
    Amplifier("plex", 32414, 50, "10", "AMP"),
    Amplifier("plex", 32410, 50, "10", "AMP"),
    Amplifier("plex", 32412, 50, "10", "AMP"),
    Amplifier("tp240", 10074, 0, "up to 4,294,967,296 packets", "CVE-2022-26143"),
    Amplifier("slp", 427, 40, "1.6-12, prepared up to 2,200", "CVE-2023-29552"),
    Amplifier("rdp", 3389, 60, "28.6-86", "AMP", everyday=True),
    Amplifier("rdp", 3391, 60, "28.6-86", "AMP"),
    Amplifier("stun", 3478, 40, "3", "AMP", everyday=True),
    Amplifier("stun", 8088, 40, "3", "AMP"),
    Amplifier("stun", 37833, 40, "3", "AMP"),
    Amplifier("dtls", 4433, 60, "2-3", "AMP", everyday=True),
    Amplifier("mssql", 1434, 60, "10-30", "AMP"),
    Amplifier("openvpn", 1194, 0, "2", "AMP", everyday=True),
    Amplifier("vxworks", 17185, 40, "3", "AMP"),
    Amplifier("xdmcp", 177, 20, "7", "AMP"),
    Amplifier("citrix", 1604, 40, "7-200", "AMP"),
    Amplifier("ubiquiti", 10001, 60, "7", "AMP"),
    Amplifier("powerhouse", 20811, 20, "40", "AMP"),
    Amplifier("digiman", 2362, 40, "5", "AMP"),
    Amplifier("fivem", 30120, 60, "8-15", "AMP", everyday=True),
    Amplifier("lantronix", 30718, 20, "5", "AMP"),
    Amplifier("dvr", 37810, 60, "30", "AMP"),
    Amplifier("bfd", 3784, 20, "5", "AMP"),
    Amplifier("crestron", 41794, 60, "15", "AMP"),
    Amplifier("isakmp", 500, 60, "4-5", "AMP", everyday=True),
    Amplifier("isakmp", 4500, 60, "4-5", "AMP", everyday=True),
    Amplifier("sip", 5060, 250, "15", "AMP", everyday=True),
    Amplifier("sentinel", 5093, 60, "20", "AMP"),
    Amplifier("nat-pmp", 5351, 8, "2-5", "AMP"),
    Amplifier("netis", 53413, 16, "2", "AMP"),
    Amplifier("afs", 7001, 40, "2", "AMP"),
    Amplifier("bacnet", 47808, 20, "not known", "seen in a published capture"),
)
BY_PORT = {each.port: each for each in AMPLIFIERS}
