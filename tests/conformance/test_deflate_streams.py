"""permessage-deflate (RFC 7692): deflate streams made by hand, and reserved bits."""

import unittest
import zlib

import wire
from case import (
    BAD_PAYLOAD,
    MOST_OFFERED,
    PROTOCOL_ERROR,
    RSV1,
    RSV2,
    RSV3,
    WAYS_TO_SEND,
    StreamCase,
    deflated,
    letters,
    send_at_once,
)
from wire import BINARY, CONTINUATION, PING, PONG, TEXT

GREETING = b"Hello, world!"


def finished(payload, **how):
    """As deflated(), in blocks of which the last has BFINAL set. RFC 7692 section 7.2.3.4."""
    compressor = zlib.compressobj(wbits=-9, **how)
    return compressor.compress(payload) + compressor.flush() + b"\x00"


class Blocks(StreamCase):
    """Streams that a sender may make of a message, most of them from RFC 7692 section 7.2.3."""

    HELLO = bytes.fromhex("f248cdc9c90700")
    STREAMS = (
        ("fixed codes", HELLO, b"Hello"),
        ("stored", bytes.fromhex("000500faff48656c6c6f00"), b"Hello"),
        ("two blocks", bytes.fromhex("f248050000 00ffff cac9c90700"), b"Hello"),
        ("dynamic codes", deflated(letters(2000)), letters(2000)),
        ("stored, more than one block", deflated(letters(70_000), level=0), letters(70_000)),
        ("Huffman codes alone", deflated(letters(500) * 4, strategy=zlib.Z_HUFFMAN_ONLY),
         letters(500) * 4),
        ("empty, stored", bytes.fromhex("00"), b""),
        ("empty, fixed codes", bytes.fromhex("0200"), b""),
        ("empty, two blocks", bytes.fromhex("000000ffff00"), b""),
    )  # fmt: skip
    FINISHED = (
        ("final", bytes.fromhex("f348cdc9c9070000"), b"Hello"),
        ("final, stored", bytes.fromhex("010500faff48656c6c6f00"), b"Hello"),
        ("final, dynamic codes", finished(letters(2000)), letters(2000)),
        ("final, long", finished(letters(70_000)), letters(70_000)),
        ("final, empty", bytes.fromhex("030000"), b""),
    )

    def expect_echoes(self, streams):
        for what, data, payload in streams:
            for fragments in (None, len(data)) if len(data) < 100 else (None, 2, 7):
                for send in WAYS_TO_SEND:
                    details = dict(fragments=fragments, send=send.__name__)
                    with self.case(what=what, **details) as peer:
                        self.send_deflated(peer, TEXT, data, fragments=fragments, send=send)
                        self.expect(peer, TEXT, payload)
                        # The next message must be served as usual.
                        self.expect_echo(peer, TEXT, GREETING)
                        self.send_deflated(peer, TEXT, data, fragments=fragments, send=send)
                        self.expect(peer, TEXT, payload)
                        self.expect_clean_close(peer)

    def test_echo(self):
        self.expect_echoes(self.STREAMS)

    @unittest.expectedFailure
    def test_final_blocks(self):
        """Section 7.2.1 lets senders use them; Beast cannot read them (boostorg/beast#923)."""
        self.expect_echoes(self.FINISHED)

    def test_compressed_or_not(self):
        """Section 6: the sender chooses for each message whether to compress it."""
        with self.case() as peer:
            for number in range(20):
                text = letters(100 * number)
                peer.send_message(TEXT, text, compress=number % 3 == 0)
                self.expect(peer, TEXT, text)
            self.expect_clean_close(peer)

    def test_pings_between_fragments(self):
        with self.case() as peer:
            text = letters(5000)
            frames = []
            for position, frame in enumerate(self.message(peer, TEXT, *[text[:1000]] * 5)):
                frames += [frame, wire.encode(PING, b"%d" % position)]
            send_at_once(peer, frames)
            for position in range(4):
                self.expect(peer, PONG, b"%d" % position)
            self.assertEqual(self.read_both(peer), {(TEXT, text[:1000] * 5), (PONG, b"4")})
            self.expect_clean_close(peer)

    def read_both(self, peer):
        """The echo, and the pong to the ping after the message, which may come in either order."""
        frames = [peer.read_message() for _ in range(2)]
        return {(frame.opcode, frame.payload) for frame in frames}

    def test_text_is_checked_once_inflated(self):
        for octets in (b"\xff", GREETING + b"\xed\xa0\x80", b"incomplete \xe2\x82"):
            with self.case(octets=octets) as peer:
                self.expect_echo(peer, BINARY, octets)
                self.send_message(peer, TEXT, octets)
                self.expect_failure(peer, BAD_PAYLOAD)

    def test_text_may_look_wrong_while_compressed(self):
        with self.case() as peer:
            text = "κόσμε".encode()
            data = deflated(text, level=0)
            self.assertRaises(UnicodeDecodeError, data.decode)
            self.send_deflated(peer, TEXT, data, fragments=len(data))
            self.expect(peer, TEXT, text)
            self.expect_clean_close(peer)


class Forbidden(StreamCase):
    def test_reserved_bits(self):
        """RFC 7692 section 6: only the first frame of a message may have RSV1."""
        hello = Blocks.HELLO
        begun = wire.encode(TEXT, hello[:3], rsv=RSV1, fin=False)
        plain = wire.encode(TEXT, b"Hel", fin=False)
        for what, frames in (
            ("continuation", [begun, wire.encode(CONTINUATION, hello[3:], rsv=RSV1)]),
            ("continuation, not the last",
             [begun, wire.encode(CONTINUATION, hello[3:5], rsv=RSV1, fin=False)]),
            ("continuation of a plain one", [plain, wire.encode(CONTINUATION, b"lo", rsv=RSV1)]),
            ("ping", [wire.encode(PING, hello, rsv=RSV1)]),
            ("pong", [wire.encode(PONG, hello, rsv=RSV1)]),
            ("close", [wire.encode(wire.CLOSE, wire.close_payload(1000), rsv=RSV1)]),
            ("ping between fragments", [begun, wire.encode(PING, rsv=RSV1)]),
            ("RSV2 too", [wire.encode(TEXT, hello, rsv=RSV1 | RSV2)]),
            ("RSV3 too", [wire.encode(TEXT, hello, rsv=RSV1 | RSV3)]),
        ):  # fmt: skip
            with self.case(what=what) as peer:
                send_at_once(peer, frames)
                self.expect_failure(peer, PROTOCOL_ERROR)

    def test_not_deflated(self):
        """No RFC defines a code for invalid deflate data; both 1002 and 1007 describe it."""
        for what, data in (
            ("reserved type of block", "06"),
            ("length of a stored block", "0005000000" "48656c6c6f00"),
            ("reference to before the stream", "f200110000"),
            ("too many codes of lengths", "fcffffffffff"),
            ("noise", "ffffffffffffffff"),
        ):
            for fragments in (None, 2):
                with self.case(what=what, fragments=fragments) as peer:
                    data_octets = bytes.fromhex(data)
                    self.send_deflated(peer, BINARY, data_octets, fragments=fragments)
                    self.expect_failure(peer, PROTOCOL_ERROR, BAD_PAYLOAD)

    def test_the_server_lives_on(self):
        for data in ("06", "f348cdc9c9070000"):
            with self.subTest(data=data), wire.Peer(self.server.port, deflate=MOST_OFFERED) as peer:
                self.send_deflated(peer, BINARY, bytes.fromhex(data))
            with self.case() as peer:
                self.expect_echo(peer, TEXT, GREETING)
                self.expect_clean_close(peer)
