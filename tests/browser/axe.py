"""axe-core, which looks a page through for what keeps people out (WCAG 2.2 AA). Fetched once by npm
into a cache outside the tree and pinned by its hash; the product has no part of it.
"""
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile

from office import h

NAME = "axe-core-4.10.3"
SHA256 = "0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292"
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "huiying")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def is_right(path):
    try:
        with open(path, "rb") as f:
            return hashlib.sha256(f.read()).hexdigest() == SHA256
    except OSError:
        return False


def fetch():
    """The path of the pinned archive; a Skip where it is not to be had."""
    kept = os.path.join(CACHE, NAME + ".tgz")
    if is_right(kept):
        return kept
    if not shutil.which("npm"):
        raise h.Skip("needs npm to fetch axe-core")
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(["npm", "pack", NAME.replace("core-", "core@")], cwd=folder,
                                  capture_output=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            raise h.Skip("npm does not get axe-core in a minute") from None
        got = os.path.join(folder, NAME + ".tgz")
        if done.returncode or not os.path.exists(got):
            raise h.Skip("npm does not get axe-core")
        assert is_right(got), "axe-core is not the one that is pinned"
        os.makedirs(CACHE, exist_ok=True)
        shutil.move(got, kept)
    return kept


def script():
    with tarfile.open(fetch()) as archive:
        return archive.extractfile("package/axe.min.js").read().decode()


def violations(view, source):
    """What axe finds on the page as it stands: rule and where, a line each."""
    view.run(source)
    told = view.driver.execute_async_script("""
        const done = arguments[arguments.length - 1];
        axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']})
            .then((r) => done(r.violations), (e) => done([{id: String(e), nodes: []}]));""", TAGS)
    return [f"{v['id']}: {n['target']} {n['failureSummary'][:160]}" for v in told for n in v["nodes"]] + [
        v["id"] for v in told if not v["nodes"]]
