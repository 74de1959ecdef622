"""Lines of access logs, written by hand as the servers' own documents have them: two a format, one of IPv6."""

from __future__ import annotations

import json

COMBINED_4 = (
    b"192.0.2.7 - - [10/Mar/2025:14:00:01 +0000] "
    b'"GET /a/b?x=1 HTTP/1.1" 200 512 "https://Example.org:8443/from?q" "Mozilla/5.0 (X11)"'
)
COMBINED_6 = (
    b"2001:db8::7 - jo [10/Mar/2025:15:00:02 +0100] "
    b'"POST /login HTTP/2.0" 503 - "-" "say \\"hi\\" \\x22there\\x22"'
)
COMMON_4 = COMBINED_4.rsplit(b' "', 2)[0]
COMMON_6 = b'2001:db8::7 - jo [10/Mar/2025:15:00:02 +0100] "POST /login HTTP/2.0" 503 -'
INGRESS = (
    b" 431 0.250 [shop-web-80] [] 10.0.0.5:8080, 10.0.0.6:8080 0, 512 0.100, 0.150 502, 200 0a1b2c",
    b" 99 0.001 [shop-web-80] [] - - - - ffff",
)
TRAEFIK = (b' 17 "web@docker" "http://10.0.0.5:8080" 250ms', b' 18 "web@docker" "-" 1ms')
ALB_4 = (
    b"h2 2025-03-10T14:00:01.250000Z app/shop/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80 "
    b'0.000 0.249 0.001 200 200 34 512 "GET https://example.org:443/a/b?x=1 HTTP/2.0" "curl/8" '
    b'ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:tg "Root=1-58337262" "example.org" "arn:cert" 0 '
    b'2025-03-10T14:00:01.000000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1 "new" "fields"'
)
ALB_6 = (
    b"https 2025-03-10T14:00:02.000000Z app/shop/50dc6c495c0c9188 [2001:db8::7]:2817 - "
    b'-1 -1 -1 503 - 34 0 "POST https://example.org:443/login HTTP/1.1" "-" - - - "Root=1-5" "-" "-" 0 '
    b'2025-03-10T14:00:02.000000Z "forward" "-" "-" "-" "-" "-" "-"'
)
HAPROXY_4 = (
    b"Mar 10 14:00:01 lb haproxy[14389]: 192.0.2.7:33317 [10/Mar/2025:14:00:01.250] http-in "
    b'static/srv1 10/0/30/69/250 200 512 - - ---- 1/1/1/1/0 0/0 {example.org} {} "GET /a/b?x=1 HTTP/1.1"'
)
HAPROXY_6 = (
    b"2001:db8::7:33318 [10/Mar/2025:14:00:02.000] http-in~ static/<NOSRV> -1/-1/-1/-1/+5 503 +217 - - "
    b'SC-- 1/1/1/1/+3 0/0 "POST /login HTTP/1.1"'
)
ENVOY_4 = (
    b'[2025-03-10T14:00:01.250Z] "GET /a/b?x=1 HTTP/1.1" 200 - 0 512 250 240 '
    b'"203.0.113.9, 192.0.2.7" "curl \\"8\\" "quoted"" "id-1" "example.org" "10.0.0.1:80"'
)
ENVOY_6 = (
    b'[2025-03-10T14:00:02.000Z] "POST /login HTTP/2" 503 UF,URX no_healthy_upstream - '
    b'"TLS error: 1" 0 91 1 - "2001:db8::7" "-" "id-2" "example.org" "-" outbound|80||x - 1.2.3.4:5 - - -'
)
IIS_FIELDS = (
    b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    b"cs(User-Agent) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes time-taken"
)
IIS_4 = (
    b"2025-03-10 14:00:01 10.0.0.1 GET /a/b x=1 443 - 192.0.2.7 Mozilla/5.0+(X11) "
    b"https://example.org/from example.org 200 0 0 512 250"
)
IIS_6 = (
    b"2025-03-10 14:00:02 10.0.0.1 POST /login - 443 jo 2001:db8::7 - - example.org 503 0 64 0 1"
)
CLOUDFRONT_FIELDS = (
    b"#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status "
    b"cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id "
    b"x-host-header cs-protocol cs-bytes time-taken x-edge-detailed-result-type"
)
CLOUDFRONT_4 = (
    b"2025-03-10 14:00:01 LHR62-C1 512 192.0.2.7 GET d1.cloudfront.net /a/b 200 - curl/8 x=1 - Hit "
    b"id1 example.org https 34 0.250 Hit"
).replace(b" ", b"\t")
CLOUDFRONT_6 = (
    b"2025-03-10 14:00:02 LHR62-C1 0 2001:db8::7 POST d1.cloudfront.net /login 503 - - - - Error "
    b"id2 example.org https 34 0.001 OriginConnectError"
).replace(b" ", b"\t")
LOGPUSH_4 = {
    "ClientIP": "192.0.2.7", "ClientCountry": "gb", "ClientRequestHost": "example.org",
    "ClientRequestMethod": "GET", "ClientRequestURI": "/a/b?x=1", "ClientRequestPath": "/a/b",
    "ClientRequestUserAgent": "curl/8", "ClientRequestReferer": "", "EdgeStartTimestamp": 1741615201000000000,
    "EdgeEndTimestamp": 1741615201250000000, "EdgeResponseStatus": 200, "EdgeResponseBytes": 512,
    "OriginResponseStatus": 200, "JA4": "t13d1516h2_8daaf6152771_e5627efa2ab1", "SecurityAction": "",
    "CacheCacheStatus": "miss", "RayID": "91e", "BotScore": 3,
}  # fmt: skip
LOGPUSH_6 = {
    "ClientIP": "2001:db8::7", "ClientCountry": "XX", "ClientRequestMethod": "POST",
    "ClientRequestPath": "/login", "EdgeStartTimestamp": "2025-03-10T14:00:02Z",
    "EdgeResponseStatus": 503, "OriginResponseStatus": 0, "SecurityAction": "block",
}  # fmt: skip
CADDY_4 = {
    "level": "info", "ts": 1741615201.25, "logger": "http.log.access.log0", "msg": "handled request",
    "request": {
        "remote_ip": "10.0.0.9", "remote_port": "41342", "client_ip": "192.0.2.7", "proto": "HTTP/2.0",
        "method": "GET", "host": "example.org", "uri": "/a/b?x=1",
        "headers": {"User-Agent": ["curl/8"], "Accept": ["*/*"]}, "tls": {"proto": "h2"},
    },
    "bytes_read": 0, "user_id": "", "duration": 0.25, "size": 512, "status": 200, "resp_headers": {},
}  # fmt: skip
CADDY_6 = {
    "ts": "2025-03-10T14:00:02.000Z", "status": 503, "size": 0, "duration": 0.001,
    "request": {"remote_ip": "2001:db8::7", "method": "POST", "host": "example.org:443", "uri": "/login"},
}  # fmt: skip
TRAEFIK_4 = {
    "ClientHost": "192.0.2.7", "DownstreamContentSize": 512, "DownstreamStatus": 200, "Duration": 250000000,
    "OriginStatus": 200, "RequestHost": "example.org", "RequestMethod": "GET", "RequestPath": "/a/b?x=1",
    "ServiceURL": "http://10.0.0.5:8080", "StartUTC": "2025-03-10T14:00:01.250123456Z",
    "request_User-Agent": "curl/8", "RouterName": "web@docker", "time": "2025-03-10T14:00:01Z",
}  # fmt: skip
TRAEFIK_6 = {
    "ClientHost": "2001:db8::7", "DownstreamStatus": 503, "OriginStatus": 0, "RequestMethod": "POST",
    "RequestPath": "/login", "StartUTC": "2025-03-10T14:00:02Z",
}  # fmt: skip
ENVOY_JSON_4 = {
    "start_time": "2025-03-10T14:00:01.250Z", "method": "GET", "path": "/a/b?x=1", "response_code": 200,
    "response_flags": "-", "bytes_sent": 512, "duration": 250, "x_forwarded_for": "192.0.2.7",
    "user_agent": "curl/8", "authority": "example.org", "upstream_host": "10.0.0.1:80",
}  # fmt: skip
ENVOY_JSON_6 = {
    "start_time": "2025-03-10T14:00:02.000Z", "method": "POST", "path": "/login", "response_code": "503",
    "response_flags": "UF,URX", "bytes_sent": "91", "x_forwarded_for": None,
    "downstream_remote_address": "[2001:db8::7]:55100", "upstream_host": None,
}  # fmt: skip


