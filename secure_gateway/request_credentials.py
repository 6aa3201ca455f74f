"""Where requests carry credentials: what the authorizers read, and what logs therefore must not show."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Parts of a request that contain credentials, by their names in lower case."""

    headers: frozenset[str] = frozenset()
    query_arguments: frozenset[str] = frozenset()

    def __or__(self, other: "Credentials") -> "Credentials":
        """All that one of the two names."""
        return Credentials(
            headers=self.headers | other.headers, query_arguments=self.query_arguments | other.query_arguments
        )


NONE = Credentials()

SIGNED = Credentials(
    headers=frozenset({"authorization", "x-amz-security-token"}),
    query_arguments=frozenset({"x-amz-credential", "x-amz-security-token", "x-amz-signature"}),
)
"""What a request with Signature Version 4 carries: in headers, or in the query of a presigned URL.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
"""
