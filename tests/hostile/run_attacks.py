#!/usr/bin/env python3
"""Attacks a ws-demo in many ways, and checks after each attack that the server withstood it:

    run_attacks.py PROGRAM [--only NAME]... [--slow-peers close|drop-oldest] [--seed N] [--sanitized]
    run_attacks.py --list

Well-behaved peers must have got their pushes and echoes as punctually as those of a server that is
not attacked, memory must have stayed within bounds, and the server must have as many descriptors open as before.
Exit status: 0, or 1 if an attack failed.
"""

import argparse
import concurrent.futures
import contextlib
import json
import pathlib
import random
import secrets
import sys
import tempfile
import time

from checks import MIB, Failed, MemoryWatch, expect_clean_stop, expect_descriptors, expect_resident
from attacks import ATTACKS, BUSY, WAITING, tokens
from attacks.arena import INTERVAL, MAX_MEMORY, SERVER_OPTIONS, TOKEN, Arena, make_page
from witness import TOLERANCE, TOLERANCE_SANITIZED, TwinnedWitness
import wire
from server_process import Server, raise_descriptor_limit

MOST_OVER = 1.25  # of --max-memory while an attack runs, and of what was resident at the start after it
FAILURES = (Failed, wire.WireError, EOFError, OSError)


class AttackedServer:
    """A server, its witness, and what it was like before the attacks."""

    def __init__(self, server, witness, seed, *, sanitized):
        self.failures = []
        self._server = server
        self._witness = witness
        self._seed = seed
        self._sanitized = sanitized
        self._descriptors = server.descriptors()
        self._memory = server.resident_bytes()

    def attack(self, names):
        """Runs these attacks at the same time, and checks the server after them."""
        began = time.monotonic()
        with MemoryWatch(self._server) as watch:
            lines = self._run(names)
            try:
                attacked, twin = self._witness.judge()
                expect_descriptors(self._server, self._descriptors)
                if not self._sanitized:
                    self._expect_little_memory(watch)
            except FAILURES as error:
                self._report(", ".join(names), error)
            else:
                measured = (f"{attacked!s:>14}{twin!s:>14}{watch.peak / MIB:10.1f} MiB"
                            f"{time.monotonic() - began:7.1f} s")
                lines[-1:] = [line + measured for line in lines[-1:]]  # empty if all have failed
        print("\n".join(lines), flush=True)

    def _run(self, names):
        """A line about each attack that succeeded."""
        lines = []
        with contextlib.ExitStack() as arenas:
            with concurrent.futures.ThreadPoolExecutor(len(names)) as threads:
                attacks = {}
                for name in names:
                    chance = random.Random(f"{self._seed} {name}")  # the same with --only and without
                    arena = arenas.enter_context(Arena(
                        self._server, self._descriptors, chance, sanitized=self._sanitized))
                    attacks[name] = threads.submit(ATTACKS[name], arena)
            for name, attack in attacks.items():
                try:
                    lines.append(f"{name:22}{attack.result():10}")
                except FAILURES as error:
                    self._report(name, error)
        return lines

    def _report(self, name, error):
        self.failures.append(name)
        print(f"{name}: {type(error).__name__}: {error}", flush=True)

    def _expect_little_memory(self, watch):
        if watch.peak > self._memory + MOST_OVER * MAX_MEMORY:
            raise Failed(f"{watch.peak / MIB:.1f} MiB were in use")
        expect_resident(self._server, MOST_OVER * self._memory)


def groups(names):
    """The attacks that can run at the same time, and each of the others alone."""
    waiting = [name for name in names if name in WAITING]
    return [waiting] * bool(waiting) + [[name] for name in names if name in BUSY]


def run(program, slow_peers, names, seed, *, sanitized):
    """The names of what failed."""
    environment = {"WS_DEMO_PUBLISH_TOKEN": TOKEN}
    with contextlib.ExitStack() as started:
        page = started.enter_context(tempfile.TemporaryDirectory())
        make_page(pathlib.Path(page))
        keys = started.enter_context(tempfile.NamedTemporaryFile("w", suffix=".json"))
        json.dump(tokens.KEYS, keys)
        keys.flush()
        options = (*SERVER_OPTIONS, f"--slow-peers={slow_peers}", f"--web-root={page}",
                   f"--token-keys={keys.name}", "--public-topics=*")
        server = started.enter_context(Server(program, *options, environment=environment))
        witness = started.enter_context(TwinnedWitness(
            server, program, *options, interval=INTERVAL, environment=environment,
            tolerance=TOLERANCE_SANITIZED if sanitized else TOLERANCE))
        attacked = AttackedServer(server, witness, seed, sanitized=sanitized)
        print(f"{'attack':22}{'count':>10}{'push/echo':>14}{'twin':>14}{'peak memory':>14}{'time':>9}")
        for group in groups(names):
            attacked.attack(group)
            if server.process.poll() is not None:
                break
        try:
            expect_clean_stop(server)
        except Failed as error:
            return [*attacked.failures, f"the stop: {error}"]
        return attacked.failures


def parse_arguments():
    parser = argparse.ArgumentParser(description="Attacks a ws-demo in many ways.")
    parser.add_argument("program", nargs="?", help="the path of ws-demo")
    parser.add_argument("--list", action="store_true", help="print what the attacks are, and exit")
    parser.add_argument("--only", action="append", choices=ATTACKS, metavar="NAME")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--slow-peers", choices=("close", "drop-oldest"), default="close",
                        help="what the server does with peers that read too slowly")
    parser.add_argument("--sanitized", action="store_true",
                        help="memory is not judged, and punctuality less strictly")
    arguments = parser.parse_args()
    if not arguments.program and not arguments.list:
        parser.error("which program?")
    return arguments


def main():
    arguments = parse_arguments()
    if arguments.list:
        for name, attack in ATTACKS.items():
            print(f"{name:22}{attack.__doc__}")
        return 0
    print(f"seed {arguments.seed}", flush=True)
    raise_descriptor_limit()
    try:
        failures = run(arguments.program, arguments.slow_peers, arguments.only or ATTACKS,
                       arguments.seed, sanitized=arguments.sanitized)
    except FAILURES as error:  # the server does not start, or does not serve a witness
        failures = [str(error)]
    if failures:
        print(f"FAILED: {', '.join(failures)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
