#!/usr/bin/env python3
"""Tries the configurations of doc/deploy: ws-demo behind nginx and behind Caddy, on loopback.

    try_proxies.py PROGRAM CONFIG_DIR [--only nginx|caddy]

The files are those that are shipped; only addresses, certificates and, where a trial would take
long, times are replaced, and each replacement must find its place. Exit status: 0, 1 when
something was not so, 77 where neither proxy is installed (a missing one is said and left out).
"""

import argparse
import os
import pathlib
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import wire  # noqa: E402
from server_process import Server  # noqa: E402

HOST = "app.example.com"
OWN = ("Origin", f"https://{HOST}")
MANY = 1000
SKIPPED = 77
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


class Failed(Exception):
    """Something was not as doc/deploy.md says."""


def expect(so, text):
    if not so:
        raise Failed(text)


def wait_until(condition, what, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.02)


def replace(text, replacements):
    """Each of them once: what is not there, or there twice, is no longer the file that is known."""
    for old, new in replacements.items():
        expect(text.count(old) == 1, f"{text.count(old)} times in the configuration: {old!r}")
        text = text.replace(old, new)
    return text


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return unused.getsockname()[1]


def get(connection, target, host):
    """The status of the answer."""
    with connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                           .encode())
        answer = b""
        while data := connection.recv(1 << 16):
            answer += data
    return int(answer.split(b" ", 2)[1])


class Peer(wire.Peer):
    """A WebSocket client that calls the server by its public name."""

    def __init__(self, connection, *, host=HOST, fields=()):
        self.socket = connection
        self._unread = bytearray()
        self.deflate = None
        request, accept = wire.handshake_request(host, "/ws", fields)
        self.socket.sendall(request)
        self.answer = self.read_until(b"\r\n\r\n").decode("latin-1")
        if not self.answer.startswith("HTTP/1.1 101 "):
            self.socket.close()
            raise wire.WireError(self.answer)
        expect(f"sec-websocket-accept: {accept}\r\n".lower() in self.answer.lower(), self.answer)

    def read_close_code(self):
        while (frame := self.read_message()).opcode != wire.CLOSE:
            pass
        return frame.close_code


class Proxy:
    """A proxy in front of ws-demos, in a scratch directory; ended by `with`."""

    def __init__(self, configs, scratch, servers, changes):
        self.scratch = scratch
        self.port = free_port()
        self.plain_port = free_port()
        text = (configs / self.file).read_text()
        text = self.adapt(text, [server.port for server in servers])
        (scratch / self.file).write_text(replace(text, changes))
        self.log = (scratch / "log").open("wb+")
        self.process = self.start()

    def __enter__(self):
        wait_until(self.listens, f"{self.name} listens; it said:\n{self.said()}")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)  # a session of its own
            self.process.wait()
        self.log.close()

    def said(self):
        return (self.scratch / "log").read_text(errors="backslashreplace")

    def listens(self):
        expect(self.process.poll() is None, f"{self.name} ended:\n{self.said()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def spawn(self, *command, **environment):
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                stderr=self.log, start_new_session=True, cwd=self.scratch,
                                env=os.environ | environment)

    def check(self, *command, **environment):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=20, cwd=self.scratch, env=os.environ | environment)
        expect(done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}")

    def connect(self, *, receive_buffer=None):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(wire.PATIENCE)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def peer(self, *, host=HOST, fields=(OWN,), **how):
        return Peer(self.connect(**how), host=host, fields=fields)

    def refusal(self, **how):
        """The status with which an upgrade is refused; None where it is not."""
        try:
            self.peer(**how).socket.close()
        except wire.WireError as error:
            return int(str(error).split(" ", 2)[1])
        return None


