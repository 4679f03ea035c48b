#!/usr/bin/python3
"""What administrators install: the units' sandbox, and the Debian package on a fresh machine."""
import contextlib
import ctypes
import errno
import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import unittest.mock

import faults
import harness as h
import yaml

from test_install import ITEM

# ptrace(2), waitpid(2)
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 17, 0x4206, 0x4207, 0x40000000
FILTERED = os.path.join(h.ROOT, "tests", "helpers", "under-unit-filter")
UNITS = ("huiyingd.service", "huiying-bridge@.service")
# As OPERATING.md says: the installed defaults hold for these, the rest is the demonstration's.
TO_DROP = ("store", "listen", "keys", "rules", "deadlines", "calendars", "demonstration", "allow")


def run(*command, limit=600, **kinds):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit,
                          stdin=subprocess.DEVNULL, **kinds)


def need(*programs):
    missing = [p for p in programs if not shutil.which(p)]
    if missing:
        raise h.Skip(f"not installed: {' '.join(missing)}")


def test_units_leave_little_open():
    need("systemd-analyze")
    for unit in UNITS:
        done = run("systemd-analyze", "security", "--offline=true", "--threshold=15",
                   os.path.join(h.BUILD, "packaging", unit))
        assert done.returncode == 0, done.stdout[-400:] + done.stderr
        assert "ignoring" not in done.stdout + done.stderr, done.stderr


def test_the_units_take_secrets_from_the_credential_store():
    """None of them by a path: a unit whose absolute path is not there would not start."""
    asked = {}
    for unit in UNITS:
        with open(os.path.join(h.BUILD, "packaging", unit), encoding="utf-8") as f:
            asked[unit] = dict(re.findall(r"^LoadCredential=([^:\n]+):([^/\n]+)$", f.read(), re.M))
            f.seek(0)
            assert f.read().count("Credential") == len(asked[unit])
    assert asked[UNITS[0]] == {"server.secret": "huiying.server.secret"}
    assert asked[UNITS[1]] == {k: f"huiying-bridge-%i.{k}" for k in ("url", "secret", "password")}
    page = os.path.join(h.ROOT, "docs", "huiying-bridge.5")
    with open(page, encoding="utf-8") as f, h.World() as world:
        example = re.search(r"\.nf\n(.*?)\.fi\n", f.read(), re.S)[1].replace("\\-", "-")
        file, store = os.path.join(world.folder, "labour.yaml"), os.path.join(world.folder, "store")
        os.mkdir(store)
        with open(file, "w", encoding="utf-8") as f:
            f.write(example)
        assert h.cli("bridge", "--check", file).returncode == 78
        for name in re.findall(r"_file: (\w+)", example):
            assert name in asked[UNITS[1]]
            with open(os.path.join(store, name), "w", encoding="utf-8",
                      opener=lambda path, flags: os.open(path, flags, 0o400)) as f:
                f.write("https://qyapi.example/send?key=1\n")
        with unittest.mock.patch.dict(os.environ, CREDENTIALS_DIRECTORY=store):
            done = h.cli("bridge", "--check", file)
        assert done.returncode == 0, done.stderr


def test_a_system_call_outside_the_filter_ends_the_program():
    need("systemd-analyze")
    unit = os.path.join(h.BUILD, "packaging", UNITS[0])
    assert run(FILTERED, unit, "/bin/true").returncode == 0
    done = run(FILTERED, unit, sys.executable, "-c", "import os; os.chroot('/')")
    assert done.returncode == -31, done  # SIGSYS


def test_the_daemon_works_inside_its_units_filter():
    need("systemd-analyze")
    with h.World() as world:
        site = world.site()
        site.set("/rss.xml", ITEM.format(base=site.url("")))
        house = world.daemon([h.source(site, "news", "/rss.xml")], start=False)
        wrapper = os.path.join(world.folder, "huiyingd")
        with open(wrapper, "w", encoding="utf-8") as f:
            f.write(f'#!/bin/sh\nexec "{FILTERED}" "{h.BUILD}/packaging/{UNITS[0]}" '
                    f'"{h.program("huiyingd")}" "$@"\n')
        os.chmod(wrapper, 0o755)
        house.start(huiyingd=wrapper)
        h.wait_for(house.concerns, 20, "a concern, judged inside the filter")
        with open(f"/proc/{house.child.pid}/status", encoding="ascii") as f:
            assert re.search(r"^Seccomp:\s+2$", f.read(), re.M)
        assert house.stop() == 0, house.log_tail()


