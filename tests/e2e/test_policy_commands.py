"""`watchdog policy`, and what `serve` does with a policy that cannot be used."""

import json

import jsonschema
import pytest
import yaml

from tests.e2e.service import Service

EXAMPLE = """\
defaults: {tags: [latest], refs: [HEAD, "v*"], enforce: alert}
bases: [quay.io/hummingbird/python:latest]
registries:
  "127.0.0.1:5000": {plain_http: true, kind: oci}
watch:
  - image: quay.io/crunchtools/acquacotta
    source: https://github.com/crunchtools/acquacotta
    aliases: [https://github.com/fatherlinux/Acquacotta]
    enforce: revert
    revert_on: [unexpected-source, older-commit]
    require: labels
    max_lag: 2h
  - image: quay.io/crunchtools/*
    source: https://github.com/crunchtools/{name}
"""
BROKEN = """\
defaults:
  enforce: shout
watch:
  - image: quay.io/crunchtools/acquacotta
    sauce: https://github.com/crunchtools/acquacotta
  - image: quay.io/crunchtools/other
    source: https://github.com/crunchtools/{name}
"""
FAULTS = (
    "2: defaults.enforce: ",
    "5: watch[0].sauce: ",
    "4: watch[0].source: ",
    "7: watch[1].source: ",
)


@pytest.fixture
def product(tmp_path):
    """A product that is not started."""
    product = Service(tmp_path, EXAMPLE)
    yield product
    product.close()


def test_the_example_passes_and_its_tags_are_counted(product):
    run = product.run("policy", "check")
    assert (run.returncode, run.stderr) == (0, "")
    assert "1 tag" in run.stdout


def test_all_faults_are_named_with_file_line_and_key(product):
    product.write_policy(BROKEN)
    run = product.run("policy", "check")
    assert run.returncode == 1
    for fault in FAULTS:
        assert f"{product.policy}:{fault}" in run.stderr
    assert run.stderr.count(str(product.policy)) == len(FAULTS)


def test_what_has_no_effect_yet_is_warned_of_with_file_line_and_key(product):
    product.write_policy(EXAMPLE.replace("older-commit]", "moved]"))
    run = product.run("policy", "check")
    assert run.returncode == 0
    assert run.stderr.startswith(f"warning: {product.policy}:10: watch[0].revert_on[1]: `moved` ")


@pytest.mark.parametrize("command", ["serve", "web", "worker"])
def test_nothing_starts_with_a_policy_that_cannot_be_used(product, command):
    product.write_policy(BROKEN)
    run = product.run(command)
    assert run.returncode == 1
    for fault in FAULTS:
        assert fault in run.stderr
    assert "Traceback" not in run.stderr


def test_the_schema_accepts_the_example_and_refuses_what_is_broken(product):
    run = product.run("policy", "schema")
    assert run.returncode == 0
    schema = json.loads(run.stdout)
    validator = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
    validator.check_schema(schema)
    assert validator(schema).is_valid(yaml.safe_load(EXAMPLE))
    assert not validator(schema).is_valid(yaml.safe_load(BROKEN))
