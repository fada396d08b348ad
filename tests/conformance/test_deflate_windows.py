"""permessage-deflate (RFC 7692): how far references go back, what memory that takes, and bombs."""

import contextlib
import os
import pathlib
import re
import zlib

import wire
from case import (
    BAD_PAYLOAD,
    GREETING,
    MOST_OFFERED,
    RSV1,
    TOO_BIG,
    StreamCase,
    deflated,
    letters,
    noise,
)
from deflate import inflated_within
from wire import BINARY, PING, PONG, TEXT

MIB = 1 << 20

# RFC 7692 section 7.2.3.2: the second refers to the first.
HELLO, HELLO_AGAIN = bytes.fromhex("f248cdc9c90700"), bytes.fromhex("f200110000")


class Windows(StreamCase):
    OFFERS = (MOST_OFFERED, "permessage-deflate")  # the second is Firefox's

    def test_servers_window(self):
        """No reference in an echo goes back farther than the client asked for."""
        text = letters(300) * 30 + letters(5000) * 2
        for bits in range(8, 16):
            with self.case(offer=f"permessage-deflate; server_max_window_bits={bits}") as peer:
                for _ in range(2):
                    peer.send_message(TEXT, text)
                    frame = peer.read_frame()
                    self.assertEqual(frame.rsv, RSV1)
                    self.assertEqual(inflated_within(bits, frame.payload), text)
                self.expect_clean_close(peer)
        with self.assertRaises(zlib.error):  # or this would not be a test
            inflated_within(8, deflated(text, wbits=-15))

    def test_clients_window(self):
        """One message after another refers back as far as there is, and to nothing before it."""
        far = (1 << 15) - 262  # what zlib goes back at most
        for offer in self.OFFERS:
            for fragments in (None, 7):
                with self.case(offer=offer, fragments=fragments) as peer:
                    for number in range(4):
                        payload = noise(far - number) * 3
                        data = deflated(payload, wbits=-15)
                        self.assertLess(len(data), len(payload) // 2)
                        self.send_deflated(peer, BINARY, data, fragments=fragments)
                        self.expect(peer, BINARY, payload)
                        self.send_message(peer, TEXT, GREETING)
                        self.expect(peer, TEXT, GREETING)
                        peer.send(TEXT, GREETING)  # not compressed
                        self.expect(peer, TEXT, GREETING)
                    self.expect_clean_close(peer)

    def test_client_must_forget(self):
        """The client was told client_no_context_takeover: nothing is left of its last message."""
        for offer in self.OFFERS:
            for plain_between in (False, True):
                with self.case(offer=offer, plain_between=plain_between) as peer:
                    self.send_deflated(peer, TEXT, HELLO)
                    self.expect(peer, TEXT, b"Hello")
                    if plain_between:
                        peer.send(TEXT, GREETING)
                        self.expect(peer, TEXT, GREETING)
                    self.send_deflated(peer, TEXT, HELLO_AGAIN)
                    self.expect_failure(peer, BAD_PAYLOAD)

    def test_server_forgets(self):
        """Each echo must inflate without those before it: Deflate then starts anew for each."""
        with self.case() as peer:
            for _ in range(3):
                self.expect_echo(peer, TEXT, letters(2000))
            self.expect_clean_close(peer)


class Memory(StreamCase):
    """A peer costs the server an inflater only while a compressed message of its is being read."""

    PEERS = 100
    WINDOW = 32 << 10
    # What is freed is used again, under the sanitizer too.
    server_environment = {
        "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    }

    def growth_by(self, peers, act):
        """Octets a peer. proc(5): the resident set."""
        before = self.server.resident_bytes()
        for peer in peers:
            act(peer)
        return (self.server.resident_bytes() - before) / len(peers)

    def test_is_given_back(self):
        text = letters(65_536)
        whole, begun = (deflated(part, wbits=-15) for part in (text, text[:200]))

        def send_whole(peer):
            self.send_deflated(peer, TEXT, whole)
            self.expect(peer, TEXT, text)

        def begin(peer):
            peer.send(TEXT, begun, rsv=RSV1, fin=False)
            peer.send(PING)
            self.expect(peer, PONG, b"")  # what came before has been read

        with contextlib.ExitStack() as opened:
            peers = [
                opened.enter_context(wire.Peer(self.server.port, deflate="permessage-deflate"))
                for _ in range(self.PEERS)
            ]
            send_whole(peers[0])  # what all peers share has then been used
            self.assertLess(self.growth_by(peers, send_whole), self.WINDOW / 4)
            self.assertGreater(self.growth_by(peers, begin), self.WINDOW / 4 * 3)  # it can be measured


class Bombs(StreamCase):
    """A small message that inflates to a large one: it must never be in memory as a whole."""

    MOST = MIB
    SIZE = 64 * MIB
    MOST_GROWTH = SIZE // 2  # includes the memory of sanitizers
    server_options = ("--interval", "0", "--max-message-size", str(MOST))

    @classmethod
    def bomb(cls):
        compressor = zlib.compressobj(wbits=-9)
        zeros = bytes(MIB)
        parts = [compressor.compress(zeros) for _ in range(cls.SIZE // MIB)]
        return b"".join(parts) + compressor.flush(zlib.Z_SYNC_FLUSH)[:-4]

    def most_memory(self):
        """The server's peak resident set size. proc(5), status."""
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"(?m)^VmHWM:\s+(\d+) kB$", status)[1]) << 10

    def test_bomb(self):
        bomb = self.bomb()
        self.assertLess(len(bomb), self.MOST)  # otherwise it would be refused for its own size
        before = self.most_memory()
        for opcode in (TEXT, BINARY):
            for fragments in (None, 100):
                with self.case(opcode=opcode, fragments=fragments) as peer:
                    self.send_deflated(peer, opcode, bomb, fragments=fragments)
                    self.expect_failure(peer, TOO_BIG)
        self.assertLess(self.most_memory() - before, self.MOST_GROWTH)

    def test_bombs_that_are_not_too_big(self):
        with self.case() as peer:
            for _ in range(5):
                self.expect_echo(peer, BINARY, bytes(self.MOST))
            self.expect_clean_close(peer)
