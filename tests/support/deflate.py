"""permessage-deflate (RFC 7692) for the WebSocket clients of the tests."""

import zlib


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
            if self._out_bits > 8:
                self._compressor = zlib.compressobj(wbits=-self._out_bits)
            else:  # zlib makes raw streams of 9 bits or more, but Z_RLE never looks back farther
                self._compressor = zlib.compressobj(wbits=-9, strategy=zlib.Z_RLE)
        data = [
            self._compressor.compress(piece) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
            for piece in pieces
        ]
        surplus = len(b"\x00\x00\xff\xff")  # at the end, where there may be empty pieces
        for position in reversed(range(len(data))):
            kept = max(len(data[position]) - surplus, 0)
            surplus -= len(data[position]) - kept
            data[position] = data[position][:kept]
        return data

    def decompress(self, payload):
        if self._decompressor is None or self._forget_in:
            self._decompressor = zlib.decompressobj(wbits=-self._in_bits)
        return self._decompressor.decompress(payload + b"\x00\x00\xff\xff")
