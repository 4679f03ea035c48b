"""The demonstration's script, demo.yaml, read for the programs beside it."""
import os

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))


def load():
    with open(os.path.join(HERE, "demo.yaml"), encoding="utf-8") as f:
        return yaml.safe_load(f)


def site_address(script):
    return f"http://{script['site']['host']}:{script['site']['port']}"
