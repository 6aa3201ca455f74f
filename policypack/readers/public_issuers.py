"""The issuers of tokens that give one to everyone who has an account there."""

import re
from typing import Any, Final

from ..graph.values import text

_CI: Final = frozenset(
    {
        "token.actions.githubusercontent.com",
        "vstoken.actions.githubusercontent.com",
        "oidc-configuration.audit-log.githubusercontent.com",
        "gitlab.com",
        "agent.buildkite.com",
        "oidc.codefresh.io",
        "studio.datachain.ai",
        "app.terraform.io",
        "proidc.upbound.io",
        "oidc.scalr.io",
    }
)
"""Services that run the programs of everyone. Each program chooses the audience of its token."""
AUDIENCE_NAMES_ORGANIZATION: Final = frozenset(
    {"oidc.circleci.com", "api.bitbucket.org", "api.pulumi.com", "oidc.vercel.com"}
)
"""Those whose audience names the organization."""
_PEOPLE: Final = frozenset({"accounts.google.com", "graph.facebook.com", "www.amazon.com"})
"""Those with which people sign in. The audience of their tokens is the application that people sign in to."""
SHARED: Final = _CI | AUDIENCE_NAMES_ORGANIZATION | _PEOPLE
"""All of them. An audience alone says nothing of who has the token, unless it names an organization."""
_HOST: Final = re.compile(r"https?://([^/:?#]+)", re.IGNORECASE)


def chooses_audience(address: Any) -> str:
    """The host of an issuer or discovery document, if everyone gets tokens for every audience there; else empty."""
    found = _HOST.match(text(address))
    host = found[1].lower() if found else ""
    return host if host in _CI else ""
