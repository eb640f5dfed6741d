"""The network of one member of the cluster: everything that goes into it and out of it.

    relay.py CUT_FILE LISTEN=TARGET...        each HOST:PORT

On one machine nobody can pull a member's plug, and firewall rules need rights that containers lack.
So a member listens where nobody else looks, and this process stands between. As long as CUT_FILE
exists, it is a plug that is pulled: what is sent is not delivered, new connections get no answer,
nobody hears that anything was closed. Afterwards what was sent arrives, as TCP would send it again.

Otherwise nobody notices it: where the target does not listen, neither does this, so that a
connection is refused as the target itself would refuse it.
"""

import os
import selectors
import socket
import struct
import sys
import threading

TICK_SECONDS = 0.05  # how soon a cut, or a target that begins or ceases to listen, is noticed
CONNECT_SECONDS = 10.0  # a target that is behind a cut of its own does not answer
BUFFER_BYTES = 65536
BACKLOG = 128

CLOSED, OPEN, CUT = "closed", "open", "cut"  # what a link is


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def listens(target):
    """Whether somebody listens there, found out without connecting: nobody else can bind."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(target)
        except OSError:
            return True
    return False


def close_both(one, other):
    for end in (one, other):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is closed already


def pump(source, sink, passable):
    """Carries what one side says to the other, until it ends."""
    try:
        while True:
            data = source.recv(BUFFER_BYTES)
            passable.wait()
            if not data:
                break
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        passable.wait()
        close_both(source, sink)


def carry(client, target, passable):
    passable.wait()
    try:
        server = socket.create_connection(target, CONNECT_SECONDS)
    except OSError:
        passable.wait()
        # Closed with a reset: nothing was ever connected.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        return
    server.settimeout(None)
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    back = threading.Thread(target=pump, args=(server, client, passable), daemon=True)
    back.start()
    pump(client, server, passable)
    back.join()
    client.close()
    server.close()


class Link:
    """One address that is listened on, and where what arrives there goes."""

    def __init__(self, listen, target):
        self.listen = address(listen)
        self.target = address(target)
        self.state = CLOSED
        self.listener = None
        self.fillers = []

    def become(self, state, selector):
        if state == self.state:
            return
        if self.state == OPEN:
            selector.unregister(self.listener)
        elif self.state == CUT:
            self.empty_queue()
        else:
            self.bind()
        if state == OPEN:
            self.listener.listen(BACKLOG)
            selector.register(self.listener, selectors.EVENT_READ, self)
        elif state == CUT:
            self.fill_queue()
        else:
            self.listener.close()
        self.state = state

    def bind(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(self.listen)
        self.listener.setblocking(False)

    def fill_queue(self):
        """The kernel ignores who wants to connect while the queue of the listener is full."""
        self.listener.listen(0)
        for _ in range(2):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self.listen)
            self.fillers.append(filler)

    def empty_queue(self):
        for filler in self.fillers:
            filler.close()
        self.fillers = []

    def accept(self, passable):
        try:
            client, _ = self.listener.accept()
        except OSError:
            return  # who wanted to connect has left
        client.setblocking(True)
        threading.Thread(target=carry, args=(client, self.target, passable), daemon=True).start()


def main():
    cut_file = sys.argv[1]
    links = [Link(*argument.split("=")) for argument in sys.argv[2:]]
    passable = threading.Event()  # set as long as nothing is cut
    selector = selectors.DefaultSelector()
    while True:
        cut = os.path.exists(cut_file)
        if cut:
            passable.clear()
        for link in links:
            link.become(CUT if cut else OPEN if listens(link.target) else CLOSED, selector)
        if not cut:
            passable.set()
        for key, _ in selector.select(TICK_SECONDS):
            key.data.accept(passable)


main()
