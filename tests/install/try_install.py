#!/usr/bin/env python3
"""Tests the library as other projects use it: installed and found by find_package, and as a subdirectory.
The examples are built outside the sources and run. They use Asio header-only; one of them is built once
more as a program that compiles Asio itself.

    try_install.py SOURCE BUILD SCRATCH

BUILD is a build of SOURCE. What SCRATCH holds from an earlier run makes this one quicker.
Exit status: 0, or 1 if a check failed.
"""

import json
import pathlib
import shutil
import subprocess
import sys

import wire

SUBDIRECTORY = """\
cmake_minimum_required(VERSION 3.21)
project(subdirectory LANGUAGES CXX)
add_subdirectory({source} ws_demo)
add_subdirectory({examples} examples)
"""

# A program that compiles Asio itself, in one of its own sources.
OWN_ASIO = """\
cmake_minimum_required(VERSION 3.21)
project(own_asio LANGUAGES CXX)
find_package(ws_demo REQUIRED)
find_package(nlohmann_json REQUIRED)
file(WRITE ${{CMAKE_BINARY_DIR}}/asio.cpp "#include <boost/asio/impl/src.hpp>\\n")
add_executable(ticker {examples}/ticker.cpp ${{CMAKE_BINARY_DIR}}/asio.cpp)
target_compile_definitions(ticker PRIVATE BOOST_ASIO_SEPARATE_COMPILATION)
target_link_libraries(ticker PRIVATE ws_demo::ws_demo nlohmann_json::nlohmann_json)
"""


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{done.stdout}")
    return done.stdout


def build(source, folder, *options):
    run("cmake", "-S", source, "-B", folder, "-G", "Ninja", *options)
    run("cmake", "--build", folder)


def write_project(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "CMakeLists.txt").write_text(text)
    return folder


def check_events(program, topic):
    """Runs an example until it has sent three events, and stops it."""
    with subprocess.Popen([program, "0"], stdout=subprocess.PIPE, text=True) as example:
        try:
            address = example.stdout.readline().strip()
            port = int(address.removeprefix("http://localhost:").partition("/")[0])
            with wire.Peer(port, f"/?topic={topic}") as peer:
                position = json.loads(peer.read_message().payload)
                assert position["topic"] == "$position" and position["id"], position
                for _ in range(3):
                    event = json.loads(peer.read_message().payload)
                    assert event["topic"] == topic and event["payload"] and event["id"], event
            example.terminate()
            assert example.wait(wire.PATIENCE) == 0, example.returncode
        finally:
            example.kill()


def check(examples):
    check_events(examples / "ticker", "clock")
    check_events(examples / "worker", "primes")


def main():
    source, build_folder, scratch = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    scratch.mkdir(exist_ok=True)
    prefix, copy = scratch / "prefix", scratch / "examples"
    for folder in (prefix, copy):
        shutil.rmtree(folder, ignore_errors=True)
    run("cmake", "--install", build_folder, "--prefix", prefix)
    assert run(prefix / "bin" / "ws-demo", "--version").startswith("ws-demo ")
    shutil.copytree(source / "examples", copy)

    installed = scratch / "installed"
    # Optimized, or Asio's functions would not be inlined, and a second copy of their static objects not matter.
    optimized = "-DCMAKE_BUILD_TYPE=Release"
    build(copy, installed, optimized, f"-DCMAKE_PREFIX_PATH={prefix}")
    headers = run("ninja", "-C", installed, "-t", "deps")
    assert f"{prefix}/include/ws_demo/server.hpp" in headers, headers
    assert "boost/beast" not in headers, "the installed headers pull Beast in"
    check(installed)

    own_asio = write_project(scratch / "own_asio", OWN_ASIO.format(examples=copy))
    build(own_asio, scratch / "own_asio_build", optimized, f"-DCMAKE_PREFIX_PATH={prefix}")
    check_events(scratch / "own_asio_build" / "ticker", "clock")

    # Each source by itself: the presets that run the tests are unity builds, which hide a missing include.
    subdirectory = write_project(scratch / "project", SUBDIRECTORY.format(source=source, examples=copy))
    build(subdirectory, scratch / "subdirectory")
    check(scratch / "subdirectory" / "examples")

main()
