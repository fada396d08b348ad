"""Autobahn section 9: large messages, many fragments, many TCP chops, many round trips.

Autobahn measures times here. These only ask whether all is right, so there are fewer round trips.
"""

import wire
from case import (
    COMPRESSED,
    TOO_BIG,
    Case,
    in_every_mode,
    in_modes,
    sample,
    send_at_once,
    send_chopped,
)
from wire import BINARY, TEXT

KIB, MIB = 1 << 10, 1 << 20


@in_modes(COMPRESSED)
class Large(Case):
    GROUPS = {TEXT: (1, 3, 5, 7), BINARY: (2, 4, 6, 8)}  # the second part of the numbers

    def numbered(self, test, values):
        """For text and binary, the number of the case, the opcode, and one of the values."""
        for opcode, groups in self.GROUPS.items():
            for position, value in enumerate(values, 1):
                yield f"9.{groups[test]}.{position}", opcode, value

    def scaled(self, size):
        """Smaller sizes when compressing: deflating the largest takes long and tests nothing more."""
        return size // 4 if self.mode.compresses else size

    def test_size(self):
        sizes = (64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB)
        for number, opcode, size in self.numbered(0, sizes):
            with self.case(number, opcode=opcode, size=size) as peer:
                self.expect_echo(peer, opcode, sample(opcode, self.scaled(size)))
                self.expect_clean_close(peer)

    def test_fragments(self):
        fragments = [64 << 2 * step for step in range(9)]  # 64 octets to 4 MiB
        for number, opcode, fragment in self.numbered(1, fragments):
            with self.case(number, opcode=opcode, fragment=fragment) as peer:
                payload = sample(opcode, self.scaled(4 * MIB))
                compress = self.mode.compresses
                peer.send_message(opcode, payload, compress=compress, fragment=fragment)
                self.expect(peer, opcode, payload)
                self.expect_clean_close(peer)

    def test_chops(self):
        chops = [64 << step for step in range(6)]  # 64 to 2048 octets
        for number, opcode, chop in self.numbered(2, chops):
            with self.case(number, opcode=opcode, chop=chop) as peer:
                payload = sample(opcode, self.scaled(MIB))
                send_chopped(peer, b"".join(self.message(peer, opcode, payload)), chop)
                self.expect(peer, opcode, payload)
                self.expect_clean_close(peer)

    def test_round_trips(self):
        sizes = (0, 16, 64, 256, 1024, 4096)
        for number, opcode, size in self.numbered(3, sizes):
            with self.case(number, opcode=opcode, size=size) as peer:
                payload = sample(opcode, size)
                for _ in range(100):
                    self.expect_echo(peer, opcode, payload)
                self.expect_clean_close(peer)

    def test_many_messages_before_any_is_read(self):
        """The echoes fit into the sockets' buffers, so the server need not wait for this client to read."""
        with self.case() as peer:
            payloads = [sample(TEXT, size) for size in range(500)]
            send_at_once(peer, [f for text in payloads for f in self.message(peer, TEXT, text)])
            for text in payloads:
                self.expect(peer, TEXT, text)
            self.expect_clean_close(peer)


@in_every_mode
class MostThatIsTaken(Case):
    """Messages of --max-message-size, and one octet more."""

    MOST = 64 * KIB
    server_options = ("--interval", "0", "--max-message-size", str(MOST))

    def halved(self, opcode, size):
        payload = sample(opcode, size)
        return payload[: size // 2], payload[size // 2 :]

    def test_the_most(self):
        for opcode in (TEXT, BINARY):
            with self.case(opcode=opcode) as peer:
                self.expect_echo(peer, opcode, sample(opcode, self.MOST))
                self.expect_echo(peer, opcode, *self.halved(opcode, self.MOST))
                self.expect_clean_close(peer)

    def test_one_more(self):
        for opcode in (TEXT, BINARY):
            with self.case(opcode=opcode) as peer:
                self.send_message(peer, opcode, sample(opcode, self.MOST + 1))
                self.expect_failure(peer, TOO_BIG)
            with self.case(opcode=opcode, fragmented=True) as peer:
                self.send_message(peer, opcode, *self.halved(opcode, self.MOST + 1))
                self.expect_failure(peer, TOO_BIG)

    def test_a_header_that_announces_more(self):
        """A badly compressed message may be longer than its payload."""
        if not self.mode.compresses:
            with self.case() as peer:
                peer.socket.sendall(wire.encode(TEXT, length=self.MOST + 1))
                self.expect_failure(peer, TOO_BIG)
