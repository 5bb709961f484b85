"""From a request's headers to a device's token, and from a token to a cookie. No framework, no store.

Over https the cookie is `__Host-sojourn`. Over http to this machine itself it has a name of
the store's own, since all ports of a host share their cookies; http from elsewhere is refused.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from sojourn.core import passes
from sojourn.errors import ConfigError, SignedOut, SojournError

log = logging.getLogger("sojourn")

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NAME = "sojourn"
READ = frozenset(
    {
        "authorization",
        "cookie",
        "forwarded",
        "host",
        "origin",
        "referer",
        "sec-fetch-site",
        "user-agent",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    }
)
"""The headers that are looked at, by their lower-case names."""

_PROXIED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto")
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?", re.ASCII)
_SPOILS = re.compile(r"[\x00-\x20;,=\x7f-\U0010ffff]")
"""What cannot stand in a cookie's name, domain or path."""
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}

_ELSEWHERE = "A page of another site sent this. The app can let that site write: see allowed_origins."

Origin = tuple[str, str, int]
"""Scheme, host and port."""


class CrossOrigin(SojournError):
    """This request was not made by a page of this site."""

    code: ClassVar[str] = "cross_origin"
    status: ClassVar[int] = 403


class InsecureHttp(SojournError):
    """Sessions are only kept over https here."""

    code: ClassVar[str] = "insecure_http"
    status: ClassVar[int] = 403


class Cookie(Struct, frozen=True, kw_only=True):
    """How the cookie looks. The defaults are the safe ones; it is always HttpOnly, and Secure over https."""

    name: str | None = None
    """Without `__Host-`, which is added over https; None is sojourn's own."""
    domain: str | None = None
    """Subdomains get the cookie too. Then it is `__Secure-`, no longer `__Host-`: any of them can set it."""
    path: str = "/"
    """Anything but `/` makes it `__Secure-` as well."""
    same_site: Literal["Lax", "Strict", "None"] = "Lax"
    """`None` holds over https only: without Secure, browsers refuse it."""
    partitioned: bool = False
    """One cookie for each site this one is embedded in; over https only."""

    def __post_init__(self) -> None:
        for field, text in (("name", self.name), ("domain", self.domain), ("path", self.path)):
            if text is not None and _SPOILS.search(text):
                raise ConfigError(f"A cookie's {field} cannot be {text!r}.", field=field)

    def title(self, secure: bool, store_id: Callable[[], str]) -> str:
        """The cookie's name. Over http one of the store's own, since all ports of a host share theirs."""
        if not secure:
            return self.name or f"{NAME}-{store_id()[:6]}"
        prefix = "__Host-" if self.domain is None and self.path == "/" else "__Secure-"
        return prefix + (self.name or NAME)

    def header(self, title: str, token: str, seconds: int | None, *, secure: bool) -> str:
        """The value of a Set-Cookie header; without `seconds` it ends with the browser's window."""
        site = self.same_site if secure or self.same_site != "None" else "Lax"
        said = [f"{title}={token}", f"Path={self.path}"]
        said += [] if seconds is None else [f"Max-Age={seconds}"]
        said += [] if self.domain is None else [f"Domain={self.domain}"]
        said += ["HttpOnly", f"SameSite={site}"]
        said += ["Secure"] if secure else []
        said += ["Partitioned"] if secure and self.partitioned else []
        return "; ".join(said)


class Policy(Struct, frozen=True, kw_only=True):
    """Who may come in, and how. The defaults are the safe ones."""

    insecure_http: bool = False
    """Serve sessions over plain http to other machines too: whoever is on the way can take them over."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose `X-Forwarded-…` headers are believed."""
    allowed_origins: tuple[str, ...] = ()
    """Other origins whose pages may write, as a browser names them: `https://app.example`."""
    any_origin: bool = False
    """Let pages of any site write: then SameSite is all that keeps them out."""
    persistent: bool = True
    """The cookie outlives the browser's window, for as long as the device lives."""
    cookie: Cookie = Cookie()
    """How the cookie looks."""


class Arrival(Struct, frozen=True):
    """What one request brought."""

    secure: bool
    cookie: str
    """The name of the cookie that belongs here."""
    token: str | None
    bearer: bool
    """The token came in an Authorization header: no browser adds that by itself."""
    origin: str
    """Where the request arrived, as a browser would name it."""
    headers: dict[str, list[str]]
    style: Cookie = Cookie()

    @property
    def label(self) -> str:
        """What a device list may call the client."""
        return client_label((self.headers.get("user-agent") or [""])[0])

    def set_cookie(self, token: str, seconds: int | None) -> str:
        """The value of a Set-Cookie header; without `seconds` it ends with the browser's window."""
        return self.style.header(self.cookie, token, seconds, secure=self.secure)

    def delete_cookie(self) -> str:
        """The value of a Set-Cookie header that takes the cookie away."""
        return self.set_cookie("", 0)


