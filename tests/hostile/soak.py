#!/usr/bin/env python3
"""Thousands of peers that come, go, talk, stall and vanish at random, and then silence:

    soak.py PROGRAM [--peers 5000] [--seconds 60] [--seed N] [--no-memory-check]

Once they have all gone, the server must have no peer, no descriptor and no memory left of them, and
a witness must have got every one of its pushes in time all the while. The same seed gives each peer
the same decisions in the same order. Exit status: 0, or 1 when something was not so.

For a server with AddressSanitizer, 5000 peers are too many on a small machine: 1000 are not.
"""

import argparse
import asyncio
import collections
import dataclasses
import math
import random
import re
import secrets
import socket
import struct
import sys
import time

from attacks import (
    MIB, Failed, Witness, autopsy, descriptors_when_alone, expect_clean_stop, expect_descriptors,
    raise_descriptor_limit,
)
import wire
from server_process import Server

INTERVAL = 1.0  # seconds between two pushes
ARRIVAL_SECONDS = 10.0  # in which the first of the peers come, one after the other
WARM_UP_SECONDS = 15
PATIENCE = 15.0  # seconds; only a failure ever waits this long
IDLE_TIMEOUT = 20  # seconds; short, so that there are pings to answer
LONGEST_STALL = 5.0  # seconds; what the server has patience for is longer
LARGEST_MESSAGE = 1 << 16
MOST_LEFT = 16 * MIB  # more memory than after the warm-up
MEAN_PAUSE = 4.0  # seconds between two deeds of a peer
ADDRESSES = 50  # from which the peers come, so that there are ports enough


@dataclasses.dataclass
class Tally:
    """What all the peers together have seen."""

    connections: int = 0
    pushes: int = 0
    messages: int = 0
    echoes: int = 0
    latest: float = 0.0  # seconds by which a push came late to a peer that reads
    missed: int = 0  # pushes that never came to a peer that reads
    own_lag: float = 0.0  # seconds by which this program was late itself to look
    failures: list = dataclasses.field(default_factory=list)

    def __str__(self):
        return (
            f"{self.connections} connections, {self.messages} messages,"
            f" {self.echoes} echoes verified, {self.pushes} pushes; at the peers that read"
            f" {self.missed} missing, the latest {self.latest * 1000:.0f} ms late (up to"
            f" {self.own_lag * 1000:.0f} ms of that in this program)"
        )


# One peer


