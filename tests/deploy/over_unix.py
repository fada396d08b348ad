"""The proxies of doc/deploy, with the lines for servers that listen on Unix-domain sockets."""

from proxies import HOST, Caddy, Nginx


class OverUnix:
    """Mixed into a proxy."""

    seen_as = "unix:"

    @staticmethod
    def server_options(path):
        return ["--allow-host", HOST, "--host", f"unix:{path}"]


class NginxOverUnix(OverUnix, Nginx):
    name = "nginx over unix"

    @staticmethod
    def upstreams(*addresses):
        servers = " ".join(f"server {address} max_fails=0;" for address in addresses)
        return {"server 127.0.0.1:9001 max_fails=0;": "",
                "# server unix:/run/ws-demo/sock max_fails=0;": servers}


class CaddyOverUnix(OverUnix, Caddy):
    name = "caddy over unix"

    @staticmethod
    def upstreams(*addresses):
        upstreams = " ".join(address.replace("unix:", "unix/") for address in addresses)
        replacements = {"reverse_proxy 127.0.0.1:9001 {": "",
                        "# reverse_proxy unix//run/ws-demo/sock {": f"reverse_proxy {upstreams} {{"}
        if len(addresses) > 1:
            commented = "# transport http {\n\t\t#\tkeepalive off\n\t\t# }"
            replacements[commented] = commented.replace("#", "")
        return replacements

    @staticmethod
    def name_in_log(_):
        return "localhost"  # all of them
