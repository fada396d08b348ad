"""WebSocket as bytes on a TCP connection (RFC 6455, RFC 7692), for peers that tests write by hand.

Standard library only. Nothing here checks what a test sends, and everything it receives is checked
strictly: a frame that a server must not send raises WireError. Every wait ends after PATIENCE.
"""

import base64
import dataclasses
import hashlib
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request
import zlib

PATIENCE = 20.0  # seconds; only a failure ever waits this long

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class WireError(Exception):
    """What came is not what a server may send, or nothing came in time."""


def apply_mask(payload, key):
    """RFC 6455 section 5.3; masking and unmasking are the same."""
    if not payload:
        return b""
    mask = (key * (len(payload) // 4 + 1))[: len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")
    return masked.to_bytes(len(payload), "big")


def encode(opcode, payload=b"", *, fin=True, rsv=0, masked=True, length=None, length_form=None):
    """A client's frame. RFC 6455 section 5.2.

    rsv: three bits, 4 is RSV1. length: what the header claims, where that is not the truth.
    length_form: 7, 16 or 64, where it is not the shortest.
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
        """None where a close carries no code (section 5.5.1)."""
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


class Deflate:
    """Both directions of permessage-deflate as the server agreed to it. RFC 7692 section 7."""

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
        """One message; whoever has so many of its pieces can inflate as many of the payload's."""
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


class Peer:
    """A WebSocket client on a blocking socket. `deflate` is an offer, e.g. "permessage-deflate"."""

    def __init__(self, port, target="/", *, deflate=None, fields=(), receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(("127.0.0.1", port))
        self._unread = bytearray()
        self.deflate = None
        fields = list(fields)
        if deflate:
            fields.append(("Sec-WebSocket-Extensions", deflate))
        request, accept = handshake_request(f"127.0.0.1:{port}", target, fields)
        self.socket.sendall(request)
        self.answer = self.read_until(b"\r\n\r\n").decode("latin-1")
        if not self.answer.startswith("HTTP/1.1 101 "):
            raise WireError(self.answer)
        if f"Sec-WebSocket-Accept: {accept}\r\n" not in self.answer:
            raise WireError(f"not the answer to this key: {self.answer}")
        agreed = re.search(r"(?im)^Sec-WebSocket-Extensions: *(.*)\r$", self.answer)
        if agreed:
            if not deflate:
                raise WireError(f"an extension nobody offered: {agreed[1]}")
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
        """Whether the connection ends here, with nothing (more) said; a reset is no end."""
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
            raise WireError("a server does not mask")
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
            raise WireError("a control frame is whole and short")
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
        """One message, compressed where that was agreed, in frames of at most `fragment` bytes."""
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
        """The next frame that is not part of a message, or the next message as one frame."""
        frame = self.read_frame()
        if frame.opcode >= CLOSE:
            return frame
        if frame.opcode == CONTINUATION:
            raise WireError("a continuation of nothing")
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


class Server:
    """A ws-demo of one's own on a port of the system's choice, ended by stop() or `with`."""

    def __init__(self, program, *options, environment=None):
        # A file and no pipe: the server loses lines of its log rather than wait for who reads it.
        self._stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [program, "--port", "0", *options],
            stdin=subprocess.DEVNULL,
            stderr=self._stderr,
            env=os.environ | (environment or {}),
        )
        self._port = None
        self._whole_log = None  # once it has ended

    @property
    def log(self):
        """Its lines so far."""
        if self._whole_log is not None:
            return self._whole_log
        size = os.fstat(self._stderr.fileno()).st_size
        return os.pread(self._stderr.fileno(), size, 0).decode("utf-8", "backslashreplace").splitlines()

    @property
    def port(self):
        deadline = time.monotonic() + PATIENCE
        while self._port is None:
            has_ended = self.process.poll() is not None
            log = "\n".join(self.log)
            listening = re.search(r"(?m)listening on ws://\S+:(\d+)$", log)
            if listening:
                self._port = int(listening[1])
            elif has_ended or time.monotonic() > deadline:
                raise WireError("the server does not listen:\n" + log)
            else:
                time.sleep(0.01)
        return self._port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._whole_log = self.log
        self._stderr.close()

    def stop(self, signal_number=signal.SIGTERM, timeout=PATIENCE):
        """Asks it to end; its exit status."""
        self.process.send_signal(signal_number)
        return self.process.wait(timeout)

    def resident_bytes(self):
        """What of its memory is in RAM now. proc(5), statm."""
        pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def metric(self, name):
        """What it says itself, of a metric without labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
            return float(re.search(rf"(?m)^{name} (\S+)$", answer.read().decode())[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cpu_seconds(self):
        """User and system time it has used. proc(5), stat."""
        text = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