class Supervisor:
    """systemd's side of sd_notify(3)."""

    def __init__(self, world):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = os.path.join(world.folder, "notify")
        self.socket.bind(self.path)
        self.socket.settimeout(0.05)

    def told(self):
        """What has come since the last look."""
        said = []
        with contextlib.suppress(TimeoutError):
            while True:
                said += self.socket.recv(4096).decode().split("\n")
        return said


@contextlib.contextmanager
def thread_held(child, name):
    """One thread of it stands still, the others run on."""
    for tid in os.listdir(f"/proc/{child.pid}/task"):
        with open(f"/proc/{child.pid}/task/{tid}/comm", encoding="ascii") as f:
            if f.read().strip() == name:
                break
    else:
        raise AssertionError(f"no thread {name}")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_SEIZE, int(tid), 0, 0):
        raise h.Skip("ptrace is not allowed here")
    libc.ptrace(PTRACE_INTERRUPT, int(tid), 0, 0)
    os.waitpid(int(tid), WALL)
    try:
        yield
    finally:
        libc.ptrace(PTRACE_DETACH, int(tid), 0, 0)


def test_systemd_hears_nothing_while_a_thread_stands_still():
    with h.World() as world:
        supervisor = Supervisor(world)
        house = world.daemon([], start=False)
        with unittest.mock.patch.dict(os.environ, NOTIFY_SOCKET=supervisor.path,
                                      WATCHDOG_USEC="2000000"):
            house.start()
        heard = []
        h.wait_for(lambda: heard.extend(supervisor.told()) or
                   ("READY=1" in heard and "WATCHDOG=1" in heard), 20, "readiness and a sign of life")
        for thread in ("ledger", "bus", "fetch"):
            with thread_held(house.child, thread):
                h.wait_for(lambda: f"daemon.still thread={thread}" in house.log_tail(), 20,
                           f"a word of the {thread} thread")
                assert house.child.poll() is None
                supervisor.told()
                assert "WATCHDOG=1" not in supervisor.told()
            h.wait_for(lambda: "WATCHDOG=1" in supervisor.told(), 20, f"{thread} alive again")
        assert house.stop() == 0


def test_systemd_hears_on_while_the_disk_refuses():
    """Starting the daemon anew would not mend the disk."""
    with h.World() as world:
        supervisor, disk, site = Supervisor(world), faults.Faults(world.folder), world.site()
        site.set("/rss.xml", ITEM.format(base=site.url("")))
        house = world.daemon([h.source(site, "news", "/rss.xml")], start=False)
        with disk.given(), unittest.mock.patch.dict(os.environ, NOTIFY_SOCKET=supervisor.path,
                                                    WATCHDOG_USEC="2000000"):
            house.start()
        h.wait_for(house.concerns, what="a concern")
        disk.write_errno = errno.EIO
        assert house.cli("concerns", "remind", "1").returncode
        failed = house.status()["ledger"]["failed_commits"]
        signs = []
        for more in range(1, 9):
            h.wait_for(lambda n=more: house.status()["ledger"]["failed_commits"] > failed + n or
                       "daemon.still" in house.log_tail(), what="another failed commit")
            signs += [line for line in supervisor.told() if line == "WATCHDOG=1"]
        assert "daemon.still" not in house.log_tail(), house.log_tail()
        assert len(signs) > 1, signs
        disk.write_errno = 0
        assert house.stop() == 0


def test_the_package_is_built_with_what_the_project_needs():
    with open(os.path.join(h.ROOT, "packaging", "packages.debian"), encoding="utf-8") as f:
        section = f.read().split("[run]")[1].split("[")[0]
    with open(os.path.join(h.ROOT, "packaging", "debian", "control"), encoding="utf-8") as f:
        asked = set(re.findall(r"[\w.+-]+", f.read().split("Build-Depends:")[1].split("Standards")[0]))
    wanted = {p for p in section.split("\n") if p.endswith("-dev") and p != "libc6-dev"}
    assert wanted and wanted <= asked, wanted - asked


