"""Autobahn sections 12 and 13: messages of all kinds under all kinds of permessage-deflate (RFC 7692).

Autobahn sends a thousand messages in each of these cases, to see how long that takes. A few show
whether it is right.
"""

import functools
import json
import random

from case import COMPRESSED, MOST_OFFERED, Case, letters, noise
from wire import BINARY, TEXT

KIB = 1 << 10

# The size of the messages, and of their fragments if there are any.
SIZES = (
    *((size, None) for size in (16, 64, 256)),
    *((size * KIB, None) for size in (1, 4, 8, 16, 32, 64, 128)),
    *((size * KIB, 256) for size in (8, 16, 32, 64, 128)),
    *((128 * KIB, size * KIB) for size in (1, 4, 32)),
)

MOST_OCTETS, MOST_MESSAGES, FEWEST_MESSAGES = 256 * KIB, 50, 3  # of a case

WORDS = (
    "Habe nun ach Philosophie Juristerei und Medizin und leider auch Theologie durchaus studiert "
    "mit heißem Bemühn da steh ich nun ich armer Tor und bin so klug als wie zuvor"
).split()


def prose(chance):
    return " ".join(chance.choices(WORDS, k=60_000)).encode()


def bitmap(chance):
    """512 times 512 pixels that are similar to their neighbours."""
    return bytes((x * y >> 11) + chance.randrange(4) & 255 for y in range(512) for x in range(512))


def document(chance):
    """Like a PDF: text, and parts that are already compressed."""
    return b"".join(prose(chance)[: 8 * KIB] + chance.randbytes(24 * KIB) for _ in range(8))


def records(chance):
    rows = [
        {"id": number, "name": chance.choice(WORDS), "value": chance.random(), "tags": None}
        for number in range(4000)
    ]
    return json.dumps(rows).encode()


def markup(chance):
    targets = (chance.randrange(9999) for _ in range(6000))
    items = "".join(f'<li class="item"><a href="#{target}">x</a></li>\n' for target in targets)
    return f"<ul>\n{items}</ul>\n".encode()


KINDS = ((prose, BINARY), (bitmap, BINARY), (document, BINARY), (records, TEXT), (markup, TEXT))


@functools.cache
def data_of(kind):
    """The messages are slices of this, which is the same in every run (text is ASCII)."""
    return kind(random.Random(kind.__name__))


def messages(kind, size):
    count = min(max(MOST_OCTETS // size, FEWEST_MESSAGES), MOST_MESSAGES)
    data = data_of(kind)
    data *= -(-size * count // len(data))
    return [data[position * size : (position + 1) * size] for position in range(count)]


class DeflateCase(Case):
    mode = COMPRESSED

    def expect_compressed_echo(self, peer, opcode, payload, fragment=None):
        peer.send_message(opcode, payload, fragment=fragment)
        self.expect(peer, opcode, payload)


class Kinds(DeflateCase):
    """Section 12."""

    def test_echo(self):
        for group, (kind, opcode) in enumerate(KINDS, 1):
            for position, (size, fragment) in enumerate(SIZES, 1):
                number = f"12.{group}.{position}"
                with self.case(number, kind=kind.__name__, size=size, fragment=fragment) as peer:
                    for payload in messages(kind, size):
                        self.expect_compressed_echo(peer, opcode, payload, fragment)
                    self.expect_clean_close(peer)


class Offers(DeflateCase):
    """Section 13. Every offer of Autobahn lets the server choose how the client compresses."""

    ANY = "permessage-deflate; client_no_context_takeover; client_max_window_bits"
    NO_TAKEOVER = "; server_no_context_takeover"
    OFFERS = (
        (ANY,),
        (ANY + NO_TAKEOVER,),
        (ANY + "; server_max_window_bits=9",),
        (ANY + "; server_max_window_bits=15",),
        (ANY + NO_TAKEOVER + "; server_max_window_bits=9",),
        (ANY + NO_TAKEOVER + "; server_max_window_bits=15",),
        (ANY + NO_TAKEOVER + "; server_max_window_bits=9", ANY + NO_TAKEOVER, ANY),
    )

    def test_echo(self):
        for group, offers in enumerate(self.OFFERS, 1):
            for position, (size, fragment) in enumerate(SIZES, 1):
                number = f"13.{group}.{position}"
                offer = ", ".join(offers)
                with self.case(number, offer=offer, size=size, fragment=fragment) as peer:
                    for payload in messages(records, size):
                        self.expect_compressed_echo(peer, TEXT, payload, fragment)
                    self.expect_clean_close(peer)


class Lengths(DeflateCase):
    """Messages of every length, so that they end at every position of the buffers on both sides."""

    PERIODS = (1, 3, 258, 1000)  # a match in deflated data has at most 258 octets

    def test_every_length(self):
        for period in self.PERIODS:
            with self.case(period=period) as peer:
                text = letters(period) * (6000 // period)
                for length in range(0, len(text), 7 if period > 1 else 1):
                    self.expect_compressed_echo(peer, TEXT, text[:length])
                self.expect_clean_close(peer)

    def test_every_length_before_an_empty_message(self):
        """An inflater may take what is left of one message for the beginning of the next."""
        with self.case() as peer:
            for length in range(6000):
                self.expect_compressed_echo(peer, TEXT, b"x" * length)
                self.expect_compressed_echo(peer, TEXT, b"")
            self.expect_clean_close(peer)

    def test_around_powers_of_two(self):
        for make in (noise, bytes):
            with self.case(make=make.__name__) as peer:
                for power in range(9, 18):
                    for length in range((1 << power) - 12, (1 << power) + 13):
                        self.expect_compressed_echo(peer, BINARY, make(length))
                self.expect_clean_close(peer)

    def test_without_takeover(self):
        offer = MOST_OFFERED + "; server_no_context_takeover; client_no_context_takeover"
        with self.case(offer=offer) as peer:
            for length in range(0, 6000, 3):
                self.expect_compressed_echo(peer, TEXT, b"x" * length)
            self.expect_clean_close(peer)
