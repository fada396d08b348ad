#!/usr/bin/env python3
"""Lets thousands of peers come, go, send, stall and vanish at random for a minute:

    soak.py PROGRAM [--peers 5000] [--seconds 60] [--seed N] [--sanitized]

Once they have all left, the server must have no peer, no descriptor and no memory left of them. A
well-behaved peer must have got its pushes as punctually as one of a server without these peers.
Exit status: 0, or 1 if a check failed.

A server with AddressSanitizer serves 1000 peers on a small machine, but not 5000.
"""

import argparse
import asyncio
import collections
import re
import secrets
import sys

from checks import (
    MIB, Failed, check_log, descriptors_when_alone, expect_clean_stop, expect_descriptors,
    explaining_a_crash,
)
from crowd import INTERVAL, Crowd
from witness import TOLERANCE, TOLERANCE_SANITIZED, TwinnedWitness
import wire
from server_process import Server, raise_descriptor_limit

WARM_UP_SECONDS = 15
IDLE_TIMEOUT = 30  # seconds; short, so that there are pings to answer
MOST_LEFT = 16 * MIB  # more memory than after the warm-up


def check_memory_left(server, before):
    left = server.resident_bytes() - before
    print(f"memory: {before / MIB:.1f} MiB after the warm-up, {left / MIB:+.1f} MiB at the end")
    if left > MOST_LEFT:
        raise Failed("that is too much")


def check_metrics(server):
    """The server's own metrics must say that nothing is left."""
    for name in ("ws_demo_peers", "ws_demo_queue_bytes"):
        if value := server.metric(name):
            raise Failed(f"/metrics says {name} {value:.0f}")
    print("metrics: no peer and no byte is left")


def check_failures(tally, log):
    if tally.failures:
        reasons = collections.Counter(re.findall(r'reason="([^"]*)"', "\n".join(log)))
        raise Failed("\n".join([f"{len(tally.failures)} at the peers:", *tally.failures[:10],
                                f"the server says why peers were closed: {dict(reasons)}"]))


def soak(program, size, seconds, seed, *, sanitized):
    options = (f"--interval={INTERVAL * 1000:.0f}ms", f"--idle-timeout={IDLE_TIMEOUT}s",
               "--handshake-timeout=1m", "--write-timeout=1m")
    with Server(program, *options) as server, explaining_a_crash(server):
        crowd = Crowd(server.port, size, seed)
        alone = descriptors_when_alone(server)
        tolerance = TOLERANCE_SANITIZED if sanitized else TOLERANCE
        with TwinnedWitness(server, program, *options, interval=INTERVAL, tolerance=tolerance) as witness:
            asyncio.run(crowd.live_during(asyncio.sleep(WARM_UP_SECONDS)))
            expect_descriptors(server, alone + 2)  # the witness
            warm = server.resident_bytes()
            asyncio.run(crowd.live_during(asyncio.sleep(seconds)))
            print(f"{crowd.tally}; seed {seed}", flush=True)
            attacked, twin = witness.judge(allowance=crowd.tally.own_lag)
            print(f"the witness got a push and an echo {attacked} late, the twin's {twin}")
        check_failures(crowd.tally, server.log)
        expect_descriptors(server, alone)
        if not sanitized:
            check_memory_left(server, warm)
        check_metrics(server)
        expect_descriptors(server, alone)  # without the request for the metrics
        expect_clean_stop(server)
        print(f"log: {check_log(server)} peers opened, and all of them closed")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Peers that come, go, send, stall and vanish.")
    parser.add_argument("program", help="the path of ws-demo")
    parser.add_argument("--peers", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--sanitized", action="store_true",
                        help="memory is not judged, and punctuality less strictly")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    print(f"seed {arguments.seed}", flush=True)
    raise_descriptor_limit()
    try:
        soak(arguments.program, arguments.peers, arguments.seconds, arguments.seed,
             sanitized=arguments.sanitized)
    except (Failed, OSError, wire.WireError) as error:
        print(f"FAILED: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
