#!/usr/bin/env python3
"""Measures how fast a server acknowledges events, with its log in memory, in a file, and in NATS:

    acks.py WS_DEMO [--rounds 5] [--seconds 2] [--folder DIR] [--nats-server PROGRAM]

For each log, in turns: one publisher with one event at a time, 64 such publishers at once, and bulks of
10,000 events. Prints the median of the rounds. DIR is where the files are made, on the disk to measure.
"""

import argparse
import contextlib
import pathlib
import select
import socket
import statistics
import subprocess
import tempfile
import time

TOKEN = "bench"
PAYLOAD = b'"' + b"x" * 198 + b'"'
MOST_REQUESTS = 90  # on one connection: the server ends it after 100
BULK = 10_000


def request(path, kind, body):
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


ONE = request("/topics/bench", "application/json", PAYLOAD)
MANY = request("/publish", "application/x-ndjson", b'{"topic":"bench","payload":%s}\n' % PAYLOAD * BULK)


class Publisher:
    """Sends many requests at once. The server answers one before it reads the next."""

    def __init__(self, port):
        self._port = port
        self.socket = None
        self._left = 0
        self.send()

    def send(self):
        if self.socket:
            self.socket.close()
        self.socket = socket.create_connection(("127.0.0.1", self._port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(ONE * MOST_REQUESTS)
        self._left = MOST_REQUESTS

    def receive(self):
        """@returns how many answers have come"""
        answers = self.socket.recv(1 << 16)
        count = answers.count(b"HTTP/1.1 200 ")
        assert count == answers.count(b"HTTP/1.1 "), answers
        self._left -= count
        if self._left == 0:
            self.send()
        return count


def rate_of(port, publishers, seconds):
    """Acknowledgements a second."""
    all_of_them = {p.socket: p for p in (Publisher(port) for _ in range(publishers))}
    count = 0
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        for ready in select.select(list(all_of_them), (), ())[0]:
            publisher = all_of_them.pop(ready)
            count += publisher.receive()
            all_of_them[publisher.socket] = publisher
    for publisher in all_of_them.values():
        publisher.socket.close()
    return count / passed


def bulk_rate(port, seconds):
    count = 0
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while (passed := time.monotonic() - began) < seconds:
            connection.sendall(MANY)
            answer = connection.recv(1 << 16)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            count += BULK
    return count / passed


@contextlib.contextmanager
def running_nats(program, folder):
    """@returns the address of a NATS server that keeps what it stores in the folder"""
    command = [program, "--addr", "127.0.0.1", "--port", "-1", "--jetstream", "--store_dir", folder]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as nats:
        try:
            for line in nats.stderr:
                if "client connections on " in line:
                    address = line.split()[-1]
                if "Server is ready" in line:
                    break
            yield f"nats://{address}"
        finally:
            nats.kill()


def wait_until_ready(port):
    while True:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            if b" 200 " in connection.recv(1 << 16):
                return
        time.sleep(0.01)


def measure(program, log, seconds):
    command = [program, "--port", "0", "--interval", "0", *log]
    with subprocess.Popen(command, env={"WS_DEMO_PUBLISH_TOKEN": TOKEN}, stderr=subprocess.PIPE, text=True) as server:
        try:
            for line in server.stderr:
                if "listening on" in line:
                    port = int(line.rpartition(":")[2])
                    break
            wait_until_ready(port)
            return (rate_of(port, 1, seconds), rate_of(port, 64, seconds), bulk_rate(port, seconds))
        finally:
            server.terminate()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--folder", type=pathlib.Path, default=tempfile.gettempdir())
    parser.add_argument("--nats-server", default="/usr/sbin/nats-server")
    arguments = parser.parse_args()
    rates = {"memory": [], "file": [], "file, --event-log-sync": [], "NATS": []}
    for _ in range(arguments.rounds):
        for name, found in rates.items():
            with tempfile.TemporaryDirectory(dir=arguments.folder) as folder, contextlib.ExitStack() as stack:
                log = {
                    "memory": lambda: [],
                    "file": lambda: ["--event-log", f"{folder}/events.db"],
                    "file, --event-log-sync": lambda: ["--event-log", f"{folder}/events.db", "--event-log-sync"],
                    "NATS": lambda: ["--event-log", stack.enter_context(
                        running_nats(arguments.nats_server, folder))],
                }[name]()
                found.append(measure(arguments.program, log, arguments.seconds))
    print("| log | one at a time | 64 at once | in bulks of 10,000 |")
    print("| --- | --- | --- | --- |")
    for name, found in rates.items():
        medians = (statistics.median(column) for column in zip(*found))
        print(f"| {name} | " + " | ".join(f"{rate:,.0f}/s" for rate in medians) + " |")


if __name__ == "__main__":
    main()
