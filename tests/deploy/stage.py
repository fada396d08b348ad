"""Where a trial takes place: a proxy and the servers behind it."""

import pathlib
import tempfile

from server_process import Server  # found because of proxies.py


class Stage:
    """Starts a proxy and the servers behind it for one trial."""

    def __init__(self, proxy, program, configs):
        self.proxy, self.program, self.configs = proxy, program, configs
        self.scratch, self.servers, self.running = None, [], None

    def up(self, *options, count=1, changes=None):
        """`changes`: what is replaced in the configuration of a kind of proxy."""
        self.scratch = tempfile.TemporaryDirectory(prefix="ws-demo-proxy-")
        scratch = pathlib.Path(self.scratch.name)
        for number in range(count):
            how = self.proxy.server_options(scratch / f"{number}.sock")
            self.servers.append(Server(self.program, *how, *options))
        changed = [texts for kind, texts in (changes or {}).items() if issubclass(self.proxy, kind)]
        self.running = self.proxy(self.configs, scratch, self.servers, *changed)
        return self.running.__enter__()

    def down(self):
        if self.running:
            self.running.__exit__()
        for server in self.servers:
            server.__exit__()
        if self.scratch:
            self.scratch.cleanup()
