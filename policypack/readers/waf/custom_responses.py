"""Reads what AWS WAF responds with instead of its own 403.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-custom-request-response.html
"""

from typing import Any

from ... import web_acl
from ...graph.graph import Resource
from ...graph.values import UNKNOWN, is_object, items, read


def custom_response(action: Any, owner: Resource) -> web_acl.CustomResponse | None:
    """The response of a Block action, whose body is one of the web ACL or rule group `owner`; None for a 403."""
    given = read(action, "block", "customresponse")
    if given is UNKNOWN:
        return web_acl.ANY_RESPONSE
    if not is_object(given):
        return None
    code, key = str(given.get("responsecode")), given.get("customresponsebodykey")
    return web_acl.CustomResponse(int(code) if code.isdigit() else None, "" if key is None else _body(key, owner))


def _body(key: Any, owner: Resource) -> str | None:
    """The body of a key; the provider lists bodies with their keys, AWS has a map."""
    bodies: Any = owner.inputs.get("customResponseBodies")
    if is_object(bodies) and isinstance(key, str):
        found = read(bodies, key, "content")
    else:
        found = next((read(each, "content") for each in items(bodies) if read(each, "key") == key != UNKNOWN), None)
    return found if isinstance(found, str) else None
