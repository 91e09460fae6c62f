"""How much memory training takes, beside another framework, each in a process of its own.

    python -m netstudio.bench.growth WORKLOAD [torch|jax PYTHON]

prints MiB: the peak of resident memory from the document to the last of some steps, data included, less what was
there before. Machine code must be in the cache already, so train the workload once before. Linux only.
"""

from __future__ import annotations

import json
import subprocess
import sys

from netstudio.bench.measure import Runner, data
from netstudio.bench.peer.growth import peak_growth
from netstudio.bench.peers import SIDE
from netstudio.bench.workloads import workload
from netstudio.files.documents import graph_to_json


def ours(name: str, threads: int = 1) -> int:
    """Bytes by which this process grows."""
    graph = workload(name)
    return peak_growth(lambda: Runner(graph, threads, *data(graph)).run)


def theirs(name: str, framework: str, python: str, threads: int = 1) -> int:
    """Bytes by which a framework's process grows; CalledProcessError where `python` lacks it."""
    command = [python, str(SIDE / "growth.py"), framework, str(threads)]
    document = json.dumps(graph_to_json(workload(name)))
    return int(subprocess.run(command, input=document, stdout=subprocess.PIPE, text=True, check=True).stdout)


def main(name: str, framework: str = "", python: str = "") -> None:
    found = {"netstudio": ours(name)}
    if framework:
        found[framework] = theirs(name, framework, python)
    for who, grown in found.items():
        sys.stdout.write(f"{name} {who} {grown / 2**20:.1f} MiB\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
