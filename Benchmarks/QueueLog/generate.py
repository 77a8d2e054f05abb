#!/usr/bin/env python3
"""A queue_log of a busy call centre, the same in every run.

usage: generate.py FILE LINES [LAST]

LINES lines that end at epoch LAST (default: a day ago), spread over a year; about five lines a call, a quarter
of the calls abandoned, some timed out into a second queue; 600,000 numbers, written as Russian trunks do.
"""
import heapq
import random
import sys
import time

path, wanted = sys.argv[1], int(sys.argv[2])
last = int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time()) // 86400 * 86400 - 86400
draw = random.Random(20261122)
first = last - 370 * 86400
step = (last - first) / (wanted / 4.8)
queues = ["sales", "support", "service", "returns", "partners", "vip"]
members = [f"PJSIP/{n}" for n in range(101, 161)]


def call(n, begun):
    """The lines of one call as (time, text)."""
    id = f"pbx1-{begun}.{n}"
    number = int(600000 * draw.random() ** 1.5) * 7919 % 10000000
    number = ("8916%07d", "+7916%07d", "7916%07d")[number % 3] % number
    queue = queues[int(len(queues) * draw.random() ** 1.6)]
    at = begun
    yield at, f"{id}|{queue}|NONE|DID|495111{n % 8:04d}"
    for join in range(2):
        yield at, f"{id}|{queue}|NONE|ENTERQUEUE||{number}|{1 + n % 4}"
        wait = 1 + int(draw.expovariate(1 / 35))
        outcome = draw.random()
        for _ in range(int(draw.random() * 2.6)):
            yield at + min(wait, 15), f"{id}|{queue}|{draw.choice(members)}|RINGNOANSWER|15000"
        at += wait
        if outcome < 0.7:
            member = draw.choice(members)
            talk = 5 + int(draw.expovariate(1 / 180))
            yield at, f"{id}|{queue}|{member}|CONNECT|{wait}|pbx1-{at}.{n}1|3"
            who = "CALLER" if talk % 2 else "AGENT"
            yield at + talk, f"{id}|{queue}|{member}|COMPLETE{who}|{wait}|{talk}|1"
            return
        if outcome < 0.94 or join == 1:
            if outcome < 0.8:
                yield at, f"{id}|{queue}|{draw.choice(members)}|RINGCANCELED|{min(wait, 15)}000"
            yield at, f"{id}|{queue}|NONE|ABANDON|1|1|{wait}"
            return
        yield at, f"{id}|{queue}|NONE|EXITWITHTIMEOUT|1|1|{wait}"
        queue = "support"


with open(path, "w", buffering=1 << 20) as out:
    out.write(f"{first}|NONE|NONE|NONE|QUEUESTART|\n")
    written, order, n, heap = 1, 0, 0, []
    while written < wanted:
        begun = int(first + n * step)
        while heap and heap[0][0] <= begun and written < wanted:
            at, _, text = heapq.heappop(heap)
            out.write(f"{at}|{text}\n")
            written += 1
        if n % 50 == 0:
            order += 1
            heapq.heappush(heap, (begun, order, f"NONE|NONE|{members[n % 60]}|PAUSEALL|"))
        for at, text in call(n, begun):
            order += 1
            heapq.heappush(heap, (at, order, text))
        n += 1
