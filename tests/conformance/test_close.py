"""Autobahn section 7: close frames, and frames after them."""

import unittest

import wire
from case import BAD_PAYLOAD, NORMAL, PROTOCOL_ERROR, Case, in_every_mode, letters, send_at_once
from wire import CLOSE, PING, PONG, TEXT, close_payload

GREETING = b"Hello, world!"
CLOSE_NORMALLY = wire.encode(CLOSE, close_payload(NORMAL))


@in_every_mode
class AfterClose(Case):
    """Section 7.1: the server ignores what comes after a close."""

    def test_echo_then_close(self):
        with self.case("7.1.1") as peer:
            self.send_message(peer, TEXT, GREETING)
            self.expect(peer, TEXT, GREETING)
            self.expect_clean_close(peer)

    def test_the_rest_is_ignored(self):
        for number, rest in (
            ("7.1.2", (CLOSE, close_payload(NORMAL))),
            ("7.1.3", (PING, b"ping")),
            ("7.1.4", (TEXT, GREETING)),
            (None, (PONG, b"pong")),
            (None, (CLOSE, close_payload(PROTOCOL_ERROR))),
            (None, (TEXT, b"\xff")),
            (None, (3, b"a reserved opcode")),
        ):
            with self.case(number, rest=rest) as peer:
                send_at_once(peer, [CLOSE_NORMALLY, wire.encode(*rest)])
                self.expect_close(peer, NORMAL)

    def test_close_inside_a_message(self):
        with self.case("7.1.5") as peer:
            first, last = self.message(peer, TEXT, b"fragment1", b"fragment2")
            send_at_once(peer, [first, CLOSE_NORMALLY, last])
            self.expect_close(peer, NORMAL)

    def test_echoes_still_owed(self):
        """Autobahn lets the server choose whether to send these; doc/protocol.md says it does."""
        with self.case("7.1.6") as peer:
            long_text = letters(256 << 10)
            send_at_once(
                peer,
                [
                    *self.message(peer, TEXT, long_text),
                    *self.message(peer, TEXT, GREETING),
                    CLOSE_NORMALLY,
                    wire.encode(PING),
                ],
            )
            self.expect(peer, TEXT, long_text)
            self.expect(peer, TEXT, GREETING)
            self.expect_close(peer, NORMAL)

    def test_much_is_ignored(self):
        """More than the sockets' buffers hold: if the server does not read it, the connection is reset."""
        with self.case() as peer:
            peer.socket.sendall(CLOSE_NORMALLY + bytes(16 << 20))
            self.expect_close(peer, NORMAL)

    def test_the_end_is_that_of_the_server(self):
        """Section 7.1.1: it is the server that closes the TCP connection first."""
        with self.case() as peer:
            peer.send(CLOSE, close_payload(NORMAL))
            self.expect_close(peer, NORMAL)
            peer.send(PING)  # this direction is still open, so there is no reset
            self.assertTrue(peer.at_end())


@in_every_mode
class ClosePayloads(Case):
    """Sections 7.3 to 7.13."""

    LONGEST_REASON = b"*" * 123

    def expect_answer(self, number, payload, *codes):
        with self.case(number, payload=payload) as peer:
            peer.send(CLOSE, payload)
            self.expect_close(peer, *codes)

    def test_forms(self):
        for number, payload, code in (
            ("7.3.1", b"", NORMAL),
            ("7.3.2", b"a", PROTOCOL_ERROR),
            ("7.3.3", close_payload(NORMAL), NORMAL),
            ("7.3.4", close_payload(NORMAL, b"Hello World!"), NORMAL),
            ("7.3.5", close_payload(NORMAL, self.LONGEST_REASON), NORMAL),
            ("7.3.6", close_payload(NORMAL, self.LONGEST_REASON + b"*"), PROTOCOL_ERROR),
        ):
            self.expect_answer(number, payload, code)

    def test_every_length_of_a_reason(self):
        for length in range(1, len(self.LONGEST_REASON)):
            self.expect_answer(None, close_payload(NORMAL, b"*" * length), NORMAL)

    def test_reason_in_utf8(self):
        for reason in ("κόσμε", "a𝄞z", "\uffff", "é" * 61):
            self.expect_answer(None, close_payload(NORMAL, reason.encode()), NORMAL)

    def test_reason_not_in_utf8(self):
        for number, reason in (
            ("7.5.1", "κόσμε".encode() + b"\xed\xa0\x80edited"),
            (None, b"\xff"),
            (None, b"incomplete \xe2\x82"),
            (None, b"overlong \xc0\xaf"),
            (None, b"too high \xf4\x90\x80\x80"),
        ):
            self.expect_answer(number, close_payload(NORMAL, reason), PROTOCOL_ERROR, BAD_PAYLOAD)

    def test_valid_codes(self):
        codes = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
        for position, code in enumerate(codes, 1):
            self.expect_answer(f"7.7.{position}", close_payload(code), code)
        for code in (1012, 1013):  # registered with IANA after Autobahn made its list
            self.expect_answer(None, close_payload(code), code)

    @unittest.expectedFailure
    def test_bad_gateway(self):
        """1014 is registered with IANA too, but Beast (1.81) rejects it with 1002."""
        self.expect_answer(None, close_payload(1014), 1014)

    def test_invalid_codes(self):
        codes = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)
        for position, code in enumerate(codes, 1):
            self.expect_answer(f"7.9.{position}", close_payload(code), PROTOCOL_ERROR)
        for code in (1, 1015):
            self.expect_answer(None, close_payload(code), PROTOCOL_ERROR)

    def test_undefined_codes(self):
        """Autobahn lets the server choose; doc/protocol.md says that these may not be sent."""
        for number, code in (("7.13.1", 5000), ("7.13.2", 65535)):
            self.expect_answer(number, close_payload(code), PROTOCOL_ERROR)
