"""Attacks with WebSocket frames."""

import contextlib
import time
import zlib

from attacks.arena import (
    MAX_MEMORY, MAX_MESSAGE_BYTES, MAX_PEERS, PEERS_OF_OTHERS, SMALL_BUFFER, expect_close, flood, for_a_while,
)
from checks import Failed
import wire

BURST_BYTES = 64 << 10


def flood_unread(arena):
    """floods of messages whose echoes are never read"""
    peers = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(20)]
    burst = wire.encode(wire.BINARY, bytes(BURST_BYTES))
    bursts = flood(peers, burst, read=False)
    arena.expect_all_dropped()
    return bursts


def sip(arena):
    """floods of messages whose echoes are read at a byte a second"""
    peers = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(20)]
    burst = wire.encode(wire.TEXT, b"x" * BURST_BYTES)
    bursts = flood(peers, burst, read=False)
    for _ in range(2):
        for peer in peers:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                peer.socket.recv(1)
        time.sleep(1)
    return bursts


def flood_of_pings(arena):
    """floods of pings; half of the peers read the pongs"""
    burst = b"".join(wire.encode(wire.PING, b"p" * 125) for _ in range(100))
    readers = [arena.peer() for _ in range(10)]
    others = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(10)]
    return 100 * (flood(readers, burst, read=True) + flood(others, burst, read=False))


def empty_fragments(arena):
    """empty fragments of messages that never end"""
    peers = [arena.peer() for _ in range(20)]
    for peer in peers:
        peer.send(wire.TEXT, fin=False)
    burst = b"".join(wire.encode(wire.CONTINUATION, fin=False) for _ in range(1000))
    return 1000 * flood(peers, burst, read=True)


def inflaters(arena):
    """floods of messages that inflate to much more than their peers send"""
    def message(size):
        deflate = zlib.compressobj(wbits=-15)
        zeros = deflate.compress(bytes(size)) + deflate.flush(zlib.Z_SYNC_FLUSH)[:-4]
        return wire.encode(wire.BINARY, zeros, rsv=4)

    burst = 100 * message(1000) + message(60_000)
    peers = [arena.peer(target="/?topic=none", deflate="permessage-deflate")
             for _ in range(MAX_PEERS // 2)]
    return 101 * flood(peers, burst, read=True)


def tiny_fragments(arena):
    """messages in fragments of one byte, until they are too big"""
    fragment = wire.encode(wire.CONTINUATION, b"x", fin=False)
    message = wire.encode(wire.TEXT, b"x", fin=False) + fragment * MAX_MESSAGE_BYTES
    for count in for_a_while():
        with wire.Peer(arena.port) as peer:
            peer.socket.sendall(message)
            expect_close(peer, 1009)
    return count * (MAX_MESSAGE_BYTES + 1)


def huge_lengths(arena):
    """frame headers with lengths of up to 2^63 bytes, without the payload"""
    for count in for_a_while():
        claimed = arena.chance.randrange(MAX_MESSAGE_BYTES + 1, 1 << arena.chance.randrange(20, 64))
        with wire.Peer(arena.port) as peer:
            peer.send(wire.BINARY, length=claimed)
            expect_close(peer, 1009)
    return count


def invalid_text(arena):
    """text that is not UTF-8"""
    wrong = (
        b"\xff",
        b"\xc3",  # a character's first half
        b"\xc0\xaf",  # not the shortest form
        b"\xed\xa0\x80",  # a surrogate
        b"\xf4\x90\x80\x80",  # beyond U+10FFFF
    )
    for count in for_a_while():
        text = b"x" * arena.chance.randrange(1000) + arena.chance.choice(wrong)
        with wire.Peer(arena.port) as peer:
            peer.send(wire.TEXT, text)
            expect_close(peer, 1007)
    return count


def unmasked_frames(arena):
    """frames that are not masked"""
    opcodes = (wire.TEXT, wire.BINARY, wire.PING, wire.PONG, wire.CLOSE)
    for count in for_a_while():
        with wire.Peer(arena.port) as peer:
            peer.send(arena.chance.choice(opcodes), b"\x03\xe8", masked=False)
            expect_close(peer, 1002)
    return count


def bad_closes(arena):
    """closes that RFC 6455 forbids"""
    # The RFC leaves 5000 and above undefined, and Beast accepts them.
    codes = (0, 999, 1004, 1005, 1006, 1015, 1016, 2999)
    payloads = [b"\x03", *map(wire.close_payload, codes)]
    for count in for_a_while():
        with wire.Peer(arena.port) as peer:
            peer.send(wire.CLOSE, arena.chance.choice(payloads))
            expect_close(peer, 1002)
    return count


def unfinished_messages(arena):
    """messages that lack their end, of as many peers as there may be, and more than memory for them"""
    message = wire.encode(wire.TEXT, b"x" * MAX_MESSAGE_BYTES)[:-1]
    peers = [arena.peer() for _ in range(MAX_PEERS - PEERS_OF_OTHERS)]
    if len(peers) * len(message) < MAX_MEMORY:
        raise Failed("that is not more than there is")
    for peer in peers:
        with contextlib.suppress(OSError):  # closed, because it holds most
            peer.socket.sendall(message)
    return len(peers)


def few_letters(arena):
    """texts of a few letters to be compressed, for which deflate takes longest"""
    peers = [arena.peer(deflate="permessage-deflate; client_max_window_bits") for _ in range(100)]
    texts = ["".join(arena.chance.choices("abcd", k=BURST_BYTES)).encode() for _ in range(4)]
    for peer in peers:
        for text in texts:
            peer.send_message(wire.TEXT, text, compress=False)
    for peer in peers:
        for text in texts:
            while (message := peer.read_message()).payload != text:
                if not message.payload.startswith(b'{"topic":"random"'):
                    raise Failed(f"not the echo: {message.payload[:100]!r}")
    return len(peers) * len(texts)


def damaged_deflate(arena):
    """compressed messages with some octets changed, or made of noise"""
    chance = arena.chance
    for count in for_a_while():
        compressor = zlib.compressobj(wbits=-15)
        text = bytes(chance.choices(b"abcdefgh", k=chance.randrange(BURST_BYTES)))
        stream = bytearray(compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)[:-4])
        for _ in range(chance.randrange(4)):
            stream[chance.randrange(len(stream))] = chance.randrange(256)
        if chance.random() < 0.2:
            stream = chance.randbytes(chance.randrange(1000))
        middle = chance.randrange(len(stream) + 1)
        message = wire.encode(wire.BINARY, stream[:middle], rsv=4, fin=False)
        message += wire.encode(wire.CONTINUATION, stream[middle:])
        with wire.Peer(arena.port, deflate="permessage-deflate") as peer:
            peer.socket.sendall(3 * message + wire.encode(wire.CLOSE, wire.close_payload(1000)))
            expect_close(peer, 1000, 1007, 1009)
    return 3 * count
