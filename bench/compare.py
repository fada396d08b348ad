#!/usr/bin/env python3
"""Compares ws-demo with other servers that do the same, and with the floor: bare epoll, which is
what the system calls alone cost.

    compare.py BUILD [--rounds N] [--seconds N] [--peers N] [--only SERVER]... [--case CASE]... [--json FILE]

The server has one core to itself and the load generator another. In each round every server goes
through every case, so that what the machine does meanwhile affects all of them. Figures are the medians
of the rounds; a ratio to the floor is the median of the ratios of the rounds, because the two of one
round are measured one after the other. Exit status: 0, 1 if something failed, 3 if the machine is too
noisy to tell.
"""

import argparse
import contextlib
import dataclasses
import json
import operator
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import time

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
SERVER_CPU, CLIENT_CPU = 0, 1
TOKEN = "known"
MOST_BUSY = 0.05  # share of the two cores that others may use before it begins
MOST_SPREAD = 0.25  # how far the floor's rounds may be apart, of their median
PATIENCE = 10


@dataclasses.dataclass(frozen=True)
class Server:
    name: str
    command: tuple  # PORT stands for the port
    can_publish: bool = False


def servers(build):
    return (
        Server("floor", (build / "bench/floor", "PORT"), can_publish=True),
        Server("ws-demo", (build / "ws-demo", "--port", "PORT", "--log-level", "error"), can_publish=True),
        Server("websocketpp", (build / "bench/websocketpp", "PORT")),
        Server("gorilla", (build / "bench/gorilla", "PORT")),
        Server("node ws", ("/usr/bin/node", PEERS / "ws.cjs", "PORT")),
        Server("websockets", ("/usr/bin/python3", PEERS / "websockets_peer.py", "PORT")),
    )


@dataclasses.dataclass(frozen=True)
class Figure:
    key: str  # of what ws-bench tells
    label: str
    more_is_better: bool = False
    decimals: int = 0


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    what: str
    arguments: tuple
    figures: tuple
    publishes: bool = False


def cases(peers):
    rate = Figure("messages_per_second", "messages/s", more_is_better=True)
    return (
        Case("push", f"an event a second to each of {peers} peers", ("push", f"--peers={peers}", "--settle=3"),
             (Figure("server_cpu_us_per_message", "CPU µs a message", decimals=2),
              Figure("resident_bytes_per_peer", "bytes a peer"),
              Figure("interval_p99_ms", "p99 of the interval, ms", decimals=1))),
        Case("fanout", f"one event to {peers} subscribers", ("fanout", f"--peers={peers}", "--events=2"),
             (Figure("server_cpu_us_per_delivery", "CPU µs a delivery", decimals=2),
              Figure("last_p50_ms", "until all have it, ms", decimals=1)), publishes=True),
        Case("echo", "128 bytes, 100 peers, one in flight", ("echo", "--peers=100"), (rate,)),
        Case("echo-16", "128 bytes, 100 peers, 16 in flight", ("echo", "--peers=100", "--pipeline=16"), (rate,)),
        Case("echo-64k", "64 KiB, 10 peers, 4 in flight",
             ("echo", "--peers=10", "--size=65536", "--pipeline=4"), (rate,)),
        Case("churn", "connect, first event, close",
             ("churn",), (Figure("connections_per_second", "connections/s", more_is_better=True),)),
    )


def busy_share(seconds=2.0):
    """How much of the machine others use now, including what a hypervisor takes."""

    def times():
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    all_before, idle_before = times()
    time.sleep(seconds)
    all_after, idle_after = times()
    return 1 - (idle_after - idle_before) / (all_after - all_before)


@contextlib.contextmanager
def running(server):
    """The server on a core of its own; gives its port and its process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [str(port) if part == "PORT" else str(part) for part in server.command]
    environment = os.environ | {"WS_DEMO_PUBLISH_TOKEN": TOKEN, "NODE_PATH": "/usr/share/nodejs", "GOMAXPROCS": "1"}
    process = subprocess.Popen(["taskset", "-c", str(SERVER_CPU), *command], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{server.name} does not listen: {' '.join(command)}")
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def measure(bench, server, case, seconds):
    """What ws-bench tells, or why it tells nothing."""
    with running(server) as (port, pid):
        done = subprocess.run(
            ["taskset", "-c", str(CLIENT_CPU), bench, *case.arguments, f"--port={port}", f"--pid={pid}",
             f"--duration={seconds}", "--json"],
            capture_output=True, text=True, env=os.environ | {"WS_DEMO_PUBLISH_TOKEN": TOKEN})
    if not done.stdout:
        return None, done.stderr.strip()
    return json.loads(done.stdout), done.stderr.strip()


def spread(values):
    return (max(values) - min(values)) / statistics.median(values)


def show(case, results):
    """Prints the table of one case. False where the floor says that the machine is too noisy."""
    print(f"\n{case.name}: {case.what}")
    quiet = True
    for figure in case.figures:
        told = {name: [run[figure.key] for run in runs if run[figure.key] is not None]
                for name, runs in results.items()}
        told = {name: values for name, values in told.items() if values and statistics.median(values) > 0}
        floor = told.get("floor")
        noisy = floor is not None and figure is case.figures[0] and spread(floor) > MOST_SPREAD
        quiet = quiet and not noisy
        print(f"  {figure.label:26}{'median':>12}{'spread':>9}{'to the floor':>15}")
        for name, values in told.items():
            median = statistics.median(values)
            ratio = f"{statistics.median(map(operator.truediv, values, floor)):.2f} x" if floor and not noisy else "-"
            print(f"    {name:24}{median:12,.{figure.decimals}f}{spread(values):8.0%} {ratio:>14}")
        if noisy:
            print(f"    no ratios: the floor's own rounds are {spread(floor):.0%} apart")
    return quiet


def parse_arguments():
    parser = argparse.ArgumentParser(description="Compares ws-demo with other servers.")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="how long to measure each time")
    parser.add_argument("--peers", type=int, default=10_000, help="of push and fanout")
    parser.add_argument("--only", action="append", help="beside the floor",
                        choices=[server.name for server in servers(pathlib.Path())])
    parser.add_argument("--case", action="append", choices=[case.name for case in cases(0)])
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all that was measured there, too")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("This needs two cores: one for the server, one for the load.")
    if (busy := busy_share()) > MOST_BUSY:
        print(f"Others use {busy:.0%} of this machine: too noisy to compare anything.", file=sys.stderr)
        return 3
    every = servers(arguments.build)
    compared = [server for server in every
                if not arguments.only or server.name in (*arguments.only, "floor")]
    chosen = [case for case in cases(arguments.peers) if not arguments.case or case.name in arguments.case]
    results = {case.name: {server.name: [] for server in compared
                           if server.can_publish or not case.publishes} for case in chosen}
    failures = []
    for number in range(1, arguments.rounds + 1):
        for case in chosen:
            for server in compared:
                if server.name not in results[case.name]:
                    continue
                if sys.stderr.isatty():
                    print(f"\r\x1b[Kround {number}/{arguments.rounds}: {case.name}, {server.name}",
                          end="", file=sys.stderr, flush=True)
                told, complaint = measure(arguments.build / "bench/ws-bench", server, case, arguments.seconds)
                if complaint:
                    failures.append(f"{case.name}, {server.name}: {complaint}")
                if told:
                    results[case.name][server.name].append(told)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))
    quiet = [show(case, results[case.name]) for case in chosen]
    for failure in failures:
        print(failure, file=sys.stderr)
    if failures:
        return 1
    return 0 if all(quiet) else 3


if __name__ == "__main__":
    sys.exit(main())
