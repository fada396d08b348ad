"""Many peers that come, go, send, stall and vanish at random, and check what they receive.

The same seed gives each peer the same decisions in the same order.
"""

import asyncio
import collections
import dataclasses
import math
import random
import socket
import struct

import wire

INTERVAL = 1.0  # seconds between two pushes
ARRIVAL_SECONDS = 10.0  # in which the first connections are made, one after the other
LONGEST_STALL = 5.0  # seconds; the server waits longer than this for a peer to read
LARGEST_MESSAGE = 1 << 16
MEAN_PAUSE = 4.0  # seconds between two deeds of a peer
ADDRESSES = 50  # from which the peers connect, so that there are enough ports


@dataclasses.dataclass
class Tally:
    """What all peers together have seen."""

    connections: int = 0
    pushes: int = 0
    messages: int = 0
    echoes: int = 0
    latest: float = 0.0  # seconds by which a push was late at a peer that was reading
    missed: int = 0  # pushes that did not come to a peer that was reading
    own_lag: float = 0.0  # seconds by which this program itself was late to look
    failures: list = dataclasses.field(default_factory=list)

    def __str__(self):
        return (
            f"{self.connections} connections, {self.messages} messages,"
            f" {self.echoes} echoes verified, {self.pushes} pushes; at the peers that read"
            f" {self.missed} missing, the latest {self.latest * 1000:.0f} ms late (up to"
            f" {self.own_lag * 1000:.0f} ms of that in this program)"
        )


class Peer(asyncio.Protocol):
    """A connection: times the pushes, compares the echoes, and sends what its crowd decides."""

    def __init__(self, handshake, tally):
        self.answered = asyncio.Event()  # also set when the connection ends
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
        self._last_push = None  # its number; None if the next cannot be compared with it
        self._punctual_from = 0.0  # pushes before this moment are late because this peer did not read

    # Called by asyncio

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
            self._fail(f"the server ended the connection: {error!r}")
        self.answered.set()
        self._ended.set()

    # Receiving

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
        """The opcode and payload of a complete frame. wire.Peer checks more, and is slower."""
        unread = self._unread
        if len(unread) < 2:
            return None
        length, start = unread[1], 2
        if length == 126:
            length, start = int.from_bytes(unread[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(unread[2:10], "big"), 10
        end = start + length
        if len(unread) < end:  # also if the length itself is not complete
            return None
        opcode, payload = unread[0] & 15, bytes(unread[start:end])
        del unread[:end]
        return opcode, payload

    def _receive(self, opcode, payload):
        if opcode == wire.CLOSE:
            self._receive_close(payload)
        elif opcode == wire.PING:
            if not self._leaving:  # otherwise this side may have sent its last byte
                self._transport.write(wire.encode(wire.PONG, payload))
        elif payload.startswith(b'{"topic":"random"'):
            self._receive_push()
        elif self._echoes_owed and self._echoes_owed.popleft() == (opcode, payload):
            self._tally.echoes += 1
        else:
            self._fail(f"not the expected echo: opcode {opcode}, {payload[:50]!r}")

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
        if late < 0:  # the first push had been late
            self._first_due += late
        self._tally.latest = max(self._tally.latest, late)
        if self._last_push is not None:
            self._tally.missed += number - self._last_push - 1
        self._last_push = number

    # Deeds

    async def talk(self, chance):
        """Sends a message, more often short than long. The echo is compared when it comes."""
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

    # Ways to leave

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
        """Leaves in this way, or by a reset before the upgrade, and waits for the end."""
        if self._transport is None:  # not even connected
            return
        if not self._leaving:
            self._leaving = True
            self._punctual_from = math.inf
            way(self) if self._upgraded else self.reset()
        try:
            async with asyncio.timeout(wire.PATIENCE):
                await self._ended.wait()
        except TimeoutError:
            self._fail(f"the server did not end the connection after {way.__name__}()")
        finally:
            self._transport.abort()  # if the wait has been given up


DEEDS = (Peer.talk, Peer.talk, Peer.talk, Peer.stall)
WAYS = (Peer.close, Peer.finish, Peer.reset, Peer.break_off)


class Crowd:
    """Peers that each connect, leave and connect again."""

    def __init__(self, port, size, seed):
        self.tally = Tally()
        self._port = port
        self._size = size
        self._seed = seed
        self._handshake = wire.handshake_request(f"127.0.0.1:{port}")

    async def live_during(self, something):
        """The peers come and go while `something` is awaited; its result, once all have left."""
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
        """One connection; whether it failed. The decisions depend on the seed only, not on events."""
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
