"""Autobahn section 6: valid and invalid UTF-8, and how early the server detects it."""

import contextlib
import time

import wire
from case import BAD_PAYLOAD, Case, in_every_mode, send_by_frame, send_chopped
from wire import BINARY, TEXT

KOSME = "κ\u1f79σμε".encode()  # "κόσμε" with an accent that takes three octets
SURROGATE_INSIDE = KOSME + b"\xed\xa0\x80edited"  # U+D800 is not a character
TOO_HIGH_INSIDE = KOSME + b"\xf4\x90\x80\x80edited"  # neither is U+110000

INCOMPLETE = "c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf".split()


def lonely_starts(first, end):
    return bytes(octet for start in range(first, end) for octet in (start, 0x20))


def noncharacters():
    """The last two code points of each plane, which are valid text (Unicode corrigendum 9)."""
    return [chr(plane << 16 | low).encode() for plane in range(17) for low in (0xFFFE, 0xFFFF)]


def of_hex(*texts):
    return [bytes.fromhex(text) for text in texts]


# Mostly Markus Kuhn's "UTF-8 decoder capability and stress test", which Autobahn follows. Whether
# each of them is UTF-8 is for Python to say, and here only for the reader.
GROUPS = (
    ("6.5", "valid", of_hex(
        "68656c6c6f24776f726c64", "68656c6c6fc2a2776f726c64", "68656c6c6fe282ac776f726c64",
        "68656c6c6ff0a4ada2776f726c64") + [KOSME]),
    ("6.6", "each prefix of a text", [KOSME[:end] for end in range(1, len(KOSME) + 1)]),
    ("6.7", "first of each length", of_hex("00", "c280", "e0a080", "f0908080")),
    ("6.8", "first of 5 and 6 octets", of_hex("f888808080", "fc8480808080")),
    ("6.9", "last of each length", of_hex("7f", "dfbf", "efbfbf", "f48fbfbf")),
    ("6.10", "last of 4 to 6 octets", of_hex("f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf")),
    ("6.11", "other boundaries", of_hex("ed9fbf", "ee8080", "efbfbd", "f48fbfbf", "f4908080")),
    ("6.12", "continuations of nothing", of_hex(
        "80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80", "80bf80bf80bf")
        + [bytes(range(0x80, 0xC0))]),
    ("6.13", "starts of nothing", [
        lonely_starts(0xC0, 0xE0), lonely_starts(0xE0, 0xF0), lonely_starts(0xF0, 0xF8),
        lonely_starts(0xF8, 0xFC), lonely_starts(0xFC, 0xFE)]),
    ("6.14", "last octet missing", of_hex(*INCOMPLETE)),
    ("6.15", "all of these", of_hex("".join(INCOMPLETE))),
    ("6.16", "impossible octets", of_hex("fe", "ff", "fefeffff")),
    ("6.17", "overlong slash", of_hex("c0af", "e080af", "f08080af", "f8808080af", "fc80808080af")),
    ("6.18", "longest overlong", of_hex(
        "c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf")),
    ("6.19", "overlong NUL", of_hex("c080", "e08080", "f0808080", "f880808080", "fc8080808080")),
    ("6.20", "surrogates", of_hex(
        "eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf")),
    ("6.21", "pairs of surrogates", of_hex(
        "eda080edb080", "eda080edbfbf", "edadbfedb080", "edadbfedbfbf",
        "edae80edb080", "edae80edbfbf", "edafbfedb080", "edafbfedbfbf")),
    ("6.22", "noncharacters", noncharacters()),
    ("6.23", "specials", [chr(code).encode() for code in range(0xFFF9, 0x10000)]),
)  # fmt: skip

TEXTS = [
    (f"{group}.{position}", what, text)
    for group, what, texts in GROUPS
    for position, text in enumerate(texts, 1)
]


def is_utf8(octets):
    with contextlib.suppress(UnicodeDecodeError):
        octets.decode()
        return True
    return False


# An incomplete beginning of UTF-8 becomes complete with one of these.
_COMPLETIONS = (b"", b"\x80", b"\x80\x80", b"\x80\x80\x80", b"\xa0\x80", b"\x90\x80\x80")


def hopeless_after(octets):
    """The number of octets after which this cannot become UTF-8; None if it can."""
    for count in range(1, len(octets) + 1):
        if not any(is_utf8(octets[:count] + completion) for completion in _COMPLETIONS):
            return count
    return None


UNTIL_HOPELESS = [
    (number, text[:end]) for number, _, text in TEXTS if (end := hopeless_after(text))
]


def single(octets):
    return [octets[position : position + 1] for position in range(len(octets))]


