"""manner.py - how an answer is to be given, where that is not the plain way.

Words of the form NAME=VALUE, between spaces: of the provider's --answer for all requests, and of
the header X-Answer for one. They are:

encoding=NAME   gzip, deflate, br or zstd (where python has them); `asked` is the first of those
                that the request accepts
framing=NAME    length, chunked, or close: the end of the connection is that of the answer
split=N[,N]...  writes of so many bytes, again and again
pause=SECONDS   between writes; each event of a stream is one
delay=SECONDS   before the answer
cut=N           after so many events of a stream the connection ends
early=STATUS    another answer before it, as 103
status=STATUS   an error
wait=FORM[:SECONDS]  what an error says of when to ask again, see refusals.py
left=N          tokens that a success says are left
first=N         all this for so many requests only, the first
"""


def sizes(text):
    return [int(size) for size in text.split(",")]


def wait(text):
    form, _, seconds = text.partition(":")
    return form, float(seconds) if seconds else None


WORDS = {"encoding": str, "framing": str, "split": sizes, "pause": float, "delay": float,
         "cut": int, "early": int, "status": int, "wait": wait, "left": int, "first": int}
PLAIN = {"encoding": None, "framing": None, "split": None, "pause": 0, "delay": 0,
         "cut": None, "early": None, "status": None, "wait": ("seconds", None), "left": None,
         "first": None}


def manner(text):
    """What the words say, by name. ValueError if they are not such."""
    said = {}
    for word in text.split():
        name, _, value = word.partition("=")
        if name not in WORDS:
            raise ValueError(f"{word}: no such word")
        said[name] = WORDS[name](value)
    return said
