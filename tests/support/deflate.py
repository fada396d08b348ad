"""permessage-deflate (RFC 7692) for the WebSocket clients of the tests."""

import zlib

SYNC_FLUSH_END = b"\x00\x00\xff\xff"  # RFC 7692 section 7.2.1: the sender removes this


def inflated_within(window_bits, data):
    """A message by itself. zlib.error if it refers back farther than the window, also within the message.

    zlib checks that only for what it has returned before, so it has to return every octet by itself.
    """
    decompressor = zlib.decompressobj(wbits=-window_bits)
    octets, rest = bytearray(), data + SYNC_FLUSH_END
    while octet := decompressor.decompress(rest, 1):
        octets += octet
        rest = decompressor.unconsumed_tail
    return bytes(octets)


class Deflate:
    """Both directions of permessage-deflate, with the parameters that the server agreed to (section 7)."""

    def __init__(self, agreed):
        parameters = [part.strip().partition("=") for part in agreed.split(";")[1:]]
        values = {name: value.strip('"') for name, _, value in parameters}
        self.agreed = values
        self._out_bits = int(values.get("client_max_window_bits") or 15)
        self._in_bits = int(values.get("server_max_window_bits") or 15)
        self._forget_out = "client_no_context_takeover" in values
        self._forget_in = "server_no_context_takeover" in values
        self._compressor = self._decompressor = None

    def compress(self, payload):
        return self.compress_pieces([payload])[0]

    def compress_pieces(self, pieces):
        """One message, compressed so that the first n pieces inflate to the payload's first n pieces."""
        if self._compressor is None or self._forget_out:
            self._compressor = zlib.compressobj(wbits=-self._out_bits)
        data = [
            self._compressor.compress(piece) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
            for piece in pieces
        ]
        surplus = len(SYNC_FLUSH_END)  # at the end, where there may be empty pieces
        for position in reversed(range(len(data))):
            kept = max(len(data[position]) - surplus, 0)
            surplus -= len(data[position]) - kept
            data[position] = data[position][:kept]
        return data

    def decompress(self, payload):
        if self._decompressor is None or self._forget_in:
            self._decompressor = zlib.decompressobj(wbits=-self._in_bits)
        return self._decompressor.decompress(payload + SYNC_FLUSH_END)
