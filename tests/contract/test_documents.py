"""What REST import would say of the documents of this repository's stacks, as `aws_import` knows it."""

import json

import aws_import
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from policypack.graph.values import UNKNOWN


@pytest.mark.parametrize("stack", ["minimal", "recommended", "partner"])
def test_aws_takes_the_documents_of_the_stacks(recorded, stack):
    (imported,) = [each for each in recorded(stack) if each.type.endswith(":RestApiPut")]
    body = imported.inputs["body"]

    assert body is not UNKNOWN
    document = json.loads(body)
    plain = json.loads(body.replace("{proxy+}", "{proxy}"))
    assert aws_import.problems(document) == []
    assert [each.message for each in OpenAPIV30SpecValidator(plain).iter_errors()] == []
