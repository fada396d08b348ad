"""Sections 1 to 5 and 10: frames, pings, reserved bits, reserved opcodes, fragments."""

import itertools
import time

import wire
from case import (
    PROTOCOL_ERROR,
    RSV1,
    TOO_BIG,
    WAYS_TO_SEND,
    Case,
    in_every_mode,
    letters,
    sample,
    send_at_once,
    send_by_frame,
    send_by_octet,
    send_chopped,
)
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

GREETING = b"Hello, world!"
SOME_OCTETS = bytes.fromhex("00fffefdfcfb00ff")


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
    """RFC 6455 sections 5.1 and 5.2, where Autobahn does not look."""

    FORBIDDEN = (
        ("not masked", dict(masked=False), (PROTOCOL_ERROR,)),
        ("16 bits for a length that 7 hold", dict(length_form=16), (PROTOCOL_ERROR,)),
        ("64 bits for a length that 7 hold", dict(length_form=64), (PROTOCOL_ERROR,)),
        # No length has the first bit set. Whoever takes it for one finds that it is too much.
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


class Rejected(Case):
    """For sections 3 and 4: a frame that no endpoint may send."""

    def expect_rejected(self, peer, frame):
        send_at_once(peer, [frame])
        self.expect_failure(peer, PROTOCOL_ERROR)

    def expect_rejected_after_echo(self, peer, frame, send=send_at_once):
        """What came before the frame counts, and what comes after it does not."""
        ping = wire.encode(PING)
        send(peer, [*self.message(peer, TEXT, GREETING), frame, ping])
        self.expect(peer, TEXT, GREETING)
        self.expect_failure(peer, PROTOCOL_ERROR)


@in_every_mode
class ReservedBits(Rejected):
    """Section 3. RSV1 of a message is not reserved any more where permessage-deflate is agreed."""

    ALONE = (
        ("3.1", TEXT, 1, GREETING),
        ("3.5", BINARY, 5, SOME_OCTETS),
        ("3.6", PING, 6, GREETING),
        ("3.7", CLOSE, 7, b""),
    )
    AFTER_ECHO = (
        ("3.2", 2, send_at_once),
        ("3.3", 3, send_by_frame),
        ("3.4", RSV1, send_by_octet),
    )

    def is_reserved(self, opcode, rsv):
        return rsv != RSV1 or opcode not in (TEXT, BINARY) or not self.mode.offer

    def test_alone(self):
        for number, opcode, rsv, payload in self.ALONE:
            with self.case(number) as peer:
                self.expect_rejected(peer, wire.encode(opcode, payload, rsv=rsv))

    def test_after_echo(self):
        for number, rsv, send in self.AFTER_ECHO:
            if self.is_reserved(TEXT, rsv):
                with self.case(number) as peer:
                    frame = wire.encode(TEXT, GREETING, rsv=rsv)
                    self.expect_rejected_after_echo(peer, frame, send)

    def test_every_bit_of_every_opcode(self):
        for opcode, rsv in itertools.product((TEXT, BINARY, PING, PONG, CLOSE), range(1, 8)):
            if self.is_reserved(opcode, rsv):
                with self.case(opcode=opcode, rsv=rsv) as peer:
                    self.expect_rejected(peer, wire.encode(opcode, rsv=rsv))

    def test_every_bit_of_a_continuation(self):
        for rsv in range(1, 8):
            with self.case(rsv=rsv) as peer:
                first, _ = self.message(peer, TEXT, GREETING, b"")
                send_at_once(peer, [first, wire.encode(CONTINUATION, rsv=rsv)])
                self.expect_failure(peer, PROTOCOL_ERROR)


@in_every_mode
class ReservedOpcodes(Rejected):
    """Section 4, where Autobahn tries each opcode in one of these five ways."""

    OPCODES = (("4.1", range(3, 8)), ("4.2", range(11, 16)))

    def cases(self, way):
        """Opcodes, with the number where it is Autobahn's case; `way` is the last part of that."""
        for group, opcodes in self.OPCODES:
            for position, opcode in enumerate(opcodes, 1):
                yield f"{group}.{way}" if position == way else None, opcode

    def test_without_payload(self):
        for number, opcode in self.cases(1):
            with self.case(number, opcode=opcode) as peer:
                self.expect_rejected(peer, wire.encode(opcode))

    def test_with_payload(self):
        for number, opcode in self.cases(2):
            with self.case(number, opcode=opcode) as peer:
                self.expect_rejected(peer, wire.encode(opcode, b"reserved"))

    def test_after_echo_without_payload(self):
        for number, opcode in self.cases(3):
            with self.case(number, opcode=opcode) as peer:
                self.expect_rejected_after_echo(peer, wire.encode(opcode))

    def test_after_echo_with_payload(self):
        for number, opcode in self.cases(4):
            with self.case(number, opcode=opcode) as peer:
                self.expect_rejected_after_echo(peer, wire.encode(opcode, b"reserved"))

    def test_after_echo_by_octet(self):
        for number, opcode in self.cases(5):
            with self.case(number, opcode=opcode) as peer:
                frame = wire.encode(opcode, b"reserved")
                self.expect_rejected_after_echo(peer, frame, send_by_octet)


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
