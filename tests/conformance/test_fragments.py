"""Autobahn sections 5 and 10: fragmented messages."""

import itertools
import time

import wire
from case import (
    GREETING,
    PROTOCOL_ERROR,
    WAYS_TO_SEND,
    Case,
    in_every_mode,
    letters,
    send_at_once,
    send_by_frame,
)
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT


@in_every_mode
class Fragments(Case):
    """Section 5."""

    FRAGMENTS = (b"fragment1", b"fragment2")
    WHOLE = b"".join(FRAGMENTS)

    def test_fragmented_control_frame(self):
        for number, opcode in (("5.1", PING), ("5.2", PONG), (None, CLOSE)):
            with self.case(number) as peer:
                first = wire.encode(opcode, b"fragment1", fin=False)
                send_at_once(peer, [first, wire.encode(CONTINUATION, b"fragment2")])
                self.expect_failure(peer, PROTOCOL_ERROR)

    def test_fragmented_text(self):
        for number, send in zip(("5.3", "5.4", "5.5"), WAYS_TO_SEND):
            with self.case(number) as peer:
                send(peer, self.message(peer, TEXT, *self.FRAGMENTS))
                self.expect(peer, TEXT, self.WHOLE)
                self.expect_clean_close(peer)

    def test_ping_between_fragments(self):
        for number, send in zip(("5.6", "5.7", "5.8"), WAYS_TO_SEND):
            with self.case(number) as peer:
                first, last = self.message(peer, TEXT, *self.FRAGMENTS)
                send(peer, [first, wire.encode(PING, b"ping"), last])
                self.expect(peer, PONG, b"ping")
                self.expect(peer, TEXT, self.WHOLE)
                self.expect_clean_close(peer)

    def test_continuation_of_nothing(self):
        numbers = ("5.9", "5.10", "5.11", "5.12", "5.13", "5.14")
        for number, (fin, send) in zip(numbers, itertools.product((True, False), WAYS_TO_SEND)):
            with self.case(number) as peer:
                continuation = wire.encode(CONTINUATION, b"of nothing", fin=fin)
                send(peer, [continuation, *self.message(peer, TEXT, GREETING)])
                self.expect_failure(peer, PROTOCOL_ERROR)

    def test_continuation_of_a_message_that_is_over(self):
        with self.case("5.15") as peer:
            send_at_once(
                peer,
                [
                    *self.message(peer, TEXT, *self.FRAGMENTS),
                    wire.encode(CONTINUATION, b"fragment3", fin=False),
                    *self.message(peer, TEXT, b"fragment4"),
                ],
            )
            self.expect(peer, TEXT, self.WHOLE)
            self.expect_failure(peer, PROTOCOL_ERROR)

    def test_continuation_of_nothing_before_a_message(self):
        for number, fin in (("5.16", False), ("5.17", True)):
            with self.case(number) as peer:
                continuation = wire.encode(CONTINUATION, b"fragment1", fin=fin)
                rest = self.message(peer, TEXT, b"fragment2", b"fragment3")
                send_at_once(peer, [continuation, *rest] * 2)
                self.expect_failure(peer, PROTOCOL_ERROR)

    def test_message_inside_a_message(self):
        for number, opcode in (("5.18", TEXT), (None, BINARY)):
            with self.case(number) as peer:
                first, _ = self.message(peer, TEXT, *self.FRAGMENTS)
                send_at_once(peer, [first, wire.encode(opcode, b"fragment2")])
                self.expect_failure(peer, PROTOCOL_ERROR)

    def test_pong_does_not_wait_for_the_message(self):
        """The first pong must come while the server waits for the rest of the message."""
        for number, send in (("5.19", send_at_once), ("5.20", send_by_frame)):
            with self.case(number) as peer:
                fragments = [b"fragment%d" % count for count in range(1, 6)]
                one, two, three, four, five = self.message(peer, TEXT, *fragments)
                send(peer, [one, two, wire.encode(PING, b"pongme 1!")])
                self.expect(peer, PONG, b"pongme 1!")
                time.sleep(0.1)
                send(peer, [three, four, wire.encode(PING, b"pongme 2!"), five])
                self.expect(peer, PONG, b"pongme 2!")
                self.expect(peer, TEXT, b"".join(fragments))
                self.expect_clean_close(peer)

    def test_empty_fragments(self):
        empty_among = {
            "first": (b"", b"fragment"),
            "middle": (b"frag", b"", b"ment"),
            "last": (b"fragment", b""),
            "all": (b"", b"", b""),
        }
        for opcode, (which, fragments) in itertools.product((TEXT, BINARY), empty_among.items()):
            for send in WAYS_TO_SEND:
                with self.case(empty=which, opcode=opcode, send=send.__name__) as peer:
                    send(peer, self.message(peer, opcode, *fragments))
                    self.expect(peer, opcode, b"".join(fragments))
                    self.expect_echo(peer, opcode, GREETING)
                    self.expect_clean_close(peer)

    def test_many_fragments(self):
        with self.case("10.1.1") as peer:
            payload = letters(65536)
            peer.send_message(TEXT, payload, compress=self.mode.compresses, fragment=1300)
            self.expect(peer, TEXT, payload)
            self.expect_clean_close(peer)
