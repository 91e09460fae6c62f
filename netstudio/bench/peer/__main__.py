"""Answers requests, a line of JSON each, about one framework.

First a greeting: {"peer": name, "version": text}, or {"error": text} where the framework is not there. Then, for
{"prepare": document}: {"variants": [names], "losses": {name: the first step's loss}}, and for {"time": variant,
"seconds": s}: {"seconds_per_step": s}. What goes wrong is answered as {"error": text}.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any


def main(framework: str, threads: int) -> None:
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what frameworks print is no reply

    def reply(value: dict[str, Any]) -> None:
        replies.write(json.dumps(value) + "\n")
        replies.flush()

    try:
        side = importlib.import_module(f"{framework}_side")
    except ImportError as missing:
        reply({"error": str(missing)})
        return
    reply({"peer": framework, "version": side.VERSION})
    serve(side, threads, reply)


def serve(side: Any, threads: int, reply: Callable[[dict[str, Any]], None]) -> None:
    """Answer until the input ends."""
    timing = importlib.import_module("timing")
    runs: dict[str, Callable[[int], float]] = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "prepare" in request:
                runs = side.prepare(request["prepare"], threads)
                reply({"variants": list(runs), "losses": {name: run(1) for name, run in runs.items()}})
            else:
                reply({"seconds_per_step": timing.best_step(silent(runs[request["time"]]), request["seconds"])})
        except Exception as error:
            reply({"error": f"{type(error).__name__}: {error}"[:500]})


def silent(run: Callable[[int], float]) -> Callable[[int], None]:
    """`run`, which waits for the loss, without telling it: it is no time."""

    def only(count: int) -> None:
        run(count)

    return only


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
