"""Which offers of permessage-deflate the server accepts. RFC 7692 sections 5 and 7.1."""

import wire
from case import COMPRESSED, MOST_OFFERED, PLAIN, RSV1, Case, letters
from deflate import Deflate
from wire import TEXT

SERVER_BITS = "; server_max_window_bits"
CLIENT_BITS = "; client_max_window_bits"
SERVER_FORGETS = "; server_no_context_takeover"
CLIENT_FORGETS = "; client_no_context_takeover"
OTHER = "x-webkit-deflate-frame"

VALID = (
    MOST_OFFERED,
    MOST_OFFERED + SERVER_FORGETS,
    MOST_OFFERED + CLIENT_FORGETS,
    MOST_OFFERED + SERVER_FORGETS + CLIENT_FORGETS,
    "permessage-deflate",  # what Firefox offers
    "permessage-deflate" + SERVER_FORGETS + CLIENT_FORGETS,
    *(MOST_OFFERED + f"{SERVER_BITS}={bits}" for bits in range(8, 16)),
    *(f"permessage-deflate{SERVER_BITS}={bits}" for bits in range(8, 16)),
    *(f"permessage-deflate{CLIENT_BITS}={bits}" for bits in range(8, 16)),
    MOST_OFFERED + f'{SERVER_BITS}="10"',
    "permessage-deflate" + SERVER_FORGETS + f"{SERVER_BITS}=12{CLIENT_BITS}=9" + CLIENT_FORGETS,
    "permessage-deflate;client_max_window_bits",
    "permessage-deflate ; client_max_window_bits ; server_no_context_takeover",
)

INVALID = (
    MOST_OFFERED + "; unknown",
    MOST_OFFERED + "; unknown=1",
    MOST_OFFERED + CLIENT_BITS,
    MOST_OFFERED + CLIENT_BITS + "=10",
    MOST_OFFERED + SERVER_FORGETS * 2,
    MOST_OFFERED + CLIENT_FORGETS * 2,
    MOST_OFFERED + f"{SERVER_BITS}=10" * 2,
    MOST_OFFERED + SERVER_FORGETS + "=1",
    MOST_OFFERED + CLIENT_FORGETS + "=true",
    MOST_OFFERED + SERVER_BITS,
    *(MOST_OFFERED + f"{SERVER_BITS}={bits}" for bits in
      ("0", "7", "16", "08", "010", "9x", "x", "-9", "+9", "1e1", '""', "4294967305")),
    *(f"permessage-deflate{CLIENT_BITS}={bits}" for bits in ("0", "7", "16", "08", "-9", "x")),
)  # fmt: skip


class Negotiation(Case):
    mode = COMPRESSED

    def connect(self, *lines):
        """A peer that offers each of `lines` in a field of its own; the tests judge the answer."""
        fields = [("Sec-WebSocket-Extensions", line) for line in lines[1:]]
        return wire.Peer(self.server.port, deflate=lines[0], fields=fields)

    def expect_works(self, peer):
        """Echoes work with what was agreed. The second text can refer to the first."""
        text = letters(3000)
        for _ in range(2):
            peer.send_message(TEXT, text)
            self.expect(peer, TEXT, text)
        self.expect_clean_close(peer)

    def expect_declined(self, peer):
        self.assertIsNone(peer.deflate, peer.answer)
        self.expect_works(peer)

    def expect_answers(self, peer, offer):
        """The answer must fit the offer: sections 7.1.1 and 7.1.2 for each parameter."""
        self.assertIsNotNone(peer.deflate, "declined")
        offered = dict(Deflate(offer).agreed)
        agreed = dict(peer.deflate.agreed)
        if "server_no_context_takeover" in offered:
            self.assertIn("server_no_context_takeover", agreed)
        if "server_max_window_bits" in offered:
            self.assertIn("server_max_window_bits", agreed)
        if "client_max_window_bits" not in offered:
            self.assertNotIn("client_max_window_bits", agreed)
        for name, value in agreed.items():
            if name.endswith("_no_context_takeover"):
                self.assertEqual(value, "")
            else:
                self.assertIn(name, ("server_max_window_bits", "client_max_window_bits"))
                self.assertRegex(value, r"^([89]|1[0-5])$")
                self.assertLessEqual(int(value), int(offered.get(name) or 15))
        # Otherwise each peer would cost the server a window.
        self.assertIn("server_no_context_takeover", agreed)
        self.assertIn("client_no_context_takeover", agreed)


class WhenOff(Negotiation):
    mode = PLAIN

    def test_all_is_declined(self):
        for offer in (*VALID, *INVALID, OTHER):
            with self.subTest(offer), self.connect(offer) as peer:
                self.expect_declined(peer)


class WhenOn(Negotiation):
    def test_valid(self):
        for offer in VALID:
            with self.subTest(offer), self.connect(offer) as peer:
                self.expect_answers(peer, offer)
                self.expect_works(peer)

    def test_invalid(self):
        for offer in INVALID:
            with self.subTest(offer), self.connect(offer) as peer:
                self.expect_declined(peer)

    def test_fallback(self):
        """The first valid offer is accepted, on any line. No offer before it asks for 8 bits."""
        valid = f"permessage-deflate{SERVER_BITS}=8"
        for first in (*INVALID, OTHER, OTHER + "; a=b", OTHER + "; a=b; c"):
            for lines in ([f"{first}, {valid}"], [first, valid]):
                with self.subTest(lines), self.connect(*lines) as peer:
                    self.expect_answers(peer, valid)
                    self.expect_works(peer)

    def test_order_is_preference(self):
        for first, second in ((10, 12), (12, 10)):
            offers = [MOST_OFFERED + f"{SERVER_BITS}={bits}" for bits in (first, second)]
            with self.subTest(offers), self.connect(", ".join(offers)) as peer:
                self.expect_answers(peer, offers[0])
                self.expect_works(peer)

    def test_other_extensions_are_declined(self):
        for offer in (OTHER, "permessage-bzip2", "permessage-deflate-x; client_max_window_bits"):
            with self.subTest(offer), self.connect(offer) as peer:
                self.expect_declined(peer)

    def test_without_an_offer(self):
        with wire.Peer(self.server.port) as peer:
            self.expect_declined(peer)

    def test_large_echoes_are_compressed(self):
        """If they were not, the other cases would prove nothing."""
        text = letters(100) * 100
        for offer, most in (
            (MOST_OFFERED, len(text) // 10),
            ("permessage-deflate", len(text) // 10),
            (MOST_OFFERED + f"{SERVER_BITS}=8", len(text) - 1),  # without references to speak of
        ):
            with self.subTest(offer), self.connect(offer) as peer:
                peer.send_message(TEXT, text)
                frame = peer.read_frame()
                self.assertEqual(frame.rsv, RSV1)
                self.assertLessEqual(len(frame.payload), most)
