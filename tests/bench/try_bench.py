#!/usr/bin/env python3
"""Tests the load generator, against ws-demo and against servers that misbehave.

    try_bench.py WS_BENCH WS_DEMO

Exit status: 0, or 1 if a test failed.
"""

import base64
import contextlib
import hashlib
import json
import pathlib
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import wire  # noqa: E402 (found only by the line above)
from server_process import Server  # noqa: E402

BENCH, PROGRAM = sys.argv[1:3]
BRISK = ("--settle=0", "--timeout=5")
SHORT = ("--duration=0.5", *BRISK)


def bench(*arguments, environment=None):
    return subprocess.run([BENCH, *arguments], capture_output=True, text=True, timeout=60, env=environment)


class OfTheServer(unittest.TestCase):
    def measured(self, mode, *arguments, seconds=0.5, server=()):
        """The figures of one run, which must have found nothing wrong."""
        token = {"WS_DEMO_PUBLISH_TOKEN": "known"}
        with Server(PROGRAM, *server, environment=token) as running:
            address = (f"--port={running.port}", f"--pid={running.process.pid}")
            done = bench(mode, *address, *BRISK, f"--duration={seconds}", *arguments, "--json", environment=token)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        told = json.loads(done.stdout)
        self.assertEqual(told["mode"], mode)
        self.assertEqual(told["lost_peers"], 0)
        return told

    def test_push(self):
        told = self.measured("push", "--peers=20", seconds=2.5)
        self.assertEqual((told["peers"], told["lost"], told["doubled"]), (20, 0, 0))
        self.assertIn(told["messages"], range(20 * 2, 20 * 3 + 1))
        self.assertGreater(told["server_cpu_us_per_message"], 0)

    def test_fanout(self):
        told = self.measured("fanout", "--peers=20", "--events=20")
        self.assertEqual(told["deliveries"], told["events"] * 20)
        self.assertEqual((told["lost"], told["out_of_order"]), (0, 0))

    def test_fanout_compressed(self):
        sizes = []
        for more in ((), ("--deflate",)):
            told = self.measured("fanout", "--peers=5", "--events=20", "--size=4096", *more, server=("--deflate",))
            sizes.append(told["frame_bytes_per_delivery"])
        self.assertGreater(sizes[0], 4096)
        self.assertLess(sizes[1], sizes[0] / 2)

    def test_echo(self):
        for size in (1, 128, 200_000):
            told = self.measured("echo", "--peers=3", f"--size={size}", "--pipeline=4")
            self.assertGreater(told["messages"], 0)
            self.assertEqual((told["wrong"], told["lost"]), (0, 0))

    def test_churn(self):
        told = self.measured("churn", "--at-once=4")
        self.assertGreater(told["connections"], 0)

    def test_a_push_that_does_not_come_is_lost(self):
        with Server(PROGRAM, "--interval=1s") as server:
            done = bench("push", f"--port={server.port}", *SHORT, "--peers=2", "--interval=0.1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("pushes were lost", done.stderr)

    def test_a_server_that_takes_no_more_peers_is_told(self):
        with Server(PROGRAM, "--max-peers=2") as server:
            done = bench("push", f"--port={server.port}", *SHORT, "--peers=3")
        self.assertEqual(done.returncode, 1)
        self.assertIn("503 Service Unavailable", done.stderr)

    def test_without_a_token_it_says_so(self):
        with Server(PROGRAM) as server:
            done = bench("fanout", f"--port={server.port}", *SHORT, "--peers=1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("403 Forbidden", done.stderr)


class OfOthers(unittest.TestCase):
    @contextlib.contextmanager
    def server_that_sends(self, frames):
        """A server that upgrades one connection and then sends these frames."""

        def serve():
            connection, _ = listener.accept()
            with connection:
                head = connection.recv(4096).decode()
                key = head.partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]
                accept = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
                connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                   b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
                                   + base64.b64encode(accept) + b"\r\n\r\n" + frames)
                connection.recv(4096)

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=serve)
            thread.start()
            yield listener.getsockname()[1]
            thread.join(wire.PATIENCE)

    def test_frames_that_are_none_are_told(self):
        for frames, complaint in ((b"\xa1\x00", "reserved bits"), (b"\xc1\x00", "compressed"),
                                  (b"\x81\x81abcdx", "masked"),
                                  (b"\x83\x00", "unknown type"), (b"\x81\x05hello", "no events"),
                                  (b"\x81\x7f\x7f" + bytes(7), "bytes"), (b"\x88\x02\x03\xf3", "1011")):
            with self.subTest(complaint), self.server_that_sends(frames) as port:
                done = bench("push", f"--port={port}", *SHORT, "--peers=1")
                self.assertEqual(done.returncode, 1)
                self.assertIn(complaint, done.stderr)

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        done = bench("echo", f"--port={port}", *SHORT, "--peers=1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Connection refused", done.stderr)


class OfTheCommandLine(unittest.TestCase):
    def test_what_is_wrong_is_one_line_and_status_2(self):
        for arguments in ((), ("pusch",), ("push", "--peers=0"), ("echo", "--size=x"), ("push", "--host=a"),
                          ("push", "--pid=999999999"), ("push", "--path=x"),
                          ("echo", "--size=60000000", "--pipeline=1000")):
            with self.subTest(arguments):
                done = bench(*arguments)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_help(self):
        done = bench("fanout", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("--events", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
