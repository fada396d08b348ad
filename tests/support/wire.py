"""A WebSocket client (RFC 6455) that gives tests control over every byte they send.

Standard library only. What a test sends is not checked. What the server sends is checked strictly:
a frame that a server must not send raises WireError, and so does a wait longer than PATIENCE.
"""

import base64
import dataclasses
import hashlib
import os
import re
import socket
import struct

from deflate import Deflate

PATIENCE = 60.0  # seconds; only a failure waits this long, so a slow machine does not cause one

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class WireError(Exception):
    """The server sent what it must not send, or sent nothing in time."""


def apply_mask(payload, key):
    """RFC 6455 section 5.3; masking and unmasking are the same."""
    if not payload:
        return b""
    mask = (key * (len(payload) // 4 + 1))[: len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")
    return masked.to_bytes(len(payload), "big")


def encode(opcode, payload=b"", *, fin=True, rsv=0, masked=True, length=None, length_form=None):
    """A client's frame. RFC 6455 section 5.2.

    rsv: three bits, 4 is RSV1. length: the length in the header, if it differs from the payload's.
    length_form: 7, 16 or 64 bits, if not the shortest form.
    """
    claimed = len(payload) if length is None else length
    form = length_form or (7 if claimed < 126 else 16 if claimed < 65536 else 64)
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    mask_bit = 0x80 if masked else 0
    if form == 7:
        head = struct.pack(">BB", first, mask_bit | claimed)
    elif form == 16:
        head = struct.pack(">BBH", first, mask_bit | 126, claimed)
    else:
        head = struct.pack(">BBQ", first, mask_bit | 127, claimed)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + apply_mask(payload, key)


def close_payload(code, reason=b""):
    return struct.pack(">H", code) + reason


@dataclasses.dataclass
class Frame:
    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0

    @property
    def close_code(self):
        """None if the close carries no code (section 5.5.1)."""
        return struct.unpack(">H", self.payload[:2])[0] if self.payload else None


def handshake_request(host, target="/", fields=()):
    """An opening handshake (section 4.1) and the Sec-WebSocket-Accept that answers it."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in fields),
    ]
    guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1((key + guid).encode()).digest()).decode()
    return ("\r\n".join(lines) + "\r\n\r\n").encode(), accept


class Peer:
    """A WebSocket client on a blocking socket. `deflate` is an offer, e.g. "permessage-deflate"."""

    def __init__(self, port, target="/", *, deflate=None, fields=(), receive_buffer=None):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect(("127.0.0.1", port))
        self._upgrade(connection, f"127.0.0.1:{port}", target, fields, deflate)

    def _upgrade(self, connection, host, target, fields, deflate=None):
        self.socket = connection
        self._unread = bytearray()
        self.deflate = None
        fields = list(fields)
        if deflate:
            fields.append(("Sec-WebSocket-Extensions", deflate))
        request, accept = handshake_request(host, target, fields)
        self.socket.sendall(request)
        self.answer = self.read_until(b"\r\n\r\n").decode("latin-1")
        if not self.answer.startswith("HTTP/1.1 101 "):
            raise WireError(self.answer)
        if not re.search(rf"(?m)^(?i:Sec-WebSocket-Accept): {re.escape(accept)}\r$", self.answer):
            raise WireError(f"not the answer to this key: {self.answer}")
        agreed = re.search(r"(?im)^Sec-WebSocket-Extensions: *(.*)\r$", self.answer)
        if agreed:
            if not deflate:
                raise WireError(f"an extension that was not offered: {agreed[1]}")
            self.deflate = Deflate(agreed[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

# Bytes

    def _read_more(self):
        try:
            data = self.socket.recv(1 << 18)
        except TimeoutError:
            raise WireError("nothing came") from None
        if not data:
            raise EOFError
        self._unread += data

    def _take(self, count):
        while len(self._unread) < count:
            self._read_more()
        taken = bytes(self._unread[:count])
        del self._unread[:count]
        return taken

    def read_until(self, end):
        while (found := self._unread.find(end)) < 0:
            self._read_more()
        return self._take(found + len(end))

    def at_end(self):
        """Whether the server closes the connection without sending anything more; a reset does not count."""
        try:
            self._take(1)
        except EOFError:
            return True
        return False

    def reset(self):
        """Ends the connection with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

# Frames

    def send(self, opcode, payload=b"", **how):
        self.socket.sendall(encode(opcode, payload, **how))

    def read_frame(self):
        first, second = self._take(2)
        fin, rsv, opcode, length = bool(first & 0x80), first >> 4 & 7, first & 15, second & 0x7F
        if second & 0x80:
            raise WireError("a server must not mask")
        if length == 126:
            (length,) = struct.unpack(">H", self._take(2))
            if length < 126:
                raise WireError("the length is not in its shortest form")
        elif length == 127:
            (length,) = struct.unpack(">Q", self._take(8))
            if length < 65536:
                raise WireError("the length is not in its shortest form")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise WireError(f"opcode {opcode} is not defined")
        if opcode >= CLOSE and (not fin or length > 125):
            raise WireError("a control frame is fragmented or too long")
        if rsv not in (0, 4) or (rsv and (self.deflate is None or opcode not in (TEXT, BINARY))):
            raise WireError(f"reserved bits {rsv} were not agreed on")
        payload = self._take(length)
        if opcode == CLOSE:
            if length == 1:
                raise WireError("half a close code")
            payload[2:].decode()
        return Frame(opcode, payload, fin, rsv)

# Messages

    def send_message(self, opcode, payload, *, compress=True, fragment=None):
        """One message, compressed if that was agreed, in frames of at most `fragment` bytes."""
        rsv = 0
        if self.deflate and compress:
            payload, rsv = self.deflate.compress(payload), 4
        step = fragment or max(len(payload), 1)
        pieces = [payload[i : i + step] for i in range(0, len(payload), step)] or [b""]
        frames = []
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            first = number == 0
            frames.append(encode(opcode if first else CONTINUATION, piece, fin=last,
                                 rsv=rsv if first else 0))
        self.socket.sendall(b"".join(frames))

    def read_message(self):
        """The next control frame, or the next message as one frame."""
        frame = self.read_frame()
        if frame.opcode >= CLOSE:
            return frame
        if frame.opcode == CONTINUATION:
            raise WireError("a continuation without a message")
        pieces = [frame.payload]
        while not frame.fin:
            rest = self.read_frame()
            if rest.opcode >= CLOSE:
                continue
            if rest.opcode != CONTINUATION:
                raise WireError("a message inside a message")
            pieces.append(rest.payload)
            frame.fin = rest.fin
        frame.payload = b"".join(pieces)
        if frame.rsv:
            frame.payload, frame.rsv = self.deflate.decompress(frame.payload), 0
        if frame.opcode == TEXT:
            frame.payload.decode()
        return frame
