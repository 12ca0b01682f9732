"""TLS for PostgreSQL's own programs: the wheel's pg_dump, pg_restore and psql are built without it.

They connect to a port on 127.0.0.1; what they say goes on over TLS to the server, whose certificate is verified
against the authority and the host name as everywhere else (SECURITY R12). Who connects must still sign in: the relay
adds no right.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from billing.errors import UnavailableError
from billing.server.address import Address

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_SASL = struct.pack("!i", 10)
_CHUNK = 65536
_SECONDS = 10


@contextmanager
def relay(host: str, port: int, ca_file: str) -> Iterator[Address]:
    """A local address that leads to the server, while the block runs.

    Raises UnavailableError where the file of the authority cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UnavailableError("TLS_CA_FILE", f"The certificate file {ca_file} cannot be read.") from error
    loop = asyncio.new_event_loop()
    runner = threading.Thread(target=loop.run_forever, name="tls-relay", daemon=True)
    runner.start()
    connections: set[asyncio.Task[None]] = set()

    async def open_here() -> asyncio.Server:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                connections.add(task)
                task.add_done_callback(connections.discard)
            await _lead_on(reader, writer, host, port, context)

        return await asyncio.start_server(serve, "127.0.0.1", 0)

    async def close_all(server: asyncio.Server) -> None:
        server.close()
        # The program at this end has gone: a connection closes by itself, unless its server does not answer any more.
        if connections:
            _, late = await asyncio.wait(connections, timeout=1)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)

    server = asyncio.run_coroutine_threadsafe(open_here(), loop).result(_SECONDS)
    try:
        yield Address("127.0.0.1", int(server.sockets[0].getsockname()[1]))
    finally:
        asyncio.run_coroutine_threadsafe(close_all(server), loop).result(_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        runner.join(_SECONDS)
        loop.close()


async def _lead_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, context: ssl.SSLContext
) -> None:
    """One connection; whatever breaks it closes both ends, and the program at this end says that it lost its server."""
    try:
        far_reader, far_writer = await asyncio.wait_for(asyncio.open_connection(host, port), _SECONDS)
    except (OSError, TimeoutError):
        await _close(writer)
        return
    try:
        far_writer.write(_SSL_REQUEST)
        if await far_reader.readexactly(1) == b"S":
            await far_writer.start_tls(context, server_hostname=host)
            ways = [
                asyncio.ensure_future(_pump(reader, far_writer)),
                asyncio.ensure_future(_answer(far_reader, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
    except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
        pass
    finally:
        for end in (writer, far_writer):
            await _close(end)


async def _close(end: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, RuntimeError, TimeoutError):
        end.close()
        await asyncio.wait_for(end.wait_closed(), 1)


async def _answer(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """What the server says: its offer of SCRAM tied to the TLS connection, which ends here, is left out."""
    kind = b""
    while kind not in (b"R", b"E"):
        kind, size = await source.readexactly(1), await source.readexactly(4)
        body = await source.readexactly(struct.unpack("!i", size)[0] - 4)
        if kind == b"R" and body[:4] == _SASL:
            names = [name for name in body[4:].split(b"\0") if name and not name.endswith(b"-PLUS")]
            body = _SASL + b"".join(name + b"\0" for name in names) + b"\0"
        target.write(kind + struct.pack("!i", len(body) + 4) + body)
        await target.drain()
    await _pump(source, target)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        target.write(chunk)
        await target.drain()
