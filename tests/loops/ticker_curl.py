"""ticker_curl.py CONNECTIONS FILE SINK SOURCE - the same as ticker.py, with libcurl in a loop of epoll.

It carries the file by HTTP.
"""

import io
import select
import sys
import time

import pycurl

EACH, IN_TIME = 0.010, 0.005
EVENTS = {pycurl.POLL_IN: select.EPOLLIN, pycurl.POLL_OUT: select.EPOLLOUT,
          pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT}

connections, sink, source = int(sys.argv[1]), sys.argv[3], sys.argv[4]
with open(sys.argv[2], "rb") as file:
    data = file.read()
multi, epoll, watched = pycurl.CurlMulti(), select.epoll(), set()
deadline = None  # of libcurl


def on_socket(what, fd, _, __):
    if what == pycurl.POLL_REMOVE:
        watched.discard(fd)
        epoll.unregister(fd)
    elif fd in watched:
        epoll.modify(fd, EVENTS[what])
    else:
        watched.add(fd)
        epoll.register(fd, EVENTS[what])


def on_timer(ms):
    global deadline
    deadline = time.monotonic() + ms / 1000 if ms >= 0 else None


def transfer(port, upload=None):
    curl, got = pycurl.Curl(), io.BytesIO()
    curl.setopt(pycurl.URL, f"http://127.0.0.1:{port}/")
    curl.setopt(pycurl.WRITEDATA, got)
    curl.setopt(pycurl.HTTPHEADER, ["Expect:"])
    if upload is not None:
        curl.setopt(pycurl.UPLOAD, 1)
        curl.setopt(pycurl.READDATA, io.BytesIO(upload))
        curl.setopt(pycurl.INFILESIZE, len(upload))
    multi.add_handle(curl)
    return curl, got


multi.setopt(pycurl.M_SOCKETFUNCTION, on_socket)
multi.setopt(pycurl.M_TIMERFUNCTION, on_timer)
uploads = [transfer(sink, data) for _ in range(connections)]
downloads = [transfer(source) for _ in range(connections)]
ticks = in_time = 0
due = time.monotonic() + EACH
left = multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)[1]
while left or not connections and ticks < 100:
    ends = min(due, deadline or due)
    for fd, events in epoll.poll(max(0, ends - time.monotonic())):
        ready = (pycurl.CSELECT_IN if events & ~select.EPOLLOUT else 0)
        ready |= (pycurl.CSELECT_OUT if events & ~select.EPOLLIN else 0)
        left = multi.socket_action(fd, ready)[1]
    now = time.monotonic()
    if deadline and now >= deadline:
        deadline = None
        left = multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)[1]
    if now >= due:
        ticks += 1
        in_time += now - due < IN_TIME
        due += EACH
print(f"ticks={ticks} in_time={in_time}")
failed = multi.info_read()[2]
assert not failed, failed
assert all(got.getvalue() == b"OK\n" for _, got in uploads)
assert all(got.getvalue() == data for _, got in downloads)
for curl, _ in uploads + downloads:
    multi.remove_handle(curl)
    curl.close()
multi.close()
