#!/usr/bin/python3
"""The demonstration's script, demo.yaml, read for the programs beside it; and the town's
configuration on other ports:

  script.py --port N --write FILE    huiying.yaml, its lowest port being N and the others after it
  script.py --port N --site          print the port that the town's site then has
  script.py --port N --pair FILE FILE    huiying.yaml for two machines on one Redis, at port N+11;
                                     the second one's lowest port is N+20
"""
import argparse
import os
import re
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIG = os.path.join(HERE, "huiying.yaml")
LOCAL = re.compile(r"(127\.0\.0\.1:)(\d+)")


def load():
    with open(os.path.join(HERE, "demo.yaml"), encoding="utf-8") as f:
        return yaml.safe_load(f)


def site_address(script):
    return f"http://{script['site']['host']}:{script['site']['port']}"


def moved(port, folder):
    """The town's configuration with its ports from `port` on, as a file in `folder` names things."""
    with open(CONFIG, encoding="utf-8") as f:
        text = f.read()
    lowest = min(int(number) for _, number in LOCAL.findall(text))
    config = yaml.safe_load(LOCAL.sub(lambda m: m[1] + str(int(m[2]) - lowest + port), text))

    def placed(value):
        """The same with every path as it is named from `folder`."""
        if isinstance(value, dict):
            return {key: placed(it) for key, it in value.items()}
        if isinstance(value, str):
            kind, mark, path = value.rpartition(":")
            if path.startswith("../") or os.path.isfile(os.path.join(HERE, path)):
                return kind + mark + os.path.relpath(os.path.join(HERE, path), folder)
        return value
    return placed(config)


def pair(port, files):
    """Two machines with a ledger in Redis; the sources are the same."""
    for number, path in enumerate(files, 1):
        folder = os.path.dirname(os.path.abspath(path))
        config = moved(port, folder)
        if number > 1:
            config["listen"] = moved(port + 20, folder)["listen"]
            config["listen"]["socket"] = f"huiying-{number}.sock"
        config["store"] = f"redis://127.0.0.1:{port + 11}"
        config["cache"] = f"cache-{number}"
        config["cluster"] = {"node": f"n{number}"}
        write(path, config)


def write(path, config):
    with open(path, "w", encoding="utf-8") as f:
        yaml.safe_dump(config, f, allow_unicode=True, sort_keys=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--write", metavar="FILE")
    parser.add_argument("--site", action="store_true")
    parser.add_argument("--pair", metavar="FILE", nargs=2)
    args = parser.parse_args()
    config = moved(args.port, os.path.dirname(os.path.abspath(args.write or CONFIG)))
    if args.site:
        print(LOCAL.search(config["sources"][0]["url"])[2])
    if args.write:
        write(args.write, config)
    if args.pair:
        pair(args.port, args.pair)
    return 0


if __name__ == "__main__":
    sys.exit(main())
