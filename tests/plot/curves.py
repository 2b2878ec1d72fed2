"""Random traces, drawn, against sums and windows that are worked out here, the slow way."""
import random
import re
import subprocess
import sys

LEFT, RIGHT = 64, 24  # of a panel
RATE, BURST = 10, 30


def trace(seed):
    """Rows (seconds, amount), some of them closely one after the other, some after a rest."""
    draw, now, rows = random.Random(seed), 50.0, []
    for _ in range(draw.randint(2, 25)):
        now += draw.choice([0, 0.1, 0.5, 4]) * draw.random()
        rows.append((round(now, 9), draw.randint(0, 12)))
    return rows


def picture(rlshim, rows):
    text = "t,pid,tid,limit,call,fd,amount,wait\n" + "".join(
        f"{at:.9f},1,1,l,send,3,{amount},0.000000000\n" for at, amount in rows)
    return subprocess.run([rlshim, "plot", "-l", f"calls {RATE}/s burst={BURST} name=l", "-s", "2000x1000"],
                          input=text, capture_output=True, text=True, check=True).stdout


def paths(svg, look):
    """The last path of that look (the first is the legend's), as commands with numbers."""
    commands = re.findall(rf'<path [^>]*{look}[^>]* d="([^"]*)"', svg)[-1]
    return [(letter, [float(n) for n in numbers.split()])
            for letter, numbers in re.findall(r"([MLHV])([-0-9. ]+)", commands)]


def points(svg, look):
    x = y = 0
    for letter, numbers in paths(svg, look):
        if letter in "ML":
            x, y = numbers
        elif letter == "H":
            x = numbers[0]
        else:
            y = numbers[0]
        yield x, y


def height_at(line, x):
    """Of a line, the highest at x, in pixels from above: the lowest number."""
    heights = [y for at, y in line if abs(at - x) <= 0.6]
    for (x1, y1), (x2, y2) in zip(line, line[1:]):
        if x1 <= x <= x2 and x2 > x1:
            heights.append(y1 + (y2 - y1) * (x - x1) / (x2 - x1))
    return min(heights)


def check(rlshim, seed):
    rows = trace(seed)
    svg = picture(rlshim, rows)
    first, last = rows[0][0], rows[-1][0] if rows[-1][0] > rows[0][0] else rows[0][0] + 1
    passed, bound = list(points(svg, "#0072b2")), list(points(svg, "#d55e00"))
    # The ticks of the units: what a pixel is worth.
    ticks = [(float(y) - 5, float(n)) for y, n in
             re.findall(r'<text x="56.0" y="([0-9.]+)" text-anchor="end">([0-9.]+)<', svg)]
    (y0, n0), (y1, n1) = ticks[0], ticks[-1]
    units = lambda y: n0 + (y - y0) * (n1 - n0) / (y1 - y0)
    # Half a pixel to the side, where decisions become one, may be a step of a whole one.
    near = lambda at, other: abs(at - other) * (2000 - LEFT - RIGHT) / (last - first) <= 1.2
    for i, (at, _) in enumerate(rows):
        x = LEFT + (at - first) / (last - first) * (2000 - LEFT - RIGHT)
        slack = 0.15 + sum(amount for other, amount in rows if near(at, other) and other != at)
        total = sum(amount for other, amount in rows if other <= at)
        assert abs(units(height_at(passed, x)) - total) <= slack, (seed, i, "passed")
        before = lambda begin: sum(amount for other, amount in rows if other < begin)
        most = min(before(begin) + BURST + RATE * (at - begin) for begin, _ in rows if begin <= at)
        assert abs(units(height_at(bound, x)) - most) <= slack, (seed, i, "bound")


for number in range(200):
    check(sys.argv[1], number)
