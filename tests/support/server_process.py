"""Starts a ws-demo as a process of its own, reads its log, and measures what the process uses."""

import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

import wire


class Server:
    """A ws-demo on a free port, or on the Unix-domain socket of an option --host unix:PATH; ended by
    stop() or at the end of the `with` block.
    """

    def __init__(self, program, *options, environment=None):
        # A file and not a pipe: when a pipe is full, the server drops log lines.
        self._stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [program, "--port", "0", *options],
            stdin=subprocess.DEVNULL,
            stderr=self._stderr,
            env=os.environ | (environment or {}),
        )
        self._address = None
        self._whole_log = None  # after it has ended

    @property
    def log(self):
        """The lines written so far."""
        if self._whole_log is not None:
            return self._whole_log
        size = os.fstat(self._stderr.fileno()).st_size
        return os.pread(self._stderr.fileno(), size, 0).decode("utf-8", "backslashreplace").splitlines()

    def logged(self, kind):
        """How many lines of this kind the log has, and how many it says were left out."""
        lines = [line for line in list(self.log) if f" {kind} " in line]
        left_out = [int(match[1]) for line in lines if (match := re.search(r" not_logged=(\d+)$", line))]
        return len(lines) - len(left_out) + sum(left_out)

    @property
    def address(self):
        """Where it listens, once it does: "127.0.0.1:9001", "unix:/run/ws-demo/sock"."""
        deadline = time.monotonic() + wire.PATIENCE
        while self._address is None:
            has_ended = self.process.poll() is not None
            log = "\n".join(self.log)
            listening = re.search(r"(?m)listening on (?:ws://)?(.+)$", log)
            if listening:
                self._address = listening[1]
            elif has_ended or time.monotonic() > deadline:
                raise wire.WireError("the server does not listen:\n" + log)
            else:
                time.sleep(0.01)
        return self._address

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])

    def connect(self):
        is_unix = self.address.startswith("unix:")
        connection = socket.socket(socket.AF_UNIX if is_unix else socket.AF_INET)
        connection.settimeout(wire.PATIENCE)
        connection.connect(self.address.removeprefix("unix:") if is_unix else ("127.0.0.1", self.port))
        return connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._whole_log = self.log
        self._stderr.close()

    def stop(self, signal_number=signal.SIGTERM, timeout=wire.PATIENCE):
        """Sends the signal and returns the exit status."""
        self.process.send_signal(signal_number)
        return self.process.wait(timeout)

    def resident_bytes(self):
        """The resident set size. proc(5), statm."""
        pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def metric(self, name):
        """The value in /metrics of a metric without labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=wire.PATIENCE) as answer:
            return float(re.search(rf"(?m)^{name} (\S+)$", answer.read().decode())[1])

    def longest_send_queue(self):
        """The most bytes that the kernel holds for one of those who are connected. proc(5), /proc/net/tcp."""
        sockets = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return max((int(fields[4].partition(":")[0], 16) for fields in sockets
                    if int(fields[1].partition(":")[2], 16) == self.port), default=0)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def raise_descriptor_limit():
    """Raises the soft limit of this process, which the servers inherit, to the hard limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
