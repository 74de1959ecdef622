"""The layers at which a request can fail, and on whose side each lies.

A layer is who failed first on the way of the request, as seen by this client. A side is who could
mend it; where two are possible the side is `unknown`, because guessing would blame somebody.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Side = Literal[
    "origin", "cdn", "cloud", "dns-host", "access-network", "path", "client", "nobody", "unknown"
]

LAYERS: Mapping[str, Side] = MappingProxyType(
    {
        "client": "client",
        "client_request": "client",
        "client_network": "access-network",
        "dns": "unknown",
        "dns_authoritative": "dns-host",
        "dns_authoritative_down": "dns-host",
        "dns_authoritative_or_config": "unknown",
        "dns_config": "origin",
        "dnssec_config": "dns-host",
        "dns_policy": "access-network",
        "dns_censorship": "access-network",
        "dns_ratelimit": "nobody",
        "dns_resolver": "access-network",
        "network_path": "path",
        "edge": "cdn",
        "edge_config": "origin",
        "edge_tls_config": "origin",
        "edge_app": "origin",
        "edge_or_config": "unknown",
        "edge_or_origin": "unknown",
        "edge_to_origin": "origin",
        "edge_to_origin_or_policy": "unknown",
        "origin_network": "origin",
        "origin_tls_config": "origin",
        "origin_lb": "origin",
        "origin_lb_config": "origin",
        "origin_lb_or_app": "origin",
        "origin_lb_or_limit": "origin",
        "origin_lb_to_app": "origin",
        "origin_auth": "origin",
        "origin_server": "origin",
        "origin_server_or_lb": "origin",
        "origin_server_or_middlebox": "unknown",
        "origin_app": "origin",
        "origin_app_config": "origin",
        "origin_app_or_ratelimit": "unknown",
        "origin_capacity": "origin",
        "upstream_dependency": "origin",
        "hosting_platform": "cloud",
        "hosting_platform_config": "origin",
        "hosting_platform_policy": "unknown",
        "policy_block": "nobody",
        "policy_or_config": "unknown",
        "maintenance": "origin",
        "edge_identity": "nobody",
        "origin_lb_identity": "nobody",
        "unreachable": "unknown",
        "ambiguous": "unknown",
    }
)
