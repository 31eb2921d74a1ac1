#!/usr/bin/env python3
"""A target that misbehaves in turn: every fault for PERIOD seconds, with good times in between.

Usage: faulty.py PORT PERIOD
"""
import asyncio
import struct
import socket
import sys
import time

FAULTS = ["good", "error", "good", "hang", "good", "reset", "good", "garbage", "good", "half", "good", "trickle", "good", "large"]
GOOD = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{"id":"order-abc"}'
ERROR = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + b"x" * 1048576
port, period = int(sys.argv[1]), float(sys.argv[2])
began = time.monotonic()


def fault():
    return FAULTS[int((time.monotonic() - began) / period) % len(FAULTS)]


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    await reader.readexactly(int(line.split(b":")[1]))
            now = fault()
            if now == "hang":
                await asyncio.sleep(20)
                return
            if now == "reset":
                # An immediate close with linger 0 sends RST.
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if now == "trickle":
                for byte in GOOD:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(1)
                continue
            answers = {"good": GOOD, "error": ERROR, "garbage": b"\x00\x01\x02\r\n\r\n", "half": HALF, "large": LARGE}
            writer.write(answers[now])
            await writer.drain()
            if now == "half":
                return
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


asyncio.run(main())
