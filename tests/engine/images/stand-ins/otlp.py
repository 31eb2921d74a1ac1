"""The YAML configuration that the collector and Jaeger share."""

import sys

import yaml

from common import fail


def configuration():
    """The YAML file behind --config, with every component of its pipelines and every extension it enables declared."""
    if len(sys.argv) != 3 or sys.argv[1] != "--config":
        fail("usage: --config FILE")
    with open(sys.argv[2]) as file:
        config = yaml.safe_load(file)
    for name in config["service"].get("extensions", []):
        if name not in config.get("extensions", {}):
            fail(f"service::extensions: {name} is not configured")
    for pipeline, parts in config["service"]["pipelines"].items():
        for kind, names in parts.items():
            for name in names:
                if name not in config.get(kind, {}):
                    fail(f"service::pipelines::{pipeline}: {kind} {name} is not configured")
    return config
