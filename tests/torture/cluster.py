"""Programs of a test that are killed, stopped and restarted: three NATS servers of one cluster, and
ws-demo on them."""

import asyncio
import contextlib
import signal
import socket

import clients

READY_SECONDS = 60


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for taken in sockets:
            taken.bind(("127.0.0.1", 0))
        return [taken.getsockname()[1] for taken in sockets]


class Process:
    """A program that can be started again. Its port stays the same."""

    def __init__(self, name, port, command, environment=None):
        self.name = name
        self.port = port
        self._command = command
        self._environment = environment
        self._running = None

    async def start(self):
        self._running = await asyncio.create_subprocess_exec(
            *self._command, env=self._environment, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL)

    def signal(self, number):
        self._running.send_signal(number)

    async def end(self, number):
        """@returns the exit status"""
        self.signal(signal.SIGCONT)
        self.signal(number)
        return await self._running.wait()

    def runs(self):
        return self._running is not None and self._running.returncode is None


def nats_servers(program, folder, count=3):
    """A cluster whose servers keep what they store in the folder."""
    ports = free_ports(2 * count)
    own, routes = ports[:count], ports[count:]
    every_route = ",".join(f"nats://127.0.0.1:{port}" for port in routes)
    return [Process(f"nats-{i}", own[i], [
        program, "--addr", "127.0.0.1", "--port", str(own[i]), "--server_name", f"nats-{i}",
        "--jetstream", "--store_dir", folder / f"nats-{i}", "--cluster_name", "torture",
        "--cluster", f"nats://127.0.0.1:{routes[i]}", "--routes", every_route]) for i in range(count)]


def ws_demo(program, name, nats, replicas, *options):
    (port,) = free_ports(1)
    log = ",".join(f"nats://127.0.0.1:{server.port}" for server in nats)
    return Process(name, port, [
        program, "--port", str(port), "--interval", "0", "--event-log", log,
        "--event-log-replicas", str(replicas), "--history", "1000000", "--log-level", "warn", *options],
        {"WS_DEMO_PUBLISH_TOKEN": clients.TOKEN})


async def is_ready(node):
    with contextlib.suppress(*clients.LOST, TimeoutError):
        async with asyncio.timeout(2), clients.connection(node.port) as (reader, writer):
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return (await reader.read()).startswith(b"HTTP/1.1 200 ")
    return False


async def wait_until_ready(node):
    async with asyncio.timeout(READY_SECONDS):
        while not await is_ready(node):
            if not node.runs():
                raise AssertionError(f"{node.name} has ended")
            await asyncio.sleep(0.05)