def _json(*rows: dict[str, object]) -> list[bytes]:
    return [json.dumps(row).encode() for row in rows]


# The first line of each, but for directives, is one request: GET /a/b?x=1 at 14:00:01 by 192.0.2.7, answered
# with 200 and 512 octets; the second POST /login at 14:00:02 by 2001:db8::7, which ended with a 503.
SAMPLES: dict[str, list[bytes]] = {
    "common": [COMMON_4, COMMON_6],
    "combined": [COMBINED_4, COMBINED_6],
    "combined-extended": [COMBINED_4 + b' "10.0.0.1"', COMBINED_6 + b' "-"'],
    "vhost-combined": [b"example.org:443 " + COMBINED_4, b"example.org:443 " + COMBINED_6],
    "combinedio": [COMBINED_4 + b" 431 700", COMBINED_6 + b" 99 200"],
    "ingress-nginx": [COMBINED_4 + INGRESS[0], COMBINED_6 + INGRESS[1]],
    "traefik": [COMBINED_4 + TRAEFIK[0], COMBINED_6 + TRAEFIK[1]],
    "alb": [ALB_4, ALB_6],
    "haproxy": [HAPROXY_4, HAPROXY_6],
    "envoy": [ENVOY_4, ENVOY_6],
    "w3c": [b"#Version: 1.0", IIS_FIELDS, IIS_4, IIS_6],
    "cloudfront": [b"#Version: 1.0", CLOUDFRONT_FIELDS, CLOUDFRONT_4, CLOUDFRONT_6],
    "logpush": _json(LOGPUSH_4, LOGPUSH_6),
    "caddy": _json(CADDY_4, CADDY_6),
    "traefik-json": _json(TRAEFIK_4, TRAEFIK_6),
    "envoy-json": _json(ENVOY_JSON_4, ENVOY_JSON_6),
}
