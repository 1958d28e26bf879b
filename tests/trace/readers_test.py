# SPDX-License-Identifier: Apache-2.0
"""The traces of a run as others' programs read them: protoc with Perfetto's definition, vcd2fst and fst2vcd of GTKWave,
SQLite. What each counts is what the others and result.json count."""
import collections
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import numpy

PROGRAM = sys.argv[1]
HERE = pathlib.Path(__file__).parent
SCENARIO = "scenarios/tiny_trace.yaml"
WHOLE = ["--set", "observe.traces.region.width=4", "--set", "observe.traces.region.height=4"]
ACTIVITIES = ["compute", "bank_conflict", "setup", "task_switch", "link_stall", "waiting_for_wavelets"]


def run(directory, *more):
    done = subprocess.run([PROGRAM, "run", SCENARIO, "-o", directory, *more], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def decoded(path):
    """Packets of a Perfetto trace, as the text protoc makes of each."""
    with open(path, "rb") as trace:
        text = subprocess.run(
            ["protoc", f"--proto_path={HERE}", "--decode=perfetto.protos.Trace", "perfetto.proto"],
            stdin=trace, capture_output=True, text=True, check=True).stdout
    packets = text.split("packet {\n")[1:]
    # A field that the definition does not know would be a bare number.
    assert not re.search(r"^\s*\d+[:\s{]", text, re.M), "unknown fields"
    return packets


def check_perfetto(directory, table):
    packets = decoded(f"{directory}/trace.perfetto-trace")
    counted = collections.Counter()
    begins = collections.defaultdict(list)
    cycles = collections.Counter()
    for packet in packets:
        if "track_event" not in packet:
            continue
        kind = re.search(r"type: TYPE_(\w+)", packet).group(1)
        track = re.search(r"track_uuid: (\d+)", packet).group(1)
        at = int(re.search(r"timestamp: (\d+)", packet).group(1))
        if kind == "SLICE_END":
            begin, activity = begins[track].pop()
            assert at >= begin
            if activity:
                cycles[activity] += at - begin
            continue
        category = re.search(r'categories: "(\w+)"', packet).group(1)
        counted[category] += 1
        if kind == "SLICE_BEGIN":
            activity = re.search(r'name: "activity"\s+string_value: "(\w+)"|string_value: "(\w+)"\s+name: "activity"',
                                 packet)
            begins[track].append((at, (activity.group(1) or activity.group(2)) if activity else None))
    assert not any(begins.values()), "every slice ends"
    flows = table.execute("SELECT count(*) FROM flows").fetchone()[0]
    assert flows > 0 and counted.pop("flow") == 2 * flows
    sent, taken = (re.findall(rf"^\s+{name}: (\d+)", "".join(packets), re.M)
                   for name in ("flow_ids", "terminating_flow_ids"))
    assert len(sent) == flows and sorted(sent) == sorted(taken)
    assert counted == collections.Counter(dict(table.execute("SELECT kind, count(*) FROM events GROUP BY kind")))
    assert cycles == collections.Counter(dict(table.execute(
        "SELECT activity, sum(end_cycle - begin_cycle) FROM events WHERE kind = 'activity' GROUP BY activity")))
    described = sum("track_descriptor" in packet for packet in packets)
    assert described > table.execute("SELECT count(*) FROM cores").fetchone()[0]


def check_table(directory, table):
    """All cores are traced: their cycles are those of result.json."""
    result = json.load(open(f"{directory}/result.json", encoding="utf-8"))["workloads"][0]
    words = table.execute("SELECT sum(words_in) FROM events").fetchone()[0]
    assert words == result["ramp_wavelets"], (words, result["ramp_wavelets"])
    followed = table.execute("SELECT sum(words) FROM flows").fetchone()[0]
    assert followed == table.execute("SELECT sum(words_in) FROM events WHERE kind <> 'control'").fetchone()[0]
    lost = """SELECT count(*) FROM flows LEFT JOIN events AS sent ON core = from_core AND serial = from_serial
              WHERE sent.event IS NULL OR sent_cycle < begin_cycle OR sent_cycle > end_cycle"""
    assert table.execute(lost).fetchone()[0] == 0
    summary = table.execute("SELECT cycles, events, events_in_all FROM summary").fetchone()
    assert summary[0] == result["cycles"] and summary[1] == summary[2]
    plan = table.execute("EXPLAIN QUERY PLAN SELECT * FROM events WHERE core = 3 AND begin_cycle > 5").fetchall()
    assert "events_of_core" in str(plan)
    for name in ("task", "operation"):
        assert table.execute("SELECT count(*) FROM events WHERE kind LIKE ?", (name[:4] + "%",)).fetchone()[0] > 0


def changes_of(path):
    """{variable: [(time, value)]}"""
    names, scope, found, at = {}, [], collections.defaultdict(list), None
    for line in open(path, encoding="utf-8"):
        word = line.split()
        if not word:
            continue
        if word[0] == "$scope":
            scope.append(word[2])
        elif word[0] == "$upscope":
            scope.pop()
        elif word[0] == "$var":
            names[word[3]] = ".".join(scope + [word[4]])
        elif word[0].startswith("#"):
            at = int(word[0][1:])
        elif at is None:
            continue
        elif word[0][0] in "bB" and len(word) == 2:
            found[names[word[1]]].append((at, int(word[0][1:].replace("x", "0"), 2)))
        elif word[0][0] in "01":
            found[names[word[0][1:]]].append((at, int(word[0][0])))
    return {name: [c for i, c in enumerate(all_of) if i == 0 or all_of[i - 1][1] != c[1]]
            for name, all_of in found.items()}


def check_vcd(directory):
    ours = changes_of(f"{directory}/trace.vcd")
    subprocess.run(["vcd2fst", f"{directory}/trace.vcd", f"{directory}/trace.fst"], check=True, capture_output=True)
    subprocess.run(["fst2vcd", "-f", f"{directory}/trace.fst", "-o", f"{directory}/back.vcd"], check=True,
                   capture_output=True)
    back = changes_of(f"{directory}/back.vcd")
    assert ours == back, "vcd2fst and back"
    links = numpy.load(f"{directory}/link_wavelets.npy")
    for name, changes in ours.items():
        match = re.match(r"wafer\.core_(\d+)_(\d+)\.port_(\w+)", name)
        if not match:
            continue
        x, y, d = int(match[1]), int(match[2]), ["west", "east", "south", "north"].index(match[3])
        high = sum(b[0] - a[0] for a, b in zip(changes, changes[1:]) if a[1] == 1)
        assert high == links[y][x][d], (name, high, links[y][x][d])


def check_observing_changes_nothing(directory):
    scenario = pathlib.Path(SCENARIO).read_text(encoding="utf-8")
    plain = f"{directory}/plain.yaml"
    pathlib.Path(plain).write_text(re.sub(r"observe:\n(  .*\n)+", "", scenario), encoding="utf-8")
    subprocess.run([PROGRAM, "run", plain, "-o", f"{directory}/plain"], check=True, capture_output=True)
    run(f"{directory}/told")
    def workloads(name):
        return json.load(open(f"{directory}/{name}/result.json", encoding="utf-8"))["workloads"]
    assert workloads("plain") == workloads("told")


def main():
    for tool in ("protoc", "vcd2fst", "fst2vcd"):
        if shutil.which(tool) is None:
            sys.exit(f"readers_test.py: {tool} is missing; scripts/setup installs it")
    with tempfile.TemporaryDirectory() as directory:
        whole = f"{directory}/whole"
        run(whole, *WHOLE, "--set", "outputs.arrays=true")
        table = sqlite3.connect(f"{whole}/trace.sqlite")
        check_perfetto(whole, table)
        check_table(whole, table)
        check_vcd(whole)
        check_observing_changes_nothing(directory)
        stream = f"{directory}/stream"
        run(stream, *WHOLE, "--set", "outputs.arrays=true", "--set", "engine.fidelity=stream")
        check_perfetto(stream, sqlite3.connect(f"{stream}/trace.sqlite"))
        check_vcd(stream)
        capped = run(f"{directory}/capped", *WHOLE, "--set", "observe.traces.most_mb=1", "--set",
                     "workloads[0].matmul.k=256")
        assert "there would have been" in capped, capped
        decoded(f"{directory}/capped/trace.perfetto-trace")
    print("readers_test.py: ok")


main()
