"""Judges the policy of an authorizer's answer as IAM does."""

from fnmatch import fnmatchcase

from gateway_events import API


def passes(answer, call):
    """Whether a call (`METHOD /concrete/path`) goes through."""
    arn = f"{API}/{call.replace(' ', '', 1)}"
    effects = {
        statement["Effect"]
        for statement in answer["policyDocument"]["Statement"]
        if any(fnmatchcase(arn, each.replace("[", "[[]")) for each in statement["Resource"])
    }
    return effects == {"Allow"}