class Door:
    """Where requests come in. `store_id` is asked when a cookie of the store's own is first needed."""

    def __init__(self, policy: Policy, store_id: Callable[[], str]) -> None:
        self.policy = policy
        self._store_id = store_id
        self._proxies = tuple(_network(text) for text in policy.trusted_proxies)
        self._origins = frozenset(_allowed(text) for text in policy.allowed_origins)
        self._warned = False

    def arrive(self, scheme: str, peer: str | None, headers: Iterable[tuple[str, str]]) -> Arrival:
        """What a request brought that came by `scheme` from the address `peer`.

        Raises `InsecureHttp` where no cookie may go, and `SignedOut` when several different tokens
        came: nobody can tell then which of them is the visitor's own.
        """
        held: dict[str, list[str]] = {}
        for name, value in headers:
            if (key := name.lower()) in READ:
                held.setdefault(key, []).append(value)
        scheme, host, peer = self._seen_from_outside(scheme, peer, held)
        secure = scheme == "https"
        if not secure:
            self._plain(held, _loopback(peer) and _loopback_host(host))
        bearers = [value[7:].strip() for value in held.get("authorization", ()) if _is_bearer(value)]
        style = self.policy.cookie
        cookie = style.title(secure, self._store_id)
        kept = (value for value in _cookies(held.get("cookie", ()), cookie) if not passes.is_one(value))
        tokens = frozenset(bearers or kept)  # a pass comes as a bearer or not at all
        if len(tokens) > 1:
            raise SignedOut("Several sessions' tokens came at once; clear this site's cookies.")
        token = next(iter(tokens), None)
        return Arrival(secure, cookie, token, bool(bearers), f"{scheme}://{host}", held, style)

    def same_origin(self, arrival: Arrival, method: str) -> None:
        """Lets a request that writes pass only when it provably comes from a page of this site.

        A browser says where a request comes from; who says nothing is no browser, and no page
        made them send it. Raises `CrossOrigin`. A socket's handshake has the method `WEBSOCKET`.
        """
        if method in SAFE or arrival.bearer or self.policy.any_origin:
            return
        origins = arrival.headers.get("origin", [])
        if len(origins) == 1 and _origin(origins[0]) in self._origins:
            return
        site = arrival.headers.get("sec-fetch-site", [])
        if site:
            proven = site in (["same-origin"], ["none"])
        else:
            said = origins or arrival.headers.get("referer", [])
            here = _origin(arrival.origin)
            proven = not said or (here is not None and [_origin(text) for text in said] == [here])
        if not proven:
            raise CrossOrigin(_ELSEWHERE)

    def _seen_from_outside(
        self, scheme: str, peer: str | None, held: Mapping[str, list[str]]
    ) -> tuple[str, str, str | None]:
        """The scheme and host that the client used, and where it is; None when a proxy is not believed."""
        host = (held.get("host") or [""])[0]
        if held.keys().isdisjoint(_PROXIED):
            return ("https" if scheme.lower() == "https" else "http"), host.lower(), peer
        if self._trusts(peer):
            scheme = _last(held, "x-forwarded-proto") or scheme
            host = _last(held, "x-forwarded-host") or host
            hops = [hop.strip() for value in held.get("x-forwarded-for", ()) for hop in value.split(",")]
            peer = next((hop for hop in reversed(hops) if not self._trusts(hop)), None)
        else:
            peer = None
        return ("https" if scheme.lower() == "https" else "http"), host.lower(), peer

    def _trusts(self, peer: str | None) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self._proxies)

    def _plain(self, held: Mapping[str, list[str]], near: bool) -> None:
        """Refuses http from elsewhere; says once that cookies go unprotected."""
        if not near and not self.policy.insecure_http:
            hint = "Use https."
            if any(name in held for name in _PROXIED):
                hint = "A proxy is in front: name its address in trusted_proxies."
            raise InsecureHttp(f"Sessions are only kept over https here. {hint}")
        if not self._warned:
            self._warned = True
            log.warning(
                "Sessions go over plain http %s: their cookies are not Secure.",
                "to this machine" if near else "(insecure_http)",
            )


class HostDoor(Door):
    """A door whose credentials are the host app's own: http or https is the host's decision then."""

    def _plain(self, held: Mapping[str, list[str]], near: bool) -> None:
        return None


def client_label(agent: str) -> str:
    """A browser's name and its system, out of a User-Agent: `Firefox on Linux`; else its first word."""
    browser = next((name for mark, name in _BROWSERS.items() if f"{mark}/" in agent), None)
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), None)
    if browser is None:
        return agent.partition("/")[0][:40]
    return f"{browser} on {system}" if system else browser


def _last(held: Mapping[str, list[str]], name: str) -> str | None:
    """What the nearest proxy said: each one adds its own at the end."""
    values = held.get(name)
    return values[-1].rpartition(",")[2].strip() if values else None


def _is_bearer(value: str) -> bool:
    return value[:7].lower() == "bearer " and value[7:].strip() != ""


def _cookies(headers: Iterable[str], name: str) -> list[str]:
    pairs = [pair.partition("=") for header in headers for pair in header.split(";")]
    return [value.strip().strip('"') for key, _, value in pairs if key.strip() == name]


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ConfigError(
            f"trusted_proxies must be addresses or networks, not {text!r}.", field="trusted_proxies"
        ) from None


def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address((text or "").strip("[]"))
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _loopback(peer: str | None) -> bool:
    address = _address(peer)
    return address is not None and address.is_loopback


def _loopback_host(host: str) -> bool:
    found = _HOST.fullmatch(host.lower())
    return found is not None and (found[1] == "localhost" or _loopback(found[1]))


def _origin(text: str) -> Origin | None:
    """None for what is no origin (`null`): it is nobody's."""
    try:
        parts = urlsplit(text.lower())
    except ValueError:
        return None
    found = _HOST.fullmatch(parts.netloc)
    if parts.scheme not in _PORTS or found is None:
        return None
    return parts.scheme, found[1], int(found[2] or _PORTS[parts.scheme])


def _allowed(text: str) -> Origin:
    found = _origin(text)
    if found is None:
        raise ConfigError(
            f"allowed_origins must be like https://app.example, not {text!r}.", field="allowed_origins"
        )
    return found
