"""The arguments of `gateway-policy smoke`, apart from the command, whose imports cost time."""

import argparse
from typing import Final

EPILOG: Final = (
    "URL is a GET route that requires authorization. Give exactly the credentials that it requires: each is then "
    "left out or forged, and the request must be denied. --sigv4 reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, "
    "AWS_SESSION_TOKEN and AWS_REGION. Exit codes: 0 all passed, 1 one failed, 2 one is undecided."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("url", metavar="URL", help="a GET route that requires authorization")
    parser.add_argument(
        "--credential",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="a header that proves who calls, such as 'Authorization: Bearer ...' or 'x-api-key: ...'; "
        "'NAME: $VARIABLE' takes the value from the environment; repeatable",
    )
    parser.add_argument(
        "--header", action="append", default=[], metavar="'NAME: VALUE'", help="any other header; repeatable"
    )
    parser.add_argument("--sigv4", action="store_true", help="sign requests with Signature Version 4")
    parser.add_argument("--certificate", default="", metavar="FILE", help="client certificate in PEM, for mutual TLS")
    parser.add_argument("--certificate-key", default="", metavar="FILE", help="its private key in PEM")
    parser.add_argument(
        "--closed",
        action="append",
        default=[],
        metavar="URL",
        help="the same route under an address that must not serve it, such as the execute-api endpoint; repeatable",
    )
    parser.add_argument(
        "--flood",
        type=int,
        metavar="REQUESTS",
        help="send this many requests at once, which must be throttled; you pay for them, and AWS WAF may block your "
        "address for minutes",
    )
    parser.add_argument("--rate", type=float, help="requests per second that the throttle allows, with --flood")
    parser.add_argument("--burst", type=int, help="requests at the same time that the throttle allows, with --flood")
    parser.add_argument("--format", choices=("json", "terminal"), default="terminal", help="default: terminal")