class Nginx(Proxy):
    name, file = "nginx", "nginx.conf"
    program = shutil.which("nginx", path=SYSTEM_PATH)
    needs = {"nginx": program, "openssl": shutil.which("openssl")}

    def adapt(self, text, ports):
        ports = ports + [0]
        second = f"server 127.0.0.1:{ports[1]} max_fails=0;" if ports[1] else ""
        certificate, key = self.make_certificate()
        self.tls = ssl.create_default_context(cafile=certificate)
        return replace(text, {
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen [::]:80;": "",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "listen [::]:443 ssl http2;": "",
            "/etc/letsencrypt/live/app.example.com/fullchain.pem": certificate,
            "/etc/letsencrypt/live/app.example.com/privkey.pem": key,
            "# server 127.0.0.1:9002 max_fails=0;": second,
            "server 127.0.0.1:9001 ": f"server 127.0.0.1:{ports[0]} ",
        })

    def make_certificate(self):
        certificate, key = str(self.scratch / "certificate.pem"), str(self.scratch / "key.pem")
        self.check("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
                   "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate)
        return certificate, key

    def start(self):
        # What nginx.conf says belongs into the main file, and nothing else that matters.
        user = "user root;" if os.geteuid() == 0 else ""  # the scratch directory is for nobody else
        (self.scratch / "main.conf").write_text(f"""{user}
            daemon off;
            pid nginx.pid;
            error_log stderr;
            worker_processes 2;
            events {{ worker_connections 4096; }}
            http {{
              access_log off;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
              uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              include {self.file};
            }}""")
        command = [self.program, "-p", str(self.scratch), "-e", "stderr", "-c", "main.conf"]
        self.check(*command, "-t", "-q")
        return self.spawn(*command)

    def connect(self, **how):
        connection = super().connect(**how)
        connection = self.tls.wrap_socket(connection, server_hostname=HOST)
        connection.settimeout(wire.PATIENCE)
        return connection


class Caddy(Proxy):
    name, file = "caddy", "Caddyfile"
    program = shutil.which("caddy", path=SYSTEM_PATH)
    needs = {"caddy": program}

    def adapt(self, text, ports):
        upstreams = " ".join(f"127.0.0.1:{port}" for port in ports)
        text = replace(text, {
            "\napp.example.com {\n": f"\nhttp://app.example.com:{self.port} {{\n",
            "reverse_proxy 127.0.0.1:9001 {\n": f"reverse_proxy {upstreams} {{\n",
        })
        return "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n" + text

    def start(self):
        home = {name: str(self.scratch) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        options = ["--config", self.file, "--adapter", "caddyfile"]
        self.check(self.program, "validate", *options, **home)
        return self.spawn(self.program, "run", *options, **home)


class Stage:
    """Sets up a proxy and what is behind it for one trial."""

    def __init__(self, proxy, program, configs):
        self.proxy, self.program, self.configs = proxy, program, configs
        self.scratch, self.servers, self.running = None, [], None

    def up(self, *options, count=1, changes=None):
        self.scratch = tempfile.TemporaryDirectory(prefix="ws-demo-proxy-")
        self.servers = [Server(self.program, "--allow-host", HOST, *options)
                        for _ in range(count)]
        changes = (changes or {}).get(self.proxy, {})
        self.running = self.proxy(self.configs, pathlib.Path(self.scratch.name), self.servers,
                                  changes)
        return self.running.__enter__()

    def down(self):
        if self.running:
            self.running.__exit__()
        for server in self.servers:
            server.__exit__()
        if self.scratch:
            self.scratch.cleanup()


def is_ready(server):
    connection = socket.create_connection(("127.0.0.1", server.port), wire.PATIENCE)
    return get(connection, "/readyz", "localhost") == 200


def count_opened(server):
    return sum(" peer opened " in line for line in list(server.log))


# The trials


def try_events_and_echoes(stage):
    proxy = stage.up("--interval", "100ms")
    with proxy.peer() as peer:
        start = time.monotonic()
        for _ in range(6):
            expect(peer.read_message().payload.startswith(b'{"topic":"random"'), "no event")
        lasted = time.monotonic() - start
        expect(0.4 < lasted < 3, f"six events, 100 ms apart, took {lasted:.2f} s")
        for opcode, payload in ((wire.TEXT, b"hello"), (wire.BINARY, os.urandom(300_000))):
            peer.send(opcode, payload)
            while (frame := peer.read_message()).payload.startswith(b'{"topic"'):
                pass
            expect((frame.opcode, frame.payload) == (opcode, payload), "not the echo")


def try_an_event_stream(stage):
    proxy = stage.up("--interval", "200ms")
    with proxy.connect() as connection:
        start = time.monotonic()
        connection.sendall(f"GET /events HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        received = b""
        while received.count(b'data: {"topic":"random"') < 4:
            received += connection.recv(65536)
        lasted = time.monotonic() - start
        expect(received.startswith(b"HTTP/1.1 200 "), f"{received[:100]}")
        expect(0.4 < lasted < 3, f"four events, 200 ms apart, took {lasted:.2f} s: held back?")


def try_who_may_connect(stage):
    proxy = stage.up()
    expect(proxy.refusal(fields=[OWN]) is None, "the page itself may not connect")
    expect(proxy.refusal(fields=[]) is None, "a program may not connect")
    expect(proxy.refusal(fields=[("Origin", "https://evil.example")]) == 403, "a foreign page may")
    expect(proxy.refusal(fields=[("Origin", f"https://{HOST}:8443")]) == 403,
           "a page of another port may")
    expect(proxy.refusal(host=f"{HOST}:8443", fields=[("Origin", f"https://{HOST}:8443")]) is None,
           "the page itself, on another port, may not connect")


def try_what_is_public(stage):
    proxy = stage.up()
    for target in ("/", "/healthz"):
        expect(get(proxy.connect(), target, HOST) == 200, target)
    for target in ("/metrics", "/metrics?x", "/metrics#x", "/metrics/", "/METRICS", "//metrics",
                   "/%6detrics", "/./metrics", "/x/../metrics", f"http://{HOST}/metrics",
                   "/publish", "/publish?x", "//publish", "/topics/prices", "/topics%2fprices"):
        status = get(proxy.connect(), target, HOST)
        expect(status in (400, 404), f"{target}: {status}")


def try_silence(stage):
    # Nothing but pings, each second; the proxy's patience is less than two of them.
    proxy = stage.up("--interval", "0", "--idle-timeout", "2s",
                     changes={Nginx: {"proxy_read_timeout 60s;": "proxy_read_timeout 1800ms;"}})
    with proxy.peer() as alive, proxy.peer() as dead:
        end = time.monotonic() + 3.5
        pings = 0
        while time.monotonic() < end:
            frame = alive.read_frame()
            expect(frame.opcode == wire.PING, f"opcode {frame.opcode}")
            alive.send(wire.PONG, frame.payload)
            pings += 1
        expect(2 <= pings <= 5, f"{pings} pings")
        wait_until(lambda: any("nothing came back" in line for line in stage.servers[0].log),
                   "the client that answers no ping is dropped", 2)
        dead.read_frame()
        expect(dead.at_end(), "the proxy keeps the client that was dropped")


def try_a_client_that_does_not_read(stage):
    # Behind nginx it is nginx that notices, behind Caddy ws-demo.
    proxy = stage.up("--interval", "0", "--write-timeout", "60s" if stage.proxy is Nginx else "1s",
                     changes={Nginx: {" send_timeout 10s;": " send_timeout 1s;"}})
    with proxy.peer(receive_buffer=4096) as peer:
        peer.socket.settimeout(1)
        sent = 0
        try:
            while True:
                peer.send(wire.BINARY, bytes(1 << 16))
                sent += 1
                expect(sent < 2000, "nothing holds up a client that does not read")
        except OSError:  # no more fits
            pass
        wait_until(lambda: any(" peer closed " in line for line in stage.servers[0].log),
                   "it is dropped")


def try_two_and_stop_one(stage):
    proxy = stage.up("--interval", "0", "--drain-spread", "1s", "--shutdown-timeout", "1s", count=2,
                     changes={Caddy: {"health_interval 1s": "health_interval 100ms"}})
    first, second = stage.servers
    peers = [proxy.peer() for _ in range(6)]
    wait_until(lambda: count_opened(first) + count_opened(second) == 6, "all are there")
    expect(count_opened(first) == 3, f"{count_opened(first)} of 6 went to the first")
    first.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not is_ready(first), "the first drains")
    if stage.proxy is Caddy:
        time.sleep(0.5)  # by then it has asked /readyz
    peers += [proxy.peer() for _ in range(10)]
    expect(first.process.poll() is None, "the first has gone too early for this trial")
    wait_until(lambda: first.process.poll() is not None, "the first has drained")
    expect(first.process.returncode == 0, f"exit status {first.process.returncode}")
    peers += [proxy.peer() for _ in range(4)]
    wait_until(lambda: count_opened(second) == 17, f"of 17 there are {count_opened(second)}")
    second.process.send_signal(signal.SIGTERM)
    codes = [peer.read_close_code() for peer in peers]
    expect(codes == [1001] * 20, f"close codes {codes}")
    for peer in peers:
        peer.socket.close()


def try_both_are_full(stage):
    proxy = stage.up("--max-peers", "1", count=2,
                     changes={Caddy: {"health_interval 1s": "health_interval 100ms"}})
    with proxy.peer(), proxy.peer():
        statuses = [proxy.refusal() for _ in range(4)]
        expect(statuses == [503] * 4, f"not always 503: {statuses}")
    wait_until(lambda: proxy.refusal() is None, "they take peers again", 2)


def try_many(stage):
    proxy = stage.up("--interval", "10s", "--drain-spread", "1s",
                     changes={Nginx: {"ws_demo_address 100;": f"ws_demo_address {MANY};"}})
    peers = [proxy.peer() for _ in range(MANY)]
    for peer in peers:
        expect(peer.read_message().opcode == wire.TEXT, "no event")
    if stage.proxy is Nginx:
        expect(proxy.refusal() == 429, "one over limit_conn")
    start = time.monotonic()
    stage.servers[0].process.send_signal(signal.SIGTERM)
    times = []
    for peer in peers:
        expect(peer.read_close_code() == 1001, "not 1001")
        times.append(time.monotonic() - start)
        peer.send(wire.CLOSE, wire.close_payload(1001))
        peer.socket.close()
    expect(stage.servers[0].process.wait(wire.PATIENCE) == 0, "exit status")
    expect(times[0] < 0.5 and 0.8 < times[-1] < 4, f"closes from {times[0]:.2f} to {times[-1]:.2f}")


TRIALS = {name.removeprefix("try_").replace("_", " "): trial
          for name, trial in list(globals().items()) if name.startswith("try_")}


def run(proxy, program, configs):
    """The names of the trials that failed."""
    failures = []
    for name, trial in TRIALS.items():
        stage = Stage(proxy, program, configs)
        start = time.monotonic()
        try:
            trial(stage)
            outcome = "ok"
        except (Failed, wire.WireError, EOFError, OSError, subprocess.SubprocessError) as error:
            failures.append(f"{proxy.name}: {name}")
            outcome = f"{type(error).__name__}: {error}"
            if stage.running:
                outcome += f"\n{stage.running.said()}"
        finally:
            stage.down()
        print(f"{proxy.name:8}{name:36}{time.monotonic() - start:6.1f} s  {outcome}", flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser(description="Tries doc/deploy's proxies in front of ws-demo.")
    parser.add_argument("program", help="the path of ws-demo")
    parser.add_argument("configs", type=pathlib.Path, help="the path of doc/deploy")
    parser.add_argument("--only", choices=["nginx", "caddy"])
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and ends what it has started
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    failures, tried = [], 0
    for proxy in (Nginx, Caddy):
        if arguments.only not in (None, proxy.name):
            continue
        missing = [name for name, path in proxy.needs.items() if not path]
        if missing:
            print(f"{proxy.name:8}left out: no {', '.join(missing)} here")
            continue
        tried += 1
        failures += run(proxy, os.path.abspath(arguments.program), arguments.configs)
    if failures:
        print(f"FAILED: {', '.join(failures)}")
        return 1
    return 0 if tried else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
