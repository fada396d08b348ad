"""Proxies in front of ws-demos, on loopback: nginx and Caddy with the configurations of doc/deploy,
and one in Node that compresses.

Importing this also makes the modules of tests/support importable.
"""

import itertools
import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import wire  # noqa: E402 (found only by the line above)

HOST = "app.example.com"
OWN = ("Origin", f"https://{HOST}")
candidate_ports = itertools.count(random.randrange(10_000, 32_000))
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


class Failed(Exception):
    """The proxy or the server did not do what doc/deploy.md says."""


def expect(so, text):
    if not so:
        raise Failed(text)


def wait_until(condition, what, seconds=wire.PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.02)


def replace(text, replacements):
    """Replaces each text, which must be there exactly once: otherwise the file has changed."""
    for old, new in replacements.items():
        expect(text.count(old) == 1, f"{text.count(old)} times in the configuration: {old!r}")
        text = text.replace(old, new)
    return text


def free_port():
    """Below those that the system chooses: until the proxy listens, it could give one to a connection."""
    for port in candidate_ports:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


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
    """A WebSocket client of the server's public name, on a connection to the proxy."""

    def __init__(self, connection, *, host=HOST, fields=()):
        try:
            self._upgrade(connection, host, "/ws", fields)
        except wire.WireError:
            connection.close()
            raise

    def read_close_code(self):
        while (frame := self.read_message()).opcode != wire.CLOSE:
            pass
        return frame.close_code


class Proxy:
    """A proxy in front of some ws-demos, in a scratch directory; ended by `with`."""

    trials = None  # the names of those that are for it; None for all
    seen_as = "127.0.0.1"  # by the servers, as --trusted-proxy has it

    @staticmethod
    def server_options(_):
        """With which it can reach a server. The path is free for a socket."""
        return ["--allow-host", HOST]

    def __init__(self, configs, scratch, servers, changes=None):
        self.scratch = scratch
        self.port = free_port()
        self.plain_port = free_port()
        text = (configs / self.file).read_text()
        text = self.adapt(text, servers)
        (scratch / self.file).write_text(replace(text, changes or {}))
        self.log = (scratch / "log").open("wb+")
        self.process = self.start()

    def __enter__(self):
        wait_until(self.listens, f"{self.name} listens; its output:\n{self.output()}")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(wire.PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)  # it has a session of its own
            self.process.wait()
        self.log.close()

    def output(self):
        return (self.scratch / "log").read_text(errors="backslashreplace")

    def listens(self):
        expect(self.process.poll() is None, f"{self.name} ended:\n{self.output()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), wire.PATIENCE).close()
        except OSError:
            return False
        return True

    def spawn(self, *command, **environment):
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                stderr=self.log, start_new_session=True, cwd=self.scratch,
                                env=os.environ | environment)

    def check(self, *command, **environment):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=wire.PATIENCE, cwd=self.scratch, env=os.environ | environment)
        expect(done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}")

    def connect(self, *, receive_buffer=None, source="127.0.0.1"):
        connection = socket.socket()
        connection.bind((source, 0))
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(wire.PATIENCE)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def peer(self, *, host=HOST, fields=(OWN,), **how):
        return Peer(self.connect(**how), host=host, fields=fields)

    def refusal(self, **how):
        """The status with which an upgrade is refused; None if it is not refused."""
        try:
            self.peer(**how).socket.close()
        except wire.WireError as error:
            return int(str(error).split(" ", 2)[1])
        return None


class Nginx(Proxy):
    name, file = "nginx", "nginx.conf"
    program = shutil.which("nginx", path=SYSTEM_PATH)
    needs = {"nginx": program, "openssl": shutil.which("openssl")}  # for a certificate

    def adapt(self, text, servers):
        certificate, key = self.make_certificate()
        self.tls = ssl.create_default_context(cafile=certificate)
        return replace(text, {
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen [::]:80;": "",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "listen [::]:443 ssl http2;": "",
            "/etc/letsencrypt/live/app.example.com/fullchain.pem": certificate,
            "/etc/letsencrypt/live/app.example.com/privkey.pem": key,
        } | self.upstreams(*(server.address for server in servers)))

    @staticmethod
    def upstreams(first, second=None):
        return {"server 127.0.0.1:9001 ": f"server {first} ",
                "# server 127.0.0.1:9002 ": f"server {second} " if second else "# "}

    def make_certificate(self):
        certificate, key = str(self.scratch / "certificate.pem"), str(self.scratch / "key.pem")
        self.check("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
                   "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate)
        return certificate, key

    def start(self):
        # The settings that nginx.conf asks for in the main file.
        user = "user root;" if os.geteuid() == 0 else ""  # no other user may enter the scratch directory
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

    def adapt(self, text, servers):
        text = replace(text, {
            "\napp.example.com {\n": f"\nhttp://app.example.com:{self.port} {{\n",
        } | self.upstreams(*(server.address for server in servers)))
        return "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n" + text

    @staticmethod
    def upstreams(*addresses):
        return {"reverse_proxy 127.0.0.1:9001 {": f"reverse_proxy {' '.join(addresses)} {{"}

    @staticmethod
    def name_in_log(server):
        """As the checks of /readyz call it."""
        return server.address

    def start(self):
        home = {name: str(self.scratch) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        options = ["--config", self.file, "--adapter", "caddyfile"]
        self.check(self.program, "validate", *options, **home)
        return self.spawn(self.program, "run", *options, **home)

    def wait_until_seen_unready(self, server):
        """Until it sends no more peers to a server that has begun to answer /readyz with 503.

        It logs each such answer just before it acts on it, and then asks again: two logged ones are enough.
        """
        def count():
            lines = self.output().splitlines()
            return sum('"status_code":503' in line and f'"{name}"' in line for line in lines)

        name = self.name_in_log(server)
        logged = count()
        wait_until(lambda: count() >= logged + 2, f"{self.name} sees that {server.address} is not ready")


class Node(Proxy):
    name, file = "node", "compressing_proxy.cjs"
    program = shutil.which("node")
    needs = {"node": program}
    trials = ["a compressed event stream"]

    def __init__(self, _, *how):
        super().__init__(pathlib.Path(__file__).parent, *how)

    def adapt(self, text, servers):
        return replace(text, {"port: 8080": f"port: {self.port}", "port: 9001": f"port: {servers[0].port}"})

    def start(self):
        return self.spawn(self.program, self.file, NODE_PATH="/usr/share/nodejs")
