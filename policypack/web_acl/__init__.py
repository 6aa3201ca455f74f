"""Evaluates web ACLs of AWS WAF: for one request, and for all requests at once."""

from .evaluate import Ending, Outcome, evaluate
from .questions import Route, can_match, inspects_all, open_to_internet, passing, reachable_from_internet
from .request import Request
from .statements import ANY_RESPONSE, Acl, Action, CustomResponse, Group, Rule, Statement

__all__ = [
    "ANY_RESPONSE",
    "Acl",
    "Action",
    "CustomResponse",
    "Ending",
    "Group",
    "Outcome",
    "Request",
    "Route",
    "Rule",
    "Statement",
    "can_match",
    "evaluate",
    "inspects_all",
    "open_to_internet",
    "passing",
    "reachable_from_internet",
]
