"""A request as AWS WAF sees it."""

from dataclasses import dataclass

from ..patterns.addresses import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as AWS WAF sees it. What is None is unknown, unless stated otherwise."""

    method: str = "GET"
    path: str = "/"
    """As the caller writes it, with the stage's name if the endpoint is API Gateway's own."""
    query: str = ""
    """Without the question mark."""
    headers: tuple[tuple[str, str], ...] = ()
    """Name, in lower case, and value of each header, cookies included."""
    body: str = ""
    address: Address | None = None
    country: str | None = None
    asn: int | None = None
    ja3: str | None = ""
    """Empty if AWS WAF cannot calculate it."""
    ja4: str | None = ""
    fragment: str = ""
    over_limit: frozenset[str] = frozenset()
    """The rate-based rules whose limit the caller exceeds."""
    has_token: bool = False
    """Whether the caller has solved a CAPTCHA or a challenge."""
