#!/usr/bin/python3
"""Every fuzz target for a minute each, in the nightly form: no crash, leak, hang or undefined act."""
import glob
import os
import re
import shutil
import subprocess

import harness as h

SECONDS = 60
KEPT = os.path.join(h.ROOT, "tests", "fuzz", "corpus")
FIXTURES = {"fuzz_feed": ("tests", "data", "feeds"), "fuzz_judge": ("tests", "data")}


def seed(name, corpus):
    """What is kept for the target, and fixtures; for the parsing room a byte goes before each of
    these, which it cuts off."""
    folder = FIXTURES.get(name)
    kept = glob.glob(os.path.join(KEPT, name, "*"))
    for path in kept:
        shutil.copy(path, corpus)
    for path in sorted(glob.glob(os.path.join(h.ROOT, *folder, "*"))) if folder else []:
        if os.path.isfile(path):
            with open(path, "rb") as f, open(os.path.join(corpus, os.path.basename(path)), "wb") as to:
                to.write((b"\0" if name == "fuzz_feed" else b"") + f.read())


def fuzz(program, world):
    name = os.path.basename(program)
    corpus = os.path.join(world.folder, name)
    os.mkdir(corpus)
    seed(name, corpus)
    words = os.path.join(h.ROOT, "tests", "fuzz", f"{name}.dict")
    done = subprocess.run([program, f"-max_total_time={SECONDS}", "-timeout=10", "-max_len=16384",
                           *([f"-dict={words}"] if os.path.exists(words) else []),
                           "-print_final_stats=1", f"-artifact_prefix={world.folder}/", corpus],
                          capture_output=True, text=True, errors="replace", check=False,
                          env=dict(os.environ, HUIYING_RULES=os.path.join(h.ROOT, "rules")))
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    assert done.returncode == 0 and runs, (name, done.returncode, done.stderr[-6000:])
    assert int(runs[1]) > 1000, (name, runs[1])
    h.figure(target=name, runs=runs[1])


def test_fuzz_targets():
    if not h.LONG:
        raise h.Skip("a minute for each target, with --long")
    if not shutil.which("clang"):
        raise h.Skip("clang is not installed")
    done = subprocess.run(["make", "-s", "-C", h.BUILD, f"-j{os.cpu_count()}", "fuzz"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    programs = sorted(p for p in glob.glob(os.path.join(h.BUILD, "fuzz", "tests", "fuzz", "fuzz_*"))
                      if os.access(p, os.X_OK))
    sources = glob.glob(os.path.join(h.ROOT, "tests", "fuzz", "fuzz_*.c"))
    assert len(programs) == len(sources), (programs, sources)
    with h.World() as world:
        for program in programs:
            fuzz(program, world)


if __name__ == "__main__":
    h.main(globals())
