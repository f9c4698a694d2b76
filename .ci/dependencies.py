"""What the crate depends on, as cargo knows it."""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def metadata(*options):
    """The answer of `cargo metadata`."""
    command = ["cargo", "metadata", "--locked", "--format-version=1", *options]
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(output.stdout)


def reachable(data, *kinds):
    """The packages that the crate needs, itself included, by dependencies of these kinds."""
    nodes = {node["id"]: node["deps"] for node in data["resolve"]["nodes"]}
    found, waiting = set(), [data["resolve"]["root"]]
    while waiting:
        package = waiting.pop()
        if package not in found:
            found.add(package)
            waiting += [
                dependency["pkg"]
                for dependency in nodes[package]
                if any(kind["kind"] in kinds for kind in dependency["dep_kinds"])
            ]
    return [package for package in data["packages"] if package["id"] in found]
