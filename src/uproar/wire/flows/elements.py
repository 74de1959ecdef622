"""The information elements that become columns, by their IANA numbers.

NetFlow v9 numbers its fields from the same list up to 127 (RFC 3954, 8); IPFIX goes on from there (RFC 7012,
registry "IPFIX Information Elements"). Where several elements tell the same, the first of a tuple that a
record has is taken.
"""

from __future__ import annotations

from typing import Final

IANA: Final = 0
REVERSE: Final = 29305  # RFC 5103, 6.1: the same element for the packets of the other direction.
SCOPE: Final = (
    -1
)  # Ours: a scope field of a NetFlow v9 options template (RFC 3954, 6.1), no element.

VARIABLE: Final = 65535  # A field's length that says each record tells its own (RFC 7011, 7).

# Addresses; an IPv4 field has 4 bytes, an IPv6 field 16 (RFC 5102, 5.4).
SOURCE_V4, DESTINATION_V4 = 8, 12
SOURCE_V6, DESTINATION_V6 = 27, 28
ADDRESSES = {SOURCE_V4: 4, DESTINATION_V4: 4, SOURCE_V6: 16, DESTINATION_V6: 16}

# Ports, protocol, flags (RFC 5102, 5.4 and 5.5): transport ports, then those of UDP and of TCP alone.
SOURCE_PORT = (7, 180, 182)
DESTINATION_PORT = (11, 181, 183)
PROTOCOL = (4,)
TCP_FLAGS = (6,)  # One byte, or two by RFC 7125; the lower byte holds the eight flags.

# Counts. Delta counts of the record first, then what was counted after the observation point (RFC 5102,
# 5.10; egress records of NetFlow v9 have no other), the initiator's half (RFC 5102 and registry 231, 298), and
# last the totals of exporters whose flows are told once.
PACKETS = (2, 24, 298, 86)
OCTETS = (1, 23, 231, 85)
RESPONDER_PACKETS = 299
RESPONDER_OCTETS = 232

# ICMP type and code: both in two bytes, or each in one (RFC 5102, 5.5.13 to 5.5.18).
ICMP_BOTH = (32, 139)
ICMP_TYPE = (176, 178)
ICMP_CODE = (177, 179)

# Interfaces (RFC 5102, 5.2), then physical ones (registry).
INPUT = (10, 252)
OUTPUT = (14, 253)

# Time to live: lowest and highest of the flow, or of the one packet that was looked at (RFC 5102, 5.6).
TTL_MIN = (52, 192)
TTL_MAX = (53, 192)

FRAGMENT_OFFSET = 88
FRAGMENT_FLAGS = 197
MORE_FRAGMENTS = 0x20  # RFC 5102, 5.4.27: reserved 0x80, don't fragment 0x40, more fragments 0x20.

# Times (RFC 5102, 5.9). Uptime counts ms since the exporter was started.
END_UPTIME, START_UPTIME = 21, 22
SYSTEM_INIT_MS = 160
START_ABSOLUTE = ((152, "ms"), (150, "s"), (154, "ntp"), (156, "ntp"))
END_ABSOLUTE = ((153, "ms"), (151, "s"), (155, "ntp"), (157, "ntp"))
OBSERVED = ((323, "ms"), (322, "s"))  # Of the record, where it tells neither beginning nor end.
START_DELTA_US, END_DELTA_US = 158, 159  # Microseconds before the time of sending.
DURATION_MS, DURATION_US = 161, 162

# Sampling, in options and sometimes in the records themselves (RFC 5102 34, RFC 5477 for 302 to 311).
SAMPLING_INTERVAL = (34, 50)
SAMPLING_PACKET_INTERVAL, SAMPLING_PACKET_SPACE = 305, 306
SAMPLING_SIZE, SAMPLING_POPULATION = 309, 310
SAMPLING_PROBABILITY = 311
SELECTOR = (48, 302)  # samplerId, selectorId

# Everything that some column rests on, of one direction or the other.
READ = frozenset(
    {
        SOURCE_V4, DESTINATION_V4, SOURCE_V6, DESTINATION_V6, RESPONDER_PACKETS, RESPONDER_OCTETS,
        *SOURCE_PORT, *DESTINATION_PORT, *PROTOCOL, *TCP_FLAGS, *PACKETS, *OCTETS,
        *ICMP_BOTH, *ICMP_TYPE, *ICMP_CODE, *INPUT, *OUTPUT, *TTL_MIN, *TTL_MAX, FRAGMENT_OFFSET, FRAGMENT_FLAGS,
        END_UPTIME, START_UPTIME, SYSTEM_INIT_MS, START_DELTA_US, END_DELTA_US, DURATION_MS, DURATION_US,
        *(element for element, _ in START_ABSOLUTE + END_ABSOLUTE + OBSERVED),
        *SAMPLING_INTERVAL, SAMPLING_PACKET_INTERVAL, SAMPLING_PACKET_SPACE, SAMPLING_SIZE,
        SAMPLING_POPULATION, SAMPLING_PROBABILITY, *SELECTOR,
    }
)  # fmt: skip

# Known and kept in no column: 5 ipClassOfService, 35 and 49 the algorithm of sampling (how packets are chosen does
# not change by how much to multiply), 61 flowDirection, 136 flowEndReason.