def in_machine(machine, script, limit=600):
    """Run it as root of the fresh machine; nothing that it starts or mounts outlives it."""
    # Unchanged: where / is no mount point, as in a chroot, its propagation cannot be changed.
    return run("unshare", "--mount", "--propagation", "unchanged", "--pid", "--fork",
               "--kill-child", "sh", "-c",
               f'mount -t proc proc "{machine}/proc" && {{ chroot "{machine}" sh -c "$0"; '
               f'status=$?; umount "{machine}/proc"; exit $status; }}', script,
               limit=limit, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                                 "DEBIAN_FRONTEND": "noninteractive"})


def put_town(machine):
    """The three files of the example, as OPERATING.md says."""
    there = os.path.join(machine, "etc/huiying")
    example = os.path.join(machine, "usr/share/doc/huiying/examples/town")
    with open(os.path.join(example, "huiying.yaml"), encoding="utf-8") as f:
        town = {k: v for k, v in yaml.safe_load(f).items() if k not in TO_DROP}
    town["sources"] = town["sources"][:1]
    town["sources"][0]["url"] = "https://board.example.org/list.html"
    with open(os.path.join(there, "huiying.yaml"), "w", encoding="utf-8") as f:
        yaml.safe_dump(town, f, allow_unicode=True)
    for name in ("units.yaml", "places.yaml"):
        shutil.copy(os.path.join(example, name), there)


# The daemon as its unit starts it, asked as a person of its group would.
LIVE = """set -e
install -d -o huiying -g huiying -m 750 /run/huiying /var/lib/huiying
setpriv --reuid=huiying --regid=huiying --init-groups huiyingd --config /etc/huiying/huiying.yaml \
    >/tmp/log 2>&1 &
for i in $(seq 300); do huiying status --json >/tmp/status 2>/dev/null && break; sleep 0.1; done
cat /tmp/status || { cat /tmp/log; exit 1; }
kill -TERM $! && wait $!
test -s /var/lib/huiying/huiying.db
"""


def test_the_package_on_a_fresh_machine():
    need("dpkg-buildpackage", "dh", "lintian", "debootstrap", "unshare")
    if os.geteuid() != 0:
        raise h.Skip("a fresh machine is made by root")
    with h.World() as world, contextlib.ExitStack() as after:
        out, machine = (os.path.join(world.folder, n) for n in ("out", "machine"))
        after.callback(shutil.rmtree, machine, ignore_errors=True)
        done = run(os.path.join(h.ROOT, "packaging", "build-deb"), out, cwd=h.BUILD, limit=1800)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        [package] = [p for p in glob.glob(out + "/*.deb") if "dbgsym" not in p]
        done = run("lintian", "--fail-on", "error,warning", "--allow-root", package)
        assert done.returncode == 0, done.stdout

        done = run("debootstrap", "--variant=minbase", "bookworm", machine, limit=1200)
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
        shutil.copy(package, machine + "/huiying.deb")
        done = in_machine(machine, "apt-get install -qq --no-install-recommends /huiying.deb")
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        done = in_machine(machine, "cd / && huiying rules check && huiying due --json "
                          "--rule major-5h --from 2026-11-02T10:00:00+08:00")
        assert done.returncode == 0 and "2026-11-02T15:00:00+08:00" in done.stdout, done
        put_town(machine)
        done = in_machine(machine, "huiyingd --check-config /etc/huiying/huiying.yaml")
        assert done.returncode == 0, done.stdout + done.stderr
        done = in_machine(machine, LIVE)
        assert done.returncode == 0 and '"head"' in done.stdout, done

        done = in_machine(machine, "dpkg --purge huiying && ls /var/lib/huiying/huiying.db")
        assert done.returncode == 0, done.stdout + done.stderr
        left = in_machine(machine, "find /usr /lib /etc -name '*huiying*' ! -path '*/dpkg/*'")
        assert set(left.stdout.split()) == {"/etc/huiying", "/etc/huiying/huiying.yaml"}, left.stdout


if __name__ == "__main__":
    h.main(globals())
