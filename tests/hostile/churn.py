#!/usr/bin/env python3
"""Opens and closes a hundred thousand peers, which must leave nothing behind in the server:

    churn.py PROGRAM [--connections 100000] [--sanitized]

They end in turn with a close, a FIN and a reset. At the end the server must not use more memory
than after the first tenth of them, no descriptor must be left open, and its log must have the end
of each peer. Exit status: 0, or 1 if a check failed.
"""

import argparse
import socket
import sys
import time

from checks import (
    MIB, Failed, check_log, descriptors_when_alone, expect_clean_stop, expect_descriptors,
    explaining_a_crash,
)
from attacks.arena import reset
import wire
from server_process import Server, raise_descriptor_limit

AT_ONCE = 32
MOST_LEFT = 2 * MIB  # more memory at the end than after the first tenth
# A connection that this side ends first keeps its port for a minute, so more addresses are needed.
ADDRESSES = [f"127.0.0.{number}" for number in range(2, 34)]
CLOSE_FRAME = wire.encode(wire.CLOSE, wire.close_payload(1000))
CLOSE_ANSWER = wire.encode(wire.CLOSE, wire.close_payload(1000), masked=False)


def connect(port, number, request):
    """Requests the upgrade, without waiting for the answer."""
    connection = socket.socket()
    connection.settimeout(wire.PATIENCE)
    connection.bind((ADDRESSES[number % len(ADDRESSES)], 0))
    connection.connect(("127.0.0.1", port))
    connection.sendall(request)
    return connection


def expect_answer(connection, accept):
    received = b""
    while b"\r\n\r\n" not in received:
        data = connection.recv(4096)
        if not data:
            raise Failed(f"an incomplete answer: {received!r}")
        received += data
    if accept not in received:
        raise Failed(f"not the answer to the handshake: {received!r}")


def read_to_end(connection):
    received = b""
    while data := connection.recv(4096):
        received += data
    return received


def end_by_close(connection):
    connection.sendall(CLOSE_FRAME)
    received = read_to_end(connection)
    if not received.endswith(CLOSE_ANSWER):
        raise Failed(f"a close was not answered with one: {received!r}")
    connection.close()


def end_by_fin(connection):
    connection.shutdown(socket.SHUT_WR)
    read_to_end(connection)  # closing a socket with unread bytes would send a reset
    connection.close()


ENDS = (end_by_close, end_by_fin, reset)


def churn(port, count):
    """Opens and closes `count` peers; returns how many per second."""
    request, accept = wire.handshake_request(f"127.0.0.1:{port}")
    began = time.monotonic()
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        connections = [connect(port, number, request) for number in numbers]
        for connection in connections:
            expect_answer(connection, accept.encode())
        for number, connection in zip(numbers, connections):
            ENDS[number % len(ENDS)](connection)
    return count / (time.monotonic() - began)


def settled_memory(server, descriptors):
    """The memory that the server uses once all peers have left."""
    expect_descriptors(server, descriptors)
    return server.resident_bytes()


def run(program, count, *, check_memory):
    """Raises Failed if something is left behind."""
    with Server(program) as server, explaining_a_crash(server):
        port, alone = server.port, descriptors_when_alone(server)
        churn(port, count // 10)
        before = settled_memory(server, alone)
        rate = churn(port, count - count // 10)
        left = settled_memory(server, alone) - before
        expect_clean_stop(server)
    print(f"{count} connections, {rate:.0f} a second; memory: {before / MIB:.1f} MiB after the"
          f" first tenth, {left / MIB:+.2f} MiB at the end", flush=True)
    if check_memory and left > MOST_LEFT:
        raise Failed("that is too much")
    opened = check_log(server)
    if opened != count + 1:  # one more, by descriptors_when_alone()
        raise Failed(f"the log has {opened} peers")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Opens and closes very many peers.")
    parser.add_argument("program", help="the path of ws-demo")
    parser.add_argument("--connections", type=int, default=100_000)
    parser.add_argument("--sanitized", action="store_true", help="memory is not judged")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    raise_descriptor_limit()
    try:
        run(arguments.program, arguments.connections, check_memory=not arguments.sanitized)
    except (Failed, OSError, wire.WireError) as error:
        print(f"FAILED: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
