"""Corrects moto's usage plans and stages: the patches of throttles, method settings and canaries."""

import re
from collections.abc import Mapping
from typing import Any

from corrections import corrects
from moto.apigateway.exceptions import ApiKeyNotFoundException
from moto.apigateway.models import APIGatewayBackend, Stage, UsagePlan
from moto.apigateway.responses import APIGatewayResponse

_THROTTLE = re.compile(r"/apiStages/(?P<api>[^:/]+):(?P<stage>[^/]+)/throttle/(?P<method>.*)/(?P<limit>\w+Limit)")
_CANARY = "/canarySettings"


@corrects(UsagePlan, "apply_patch_operations")
def update_plan(original: Any, self: Any, operations: list[dict[str, Any]]) -> None:
    """Moto does not store throttles of methods, finds no stage that has one, and makes strings of numbers."""
    for each in operations:
        if found := _THROTTLE.fullmatch(each["path"]):
            stage = next(one for one in self.api_stages if _is(one, f"{found['api']}:{found['stage']}"))
            limits = stage.setdefault("throttle", {}).setdefault(found["method"], {})
            limits[found["limit"]] = _number(found["limit"], each["value"])
        elif each["op"] == "remove" and each["path"] == "/apiStages":
            self.api_stages = [one for one in self.api_stages if not _is(one, each["value"])]
        elif each["path"] in ("/quota/limit", "/quota/offset"):
            self.quota[each["path"].rpartition("/")[2]] = int(each["value"])
        elif each["path"] in ("/throttle/rateLimit", "/throttle/burstLimit"):
            self.throttle[each["path"].rpartition("/")[2]] = _number(each["path"], each["value"])
        else:
            original(self, [each])


@corrects(APIGatewayBackend, "delete_usage_plan_key")
def delete_plan_key(original: Any, self: Any, usage_plan_id: str, key_id: str) -> None:
    """Moto fails for a key that is not in the plan."""
    if key_id not in self.usage_plan_keys.get(usage_plan_id, {}):
        raise ApiKeyNotFoundException
    original(self, usage_plan_id, key_id)


@corrects(UsagePlan, "to_json")
def describe_plan(original: Any, self: Any) -> dict[str, Any]:
    """AWS returns the offset of a quota that has none as 0."""
    described: dict[str, Any] = original(self)
    return {**described, "quota": {"offset": 0, **described["quota"]}} if described.get("quota") else described


def _number(name: str, text: str) -> float:
    return float(text) if name.endswith("rateLimit") else int(text)


def _is(stage: Mapping[str, Any], id_: str) -> bool:
    return f"{stage['apiId']}:{stage['stage']}" == id_


@corrects(Stage, "apply_operations")
def update_stage(original: Any, self: Any, operations: list[dict[str, Any]]) -> Any:
    """Moto ignores canaries, and the removal of method settings."""
    for each in operations:
        path = each["path"]
        if path.startswith(_CANARY):
            self.canary = _patched(getattr(self, "canary", {}), path.removeprefix(_CANARY).strip("/"), each)
        elif each["op"] == "remove" and path.strip("/") in self.method_settings:
            del self.method_settings[path.strip("/")]
        else:
            original(self, [each])
    return self


def _patched(canary: dict[str, Any], path: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    if not path:
        return {} if operation["op"] == "remove" else canary
    head, _, name = path.partition("/")
    value = operation.get("value")
    if name:
        overrides = {each: text for each, text in canary.get(head, {}).items() if each != name}
        return {**canary, head: overrides if operation["op"] == "remove" else {**overrides, name: value}}
    return {**canary, head: _CANARY_TYPES.get(head, str)(value)}


_CANARY_TYPES: Mapping[str, Any] = {"percentTraffic": float, "useStageCache": lambda value: value in (True, "true")}


@corrects(APIGatewayResponse, "create_stage")
def create_stage(original: Any, self: Any) -> Any:
    """Moto does not store the canary of a new stage."""
    made = original(self)
    given = self._get_param("canarySettings")
    if given:
        api = self.path.split("/")[2]
        self.backend.get_stage(api, self._get_param("stageName")).canary = given
    return made


@corrects(Stage, "to_json")
def describe_stage(original: Any, self: Any) -> dict[str, Any]:
    """Return the canary too."""
    canary = getattr(self, "canary", {})
    return {**original(self), **({"canarySettings": canary} if canary else {})}
