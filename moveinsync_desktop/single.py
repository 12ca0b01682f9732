"""One window a data folder: a second start brings the first window to the front and ends (UX.md 9)."""

from __future__ import annotations

import getpass
import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT_MS = 300


def socket_name(home: Path, what: str = "") -> str:
    """A short name for the socket of this user and data folder; `what` tells the demo's window from others."""
    text = f"{getpass.getuser()}:{home}:{what}"
    return "moveinsync-" + hashlib.sha256(text.encode()).hexdigest()[:16]


def wake_other(name: str) -> bool:
    """Ask a running window to come to the front; False when there is none."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(WAIT_MS):
        return False
    socket.write(b"show\n")
    socket.flush()
    socket.waitForBytesWritten(WAIT_MS)
    socket.disconnectFromServer()
    return True


class SingleWindow(QObject):
    """Listens for second starts. Signals: woken()."""

    woken = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left by a killed process: nobody answered on it
            self._server.listen(name)

    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        if socket is not None:
            socket.disconnected.connect(socket.deleteLater)
            self.woken.emit()
