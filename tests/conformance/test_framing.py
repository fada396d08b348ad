"""Autobahn sections 1 and 2: frame lengths, frame headers, pings and pongs."""

import wire
from case import (
    GREETING,
    PROTOCOL_ERROR,
    SOME_OCTETS,
    TOO_BIG,
    Case,
    in_every_mode,
    sample,
    send_at_once,
    send_by_octet,
    send_chopped,
)
from wire import BINARY, PING, PONG, TEXT


@in_every_mode
class Frames(Case):
    """Section 1: lengths at which the header changes its form, or nearly so."""

    SIZES = (0, 125, 126, 127, 128, 65535, 65536)

    def test_echo(self):
        for group, opcode in enumerate((TEXT, BINARY), 1):
            for number, size in enumerate(self.SIZES, 1):
                with self.case(f"1.{group}.{number}", opcode=opcode, size=size) as peer:
                    self.expect_echo(peer, opcode, sample(opcode, size))
                    self.expect_clean_close(peer)

    def test_echo_of_tcp_chops(self):
        for group, opcode in enumerate((TEXT, BINARY), 1):
            with self.case(f"1.{group}.8", opcode=opcode) as peer:
                payload = sample(opcode, 65536)
                send_chopped(peer, b"".join(self.message(peer, opcode, payload)), 997)
                self.expect(peer, opcode, payload)
                self.expect_clean_close(peer)


@in_every_mode
class FrameHeaders(Case):
    """RFC 6455 sections 5.1 and 5.2: what Autobahn does not test."""

    FORBIDDEN = (
        ("not masked", dict(masked=False), (PROTOCOL_ERROR,)),
        ("16 bits for a length that 7 hold", dict(length_form=16), (PROTOCOL_ERROR,)),
        ("64 bits for a length that 7 hold", dict(length_form=64), (PROTOCOL_ERROR,)),
        # The first bit must be 0. A server that reads it as part of the length finds that too big.
        ("64 bits, the first of them set", dict(length=1 << 63), (PROTOCOL_ERROR, TOO_BIG)),
    )

    def test_forbidden(self):
        for what, how, codes in self.FORBIDDEN:
            for opcode in (TEXT, BINARY):
                with self.case(what=what, opcode=opcode) as peer:
                    peer.send(opcode, GREETING, **how)
                    self.expect_failure(peer, *codes)


@in_every_mode
class PingsAndPongs(Case):
    """Section 2."""

    LONGEST = b"\xfe" * 125
    SERIES = [b"payload-%d" % number for number in range(10)]

    def test_ping(self):
        for number, payload, send in (
            ("2.1", b"", send_at_once),
            ("2.2", GREETING, send_at_once),
            ("2.3", SOME_OCTETS, send_at_once),
            ("2.4", self.LONGEST, send_at_once),
            ("2.6", self.LONGEST, send_by_octet),
        ):
            with self.case(number) as peer:
                send(peer, [wire.encode(PING, payload)])
                self.expect(peer, PONG, payload)
                self.expect_clean_close(peer)

    def test_too_long(self):
        for number, opcode in (("2.5", PING), (None, PONG)):
            with self.case(number, opcode=opcode) as peer:
                peer.send(opcode, self.LONGEST + b"\xfe")
                self.expect_failure(peer, PROTOCOL_ERROR)

    def test_unsolicited_pong_is_ignored(self):
        for number, payload in (("2.7", b""), ("2.8", b"unsolicited")):
            with self.case(number) as peer:
                peer.send(PONG, payload)
                self.expect_clean_close(peer)

    def test_unsolicited_pong_then_ping(self):
        with self.case("2.9") as peer:
            send_at_once(peer, [wire.encode(PONG, b"unsolicited"), wire.encode(PING, b"ping")])
            self.expect(peer, PONG, b"ping")
            self.expect_clean_close(peer)

    def test_series(self):
        for number, send in (("2.10", send_at_once), ("2.11", send_by_octet)):
            with self.case(number) as peer:
                send(peer, [wire.encode(PING, payload) for payload in self.SERIES])
                for payload in self.SERIES:
                    self.expect(peer, PONG, payload)
                self.expect_clean_close(peer)
