"""The benchmarks measure, agree on what is found, and fill their page; how long a thing takes is no test's matter."""

import json
from pathlib import Path

import pytest

from benchmarks import authorizer, pack, program, stacks, start
from benchmarks.__main__ import PAGE, REPORTS, written
from benchmarks.measure import FailedError, run

SIZE = 20


@pytest.fixture(scope="module")
def found():
    return pack.measure(1, checkov=None, sizes=[SIZE])


def test_the_pack_is_measured_beside_the_stock_analyzer(found):
    assert set(found["sizes"][str(SIZE)]) == {pack.CHECK, pack.SERVICE, pack.ALL_CALLS, pack.STOCK, pack.EMPTY}
    assert all(each["seconds"][0] > 0 and each["megabytes"] > 0 for each in found["sizes"][str(SIZE)].values())


def test_both_analyzers_find_the_same_and_something():
    _, ours = pack.service(SIZE)
    _, every_call = pack.service(SIZE, every_call=True)
    _, theirs = pack.stock(SIZE)

    assert ours == theirs == every_call
    assert ("waf-stages-have-web-acl", f"{stacks.HEAD}{stacks.STAGE}::s0") in ours
    assert ("waf-stages-have-web-acl", f"{stacks.HEAD}{stacks.STAGE}::s1") not in ours


def test_the_same_gateways_come_of_it_as_terraform():
    blocks = list(stacks.blocks(SIZE))
    planned = json.loads(stacks.plan(blocks))["configuration"]["root_module"]["resources"]
    referred = [
        reference.rsplit(".", 1)[0]
        for each in planned
        for expression in each["expressions"].values()
        if "references" in expression
        for reference in expression["references"][:1]
    ]

    assert len(blocks) == SIZE
    assert set(referred) < {each["address"] for each in planned}
    assert "rest_api_id = aws_api_gateway_rest_api.api0.id\n" in stacks.configuration(blocks[2])


def test_a_gateway_is_a_constant_number_of_resources():
    found = program.measure(1, routes=(1, 8))
    one, eight = (found["routes"][count] for count in ("1", "8"))

    assert one[program.GATEWAY]["resources"] == eight[program.GATEWAY]["resources"]
    assert eight[program.BARE]["resources"] > one[program.BARE]["resources"]
    assert f"| 8 | {program.BARE} |" in program.report(found)


def test_the_steps_of_a_cold_start_are_measured():
    found = start.measure(1)

    assert sum(start.steps(found).values()) == pytest.approx(found["processes"][start.WHOLE]["processor"])
    assert "**the whole command**" in start.report(found)


def test_the_page_has_a_place_for_every_section(found):
    page = PAGE.read_text()
    assert [name for name in REPORTS if f"<!-- {name} -->\n" not in page or f"<!-- /{name} -->" not in page] == []

    filled = written(page, {"pack": {**found, "machine": "here"}})
    assert f"| {SIZE} | {pack.CHECK} |" in filled
    assert written(filled, {"pack": {**found, "machine": "here"}}) == filled


def test_what_fails_is_not_measured():
    with pytest.raises(FailedError, match="ended with 3"):
        run(["sh", "-c", "exit 3"])


def test_cold_starts_are_compared_with_bytecode_for_all_packages_or_for_none(tmp_path):
    kinds = authorizer.starts(tmp_path)

    assert "PYTHONDONTWRITEBYTECODE" not in kinds["bytecode"]
    packages = {each.name for each in Path(kinds["source"]["PYTHONPATH"]).iterdir()}
    assert {"joserfc", "cryptography", "secure_gateway"} <= packages
    assert not list(tmp_path.rglob("*.pyc"))
