#!/usr/bin/env python3
"""Tries the configurations of doc/deploy: ws-demo behind nginx and behind Caddy, over loopback and over
Unix-domain sockets; and behind a proxy in Node that compresses.

    try_proxies.py PROGRAM CONFIG_DIR [--only nginx|caddy|"nginx over unix"|"caddy over unix"|node]

The configuration files are those of doc/deploy. Only addresses, certificates and long times are
replaced, and each replaced text must be in the file exactly once. Exit status: 0, or 1 if a trial
failed or a program is missing.
"""

import argparse
import concurrent.futures
import http.client
import os
import pathlib
import signal
import subprocess
import sys
import time

from over_unix import CaddyOverUnix, NginxOverUnix
from proxies import Caddy, Failed, Nginx, Node
from stage import Stage
import trials
import wire
from server_process import raise_descriptor_limit

# In this order they are tried: the one with the longest trial first.
PROXIES = (CaddyOverUnix, Caddy, NginxOverUnix, Nginx, Node)

TRIALS = {name.removeprefix("try_").replace("_", " "): trial
          for name, trial in vars(trials).items() if name.startswith("try_")}


def run(proxy, name, program, configs):
    """Whether the trial failed."""
    stage = Stage(proxy, program, configs)
    start = time.monotonic()
    has_failed = False
    try:
        TRIALS[name](stage)
        outcome = "ok"
    except (Failed, wire.WireError, EOFError, OSError, http.client.HTTPException,
            subprocess.SubprocessError) as error:
        has_failed = True
        outcome = f"{type(error).__name__}: {error}"
        if stage.running:
            outcome += f"\n{stage.running.output()}"
    finally:
        stage.down()
    print(f"{proxy.name:17}{name:36}{time.monotonic() - start:6.1f} s  {outcome}", flush=True)
    return has_failed


def main():
    parser = argparse.ArgumentParser(description="Tries doc/deploy's proxies in front of ws-demo.")
    parser.add_argument("program", help="the path of ws-demo")
    parser.add_argument("configs", type=pathlib.Path, help="the path of doc/deploy")
    parser.add_argument("--only", choices=[proxy.name for proxy in PROXIES])
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that `finally` ends what was started
    raise_descriptor_limit()

    proxies = [proxy for proxy in PROXIES if arguments.only in (None, proxy.name)]
    program = os.path.abspath(arguments.program)
    failures, trying = [], {}
    # Most trials wait for time-outs most of the time, so some are run at the same time.
    with concurrent.futures.ThreadPoolExecutor(len(PROXIES)) as threads:
        for proxy in proxies:
            if missing := [name for name, path in proxy.needs.items() if not path]:
                failures.append(f"{proxy.name} was not tried: please install {' and '.join(missing)}")
                continue
            for name in proxy.trials or TRIALS:
                trying[f"{proxy.name}: {name}"] = threads.submit(run, proxy, name, program, arguments.configs)
        failures += [what for what, tried in trying.items() if tried.result()]
    if failures:
        print(f"FAILED: {', '.join(failures)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
