"""Autobahn sections 3 and 4: reserved bits and reserved opcodes."""

import itertools

import wire
from case import (
    GREETING,
    PROTOCOL_ERROR,
    RSV1,
    SOME_OCTETS,
    Case,
    in_every_mode,
    send_at_once,
    send_by_frame,
    send_by_octet,
)
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT


class Rejected(Case):
    """Shared by both sections: a frame that no endpoint may send."""

    def expect_rejected(self, peer, frame):
        send_at_once(peer, [frame])
        self.expect_failure(peer, PROTOCOL_ERROR)

    def expect_rejected_after_echo(self, peer, frame, send=send_at_once):
        """The server answers what came before the frame, and not what comes after it."""
        ping = wire.encode(PING)
        send(peer, [*self.message(peer, TEXT, GREETING), frame, ping])
        self.expect(peer, TEXT, GREETING)
        self.expect_failure(peer, PROTOCOL_ERROR)


@in_every_mode
class ReservedBits(Rejected):
    """Section 3. With permessage-deflate, RSV1 of a message is not reserved."""

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
        """Each opcode, with the case's number if Autobahn has it; `way` is the last part of the number."""
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
