"""What the conformance tests share: the server, payloads, ways to send, and expectations.

A number such as 5.19 is the number of the same case in the Autobahn Testsuite (wstest
fuzzingclient). Cases without a number are not in that suite. These tests are stricter: where the
suite accepts a broken connection, they require the close that doc/protocol.md promises.

    WS_DEMO_PROGRAM=… PYTHONPATH=tests/support python3 -m unittest discover -s tests/conformance
"""

import contextlib
import dataclasses
import hashlib
import os
import random
import string
import sys
import time
import unittest
import zlib

import wire
from deflate import SYNC_FLUSH_END
from server_process import Server

NORMAL, PROTOCOL_ERROR, BAD_PAYLOAD, TOO_BIG = 1000, 1002, 1007, 1009

# RFC 6455 section 5.2, as `rsv` has them. RFC 7692 gives the first a meaning.
RSV1, RSV2, RSV3 = 4, 2, 1

MOST_OFFERED = "permessage-deflate; client_max_window_bits"  # what Chromium offers

GREETING = b"Hello, world!"
SOME_OCTETS = bytes.fromhex("00fffefdfcfb00ff")


@dataclasses.dataclass(frozen=True)
class Mode:
    """How connections are made, and whether the tests compress their messages."""

    name: str
    server_options: tuple = ()
    offer: str | None = None
    compresses: bool = False


PLAIN = Mode("Plain")
AGREED = Mode("DeflateAgreed", ("--deflate",), MOST_OFFERED)
COMPRESSED = Mode("Compressed", ("--deflate",), MOST_OFFERED, compresses=True)


def in_modes(*others):
    """A class decorator: adds a copy of the class, whose mode is PLAIN, for each other mode."""

    def add_siblings(tests):
        module = sys.modules[tests.__module__]
        for mode in others:
            name = tests.__name__ + mode.name
            sibling = type(name, (tests,), {"__module__": tests.__module__, "mode": mode})
            setattr(module, name, sibling)
        return tests

    return add_siblings


in_every_mode = in_modes(AGREED, COMPRESSED)


# Payloads

_TO_LETTERS = bytes(string.ascii_letters[byte % 52].encode()[0] for byte in range(256))


def noise(size):
    """Octets that do not compress; the same in every run."""
    return random.Random(size).randbytes(size)


def letters(size):
    """Text in which no part repeats another."""
    return noise(size).translate(_TO_LETTERS)


def sample(opcode, size):
    return letters(size) if opcode == wire.TEXT else noise(size)


def deflated(payload, *, wbits=-9, **how):
    """A message compressed by zlib without reference to earlier messages."""
    compressor = zlib.compressobj(wbits=wbits, **how)
    data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return data.removesuffix(SYNC_FLUSH_END)


def _described(opcode, payload):
    if len(payload) <= 200:
        return opcode, payload
    return opcode, f"{len(payload)} octets, SHA-1 {hashlib.sha1(payload).hexdigest()}"


# Sending


def send_chopped(peer, data, size, pause=0.0):
    """In pieces of this size. With a pause between them, the server also reads them one by one."""
    for begin in range(0, len(data), size):
        peer.socket.sendall(data[begin : begin + size])
        if pause:
            time.sleep(pause)


def send_at_once(peer, frames):
    peer.socket.sendall(b"".join(frames))


def send_by_frame(peer, frames):
    for frame in frames:
        peer.socket.sendall(frame)


def send_by_octet(peer, frames):
    send_chopped(peer, b"".join(frames), 1)


WAYS_TO_SEND = (send_at_once, send_by_frame, send_by_octet)


class Case(unittest.TestCase):
    """Each class of cases has a server of its own, which must exit with status 0."""

    mode = PLAIN
    server_options = ("--interval", "0", "--max-message-size", "64MiB")
    server_environment = {}  # added to that of the tests

    @classmethod
    def setUpClass(cls):
        program = os.environ["WS_DEMO_PROGRAM"]
        options = (*cls.server_options, *cls.mode.server_options)
        cls.server = cls.enterClassContext(Server(program, *options, environment=cls.server_environment))

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        if status != 0:
            log = "\n".join(cls.server.log)
            raise AssertionError(f"the server ended with status {status}:\n{log}")

    @contextlib.contextmanager
    def case(self, number=None, *, offer=None, **details):
        """One case, on a connection of its own. Its failure does not stop the next case."""
        offer = offer or self.mode.offer
        with self.subTest(number, **details) if number else self.subTest(**details):
            with wire.Peer(self.server.port, deflate=offer) as peer:
                if self.mode.offer:
                    self.assertIsNotNone(peer.deflate, f"declined: {offer}")
                yield peer

    def message(self, peer, opcode, *fragments):
        """The frames of a message, one for each fragment, compressed if the mode is to compress."""
        rsv = 0
        if self.mode.compresses:
            fragments, rsv = peer.deflate.compress_pieces(fragments), RSV1
        last = len(fragments) - 1
        return [
            wire.encode(
                wire.CONTINUATION if position else opcode,
                fragment,
                fin=position == last,
                rsv=0 if position else rsv,
            )
            for position, fragment in enumerate(fragments)
        ]

    def send_message(self, peer, opcode, *fragments):
        send_at_once(peer, self.message(peer, opcode, *fragments))

    # Expectations

    def _read(self, peer):
        try:
            return peer.read_message()
        except EOFError:
            self.fail("the connection ended without a close")

    def expect(self, peer, opcode, payload):
        """The next message, or pong."""
        frame = self._read(peer)
        self.assertEqual(_described(frame.opcode, frame.payload), _described(opcode, payload))

    def expect_echo(self, peer, opcode, *fragments):
        self.send_message(peer, opcode, *fragments)
        self.expect(peer, opcode, b"".join(fragments))

    def _read_close(self, peer, codes):
        frame = self._read(peer)
        self.assertEqual(frame.opcode, wire.CLOSE, frame)
        self.assertIn(frame.close_code, codes)
        return frame

    def expect_close(self, peer, *codes):
        """A close with one of these codes, and then the end of the connection and nothing else."""
        self._read_close(peer, codes)
        self.assertTrue(peer.at_end(), "something came after the close")

    def expect_clean_close(self, peer):
        """The server has nothing more to send, and answers a close."""
        peer.send(wire.CLOSE, wire.close_payload(NORMAL))
        self.expect_close(peer, NORMAL)

    def expect_failure(self, peer, *codes):
        """The server fails the connection with a close, and ends it once that is answered."""
        frame = self._read_close(peer, codes)
        peer.send(wire.CLOSE, frame.payload)
        self.assertTrue(peer.at_end(), "something came after the close")


class StreamCase(Case):
    """Sends deflate streams as they are."""

    mode = COMPRESSED

    def send_deflated(self, peer, opcode, data, *, fragments=None, send=send_at_once):
        pieces = [data]
        if fragments:
            size = -(-len(data) // fragments)
            pieces = [data[begin : begin + size] for begin in range(0, len(data), size)]
        first, *rest = pieces
        frames = [wire.encode(opcode, first, rsv=RSV1, fin=not rest)]
        for position, piece in enumerate(rest, 2):
            frames.append(wire.encode(wire.CONTINUATION, piece, fin=position == len(pieces)))
        send(peer, frames)