class Peer(asyncio.Protocol):
    """A connection: times the pushes, compares the echoes, and does what is decided for it."""

    def __init__(self, handshake, tally):
        self.answered = asyncio.Event()  # or ended
        self.failed = False
        self._transport = None
        self._request, self._accept = handshake
        self._tally = tally
        self._now = asyncio.get_running_loop().time
        self._unread = bytearray()
        self._upgraded = False
        self._leaving = False
        self._ended = asyncio.Event()
        self._echoes_owed = collections.deque()
        self._first_due = None  # when the first push was due
        self._last_push = None  # its number; None where it is no use to compare with
        self._punctual_from = 0.0  # pushes that came before are late by this peer's own fault

    # What asyncio calls

    def connection_made(self, transport):
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data):
        self._unread += data
        if not self._upgraded:
            self._take_answer()
        while self._upgraded and (frame := self._take_frame()):
            self._receive(*frame)

    def connection_lost(self, error):
        if not self._leaving:
            self._fail(f"the connection ended without a reason: {error!r}")
        self.answered.set()
        self._ended.set()

    # What comes

    def _fail(self, why):
        self._tally.failures.append(why)
        self.failed = self._leaving = True
        self._unread.clear()
        self._transport.abort()

    def _take_answer(self):
        head, end, rest = self._unread.partition(b"\r\n\r\n")
        if not end:
            return
        if not head.startswith(b"HTTP/1.1 101 ") or self._accept.encode() not in head:
            self._fail(f"not the answer to a handshake: {bytes(head)!r}")
            return
        self._unread = rest
        self._upgraded = True
        self._tally.connections += 1
        self.answered.set()

    def _take_frame(self):
        """Its opcode and payload, once it is whole. wire.Peer looks closer, and is slower."""
        unread = self._unread
        if len(unread) < 2:
            return None
        length, start = unread[1], 2
        if length == 126:
            length, start = int.from_bytes(unread[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(unread[2:10], "big"), 10
        end = start + length
        if len(unread) < end:  # also where not even the length is whole
            return None
        opcode, payload = unread[0] & 15, bytes(unread[start:end])
        del unread[:end]
        return opcode, payload

    def _receive(self, opcode, payload):
        if opcode == wire.CLOSE:
            self._receive_close(payload)
        elif opcode == wire.PING:
            if not self._leaving:  # else this side may have sent its last byte
                self._transport.write(wire.encode(wire.PONG, payload))
        elif payload.startswith(b'{"topic":"random"'):
            self._receive_push()
        elif self._echoes_owed and self._echoes_owed.popleft() == (opcode, payload):
            self._tally.echoes += 1
        else:
            self._fail(f"not the echo that was due: opcode {opcode}, {payload[:50]!r}")

    def _receive_close(self, payload):
        if not self._leaving:
            self._fail(f"closed by the server: {payload!r}")
        elif self._echoes_owed:
            self._fail(f"a close came before {len(self._echoes_owed)} echoes")
        else:
            self._transport.close()

    def _receive_push(self):
        self._tally.pushes += 1
        now = self._now()
        if self._first_due is None:
            self._first_due = now
        if now < self._punctual_from:
            return
        number = round((now - self._first_due) / INTERVAL)
        late = now - self._first_due - number * INTERVAL
        if late < 0:  # it was the first one that had been late
            self._first_due += late
        self._tally.latest = max(self._tally.latest, late)
        if self._last_push is not None:
            self._tally.missed += number - self._last_push - 1
        self._last_push = number

    # What it does

    async def talk(self, chance):
        """Says something, short more often than long. The echo is compared when it comes."""
        size = int(LARGEST_MESSAGE ** chance.random()) - 1
        if chance.random() < 0.5:
            opcode, payload = wire.BINARY, chance.randbytes(size)
        else:
            character = chance.choice("aß€🙂").encode()
            opcode, payload = wire.TEXT, character * (size // len(character))
        self._echoes_owed.append((opcode, payload))
        self._tally.messages += 1
        self._transport.write(wire.encode(opcode, payload))

    async def stall(self, chance):
        """Does not read for a while."""
        self._transport.pause_reading()
        self._punctual_from = math.inf
        self._last_push = None
        try:
            await asyncio.sleep(chance.uniform(0, LONGEST_STALL))
        finally:
            self._transport.resume_reading()
            self._punctual_from = self._now() + INTERVAL

    # How it goes

    def close(self):
        self._transport.write(wire.encode(wire.CLOSE, wire.close_payload(1000)))

    def finish(self):
        self._transport.write_eof()

    def reset(self):
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def break_off(self):
        """Closes in the middle of a frame."""
        frame = wire.encode(wire.BINARY, bytes(1000))
        self._transport.write(frame[: len(frame) // 2])
        self._transport.close()

    async def leave(self, way):
        """Goes this way, or at once where it is not a peer yet, and waits for the end."""
        if self._transport is None:  # not even connected
            return
        if not self._leaving:
            self._leaving = True
            self._punctual_from = math.inf
            way(self) if self._upgraded else self.reset()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ended.wait()
        except TimeoutError:
            self._fail(f"the server did not hang up after {way.__name__}()")
        finally:
            self._transport.abort()  # where this is not waited for any longer


DEEDS = (Peer.talk, Peer.talk, Peer.talk, Peer.stall)
WAYS = (Peer.close, Peer.finish, Peer.reset, Peer.break_off)


# All of them


class Crowd:
    """Peers of which each comes and goes, and comes again."""

    def __init__(self, port, size, seed):
        self.tally = Tally()
        self._port = port
        self._size = size
        self._seed = seed
        self._handshake = wire.handshake_request(f"127.0.0.1:{port}")

    async def live_during(self, something):
        """They come and go while `something` is awaited, whose result returns once all are gone."""
        members = [asyncio.create_task(self._come_and_go(number)) for number in range(self._size)]
        members.append(asyncio.create_task(self._measure_own_lag()))
        try:
            return await something
        finally:
            for member in members:
                member.cancel()
            ends = await asyncio.gather(*members, return_exceptions=True)
            self.tally.failures += [repr(end) for end in ends if isinstance(end, Exception)]

    async def _measure_own_lag(self):
        now = asyncio.get_running_loop().time
        while True:
            due = now() + 0.01
            await asyncio.sleep(0.01)
            self.tally.own_lag = max(self.tally.own_lag, now() - due)

    async def _come_and_go(self, number):
        chance = random.Random(f"{self._seed} {number}")
        address = f"127.0.0.{2 + number % ADDRESSES}"
        await asyncio.sleep(chance.uniform(0, ARRIVAL_SECONDS))
        failed = False
        while not failed:
            failed = await self._live_once(address, chance)

    async def _live_once(self, address, chance):
        """One connection; whether it failed. What happens in it does not change what is decided."""
        way = chance.choice(WAYS)
        peer = Peer(self._handshake, self.tally)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: peer, "127.0.0.1", self._port, local_addr=(address, 0))
            await peer.answered.wait()
            for _ in range(chance.randrange(8)):
                await asyncio.sleep(chance.expovariate(1 / MEAN_PAUSE))
                if peer.failed:
                    break
                await chance.choice(DEEDS)(peer, chance)
        finally:
            await peer.leave(way)
        return peer.failed


# The checks


async def watch(witness, seconds):
    """Has the witness judge each push as it comes; by how many seconds the latest was late."""
    end = time.monotonic() + seconds
    latest = 0.0
    while time.monotonic() < end:
        latest = max(latest, await asyncio.to_thread(witness.testify))
    return latest


def check_memory(server, before):
    left = server.resident_bytes() - before
    print(f"memory: {before / MIB:.1f} MiB after the warm-up, {left / MIB:+.1f} MiB at the end")
    if left > MOST_LEFT:
        raise Failed("that is too much")


def check_metrics(server):
    """What the server itself says is left."""
    for name in ("ws_demo_peers", "ws_demo_queue_bytes"):
        if value := server.metric(name):
            raise Failed(f"/metrics says {name} {value:.0f}")
    print("metrics: no peer and no byte is left")


def check_log(lines):
    """Who came must have gone, and nothing must have gone wrong. How many came."""
    errors = [line for line in lines if " error " in line]
    if errors:
        raise Failed(f"{len(errors)} errors in the log; the first: {errors[0]}")
    log = "\n".join(lines)
    opened = collections.Counter(re.findall(r"(?m) info peer opened peer=(\S+)", log))
    closed = collections.Counter(re.findall(r"(?m) info peer closed peer=(\S+)", log))
    if opened != closed:
        raise Failed(f"log: {opened - closed} have no end, {closed - opened} no beginning")
    return opened.total()


def check_failures(tally):
    if tally.failures:
        raise Failed("\n".join([f"{len(tally.failures)} at the peers:", *tally.failures[:10]]))


def soak(program, size, seconds, seed, *, memory_matters):
    """The whole of it; Failed when something was not as it should be."""
    options = f"--interval={INTERVAL * 1000:.0f}ms", f"--idle-timeout={IDLE_TIMEOUT}s"
    with Server(program, *options) as server, autopsy(server):
        crowd = Crowd(server.port, size, seed)
        alone = descriptors_when_alone(server)
        with Witness(server.port, INTERVAL) as witness:
            asyncio.run(crowd.live_during(asyncio.sleep(WARM_UP_SECONDS)))
            expect_descriptors(server, alone + 1)
            warm = server.resident_bytes()
            latest = asyncio.run(crowd.live_during(watch(witness, seconds)))
        tally = crowd.tally
        print(f"{tally}; at the witness {latest * 1000:.0f} ms; seed {seed}", flush=True)
        check_failures(tally)
        expect_descriptors(server, alone)
        if memory_matters:
            check_memory(server, warm)
        check_metrics(server)
        expect_descriptors(server, alone)  # of the request for the metrics
        expect_clean_stop(server)
        print(f"log: {check_log(server.log)} peers opened, and all of them closed")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Peers that come, go, talk, stall and vanish.")
    parser.add_argument("program", help="the path of ws-demo")
    parser.add_argument("--peers", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--no-memory-check", action="store_true", help="for AddressSanitizer")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    print(f"seed {arguments.seed}", flush=True)
    raise_descriptor_limit()
    try:
        soak(arguments.program, arguments.peers, arguments.seconds, arguments.seed,
             memory_matters=not arguments.no_memory_check)
    except (Failed, OSError, wire.WireError) as error:
        print(f"FAILED: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