@in_every_mode
class Texts(Case):
    """Sections 6.1 to 6.3 and 6.5 to 6.23: whole messages."""

    def expect_echo_or_failure(self, peer, *fragments):
        payload = b"".join(fragments)
        self.send_message(peer, TEXT, *fragments)
        if is_utf8(payload):
            self.expect(peer, TEXT, payload)
            self.expect_clean_close(peer)
        else:
            self.expect_failure(peer, BAD_PAYLOAD)

    def test_empty(self):
        for number, fragments in (
            ("6.1.1", (b"",)),
            ("6.1.2", (b"", b"", b"")),
            ("6.1.3", (b"", b"middle frame payload", b"")),
        ):
            with self.case(number) as peer:
                self.expect_echo_or_failure(peer, *fragments)

    def test_fragmented(self):
        hello = "Hello-µ@ßöäüàá-UTF-8!!".encode()
        for number, fragments in (
            ("6.2.1", (hello,)),
            ("6.2.2", (hello[:7], hello[7:])),  # between characters
            ("6.2.3", single(hello)),
            ("6.2.4", single(KOSME)),
            ("6.3.1", (SURROGATE_INSIDE,)),
            ("6.3.2", single(SURROGATE_INSIDE)),
        ):
            with self.case(number) as peer:
                self.expect_echo_or_failure(peer, *fragments)

    def test_stress(self):
        for number, what, text in TEXTS:
            with self.case(number, what=what) as peer:
                self.expect_echo_or_failure(peer, text)

    def test_stress_inside_a_longer_text(self):
        """The same late in a message that the server needs several reads for, and at its end."""
        for number, what, text in TEXTS:
            for before, after in ((b"x" * 9000, b"y" * 9000), (b"x" * 4093, b"")):
                with self.case(what=what, like=number, before=len(before)) as peer:
                    self.expect_echo_or_failure(peer, before + text + after)

    def test_characters_across_fragments(self):
        """The text in two frames, cut at every position; one frame may be empty."""
        for text in (KOSME, "a𝄞z".encode(), SURROGATE_INSIDE, "incomplete €".encode()[:-1]):
            for cut in range(len(text) + 1):
                with self.case(text=text, cut=cut) as peer:
                    self.expect_echo_or_failure(peer, text[:cut], text[cut:])

    def test_all_characters(self):
        scalars = (*range(0xD800), *range(0xE000, 0x110000))
        text = "".join(map(chr, scalars)).encode()
        with self.case() as peer:
            self.expect_echo_or_failure(peer, text)

    def test_binary_is_not_text(self):
        with self.case() as peer:
            for _, _, octets in TEXTS:
                self.expect_echo(peer, BINARY, octets)
            self.expect_clean_close(peer)


@in_every_mode
class FailFast(Case):
    """Section 6.4 and more: the server must fail invalid text before the message ends.

    None of these send anything after the octet that makes the text hopeless.
    """

    def expect_patience(self, peer):
        """The server has not failed the connection yet."""
        peer.send(wire.PING, b"still there?")
        self.expect(peer, wire.PONG, b"still there?")

    def test_by_fragment(self):
        for number, accepted, fatal in (
            ("6.4.1", KOSME, b"\xf4\x90\x80\x80"),
            ("6.4.2", KOSME + b"\xf4", b"\x90"),
            (None, KOSME + b"\xed", b"\xa0"),
        ):
            with self.case(number, accepted=accepted) as peer:
                first, second, _ = self.message(peer, TEXT, accepted, fatal, b"")
                peer.socket.sendall(first)
                self.expect_patience(peer)
                peer.socket.sendall(second)
                self.expect_failure(peer, BAD_PAYLOAD)

    def test_by_fragments_of_one_octet(self):
        for number, text in UNTIL_HOPELESS:
            with self.case(like=number, text=text) as peer:
                *accepted, fatal, _ = self.message(peer, TEXT, *single(text), b"")
                send_by_frame(peer, accepted)
                self.expect_patience(peer)
                peer.socket.sendall(fatal)
                self.expect_failure(peer, BAD_PAYLOAD)


class FailFastInsideFrames(Case):
    """As FailFast, within an incomplete frame. (A compressed frame has no octets of text.)"""

    def begin_frame(self, peer, text, length):
        """A frame of this length, of which only the header and `text` are sent."""
        frame = wire.encode(TEXT, text.ljust(length))
        return frame[: len(frame) - (length - len(text))]

    def test_by_chop(self):
        for number, accepted, fatal in (
            ("6.4.3", KOSME, b"\xf4\x90\x80\x80"),
            ("6.4.4", KOSME + b"\xf4", b"\x90"),
            (None, KOSME + b"\xed", b"\xa0"),
        ):
            with self.case(number, accepted=accepted) as peer:
                begun = self.begin_frame(peer, accepted + fatal, len(TOO_HIGH_INSIDE))
                peer.socket.sendall(begun[: -len(fatal)])
                time.sleep(0.05)  # so that the server reads this part
                peer.socket.sendall(begun[-len(fatal) :])
                self.expect_failure(peer, BAD_PAYLOAD)

    def test_at_once(self):
        for number, text in UNTIL_HOPELESS:
            for length in (len(text) + 1, 100, 1000, 100_000):
                with self.case(like=number, text=text, length=length) as peer:
                    peer.socket.sendall(self.begin_frame(peer, text, length))
                    self.expect_failure(peer, BAD_PAYLOAD)

    def test_by_octet(self):
        for number, text in UNTIL_HOPELESS:
            with self.case(like=number, text=text) as peer:
                send_chopped(peer, self.begin_frame(peer, text, 100), 1, pause=0.0005)
                self.expect_failure(peer, BAD_PAYLOAD)
