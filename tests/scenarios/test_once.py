"""An idempotency key is one request of one caller: over HTTP, the socket and the bus, through a
restart, and as the audit trail has it."""
import json

import harness as h
import test_access as a

UNITS = ("labour", "health", "market")
CALENDAR = "calendar-2028"


def town(world):
    """A town, what each unit leads, and headers of those who act."""
    daemon = a.town(world)
    concern = {c["unit"]["id"]: c["id"] for c in daemon.concerns()}
    assert set(concern) == set(UNITS), concern
    who = {}
    for name, role, unit in (("li", "unit", "labour"), ("far", "unit", "market"),
                             ("boss", "coordinator", None)):
        assert a.add_account(daemon, name, role, unit).returncode == 0
        who[name] = a.log_in(daemon, name)[1]
    return daemon, concern, who


def act(daemon, key, verb, concern, headers=None, **members):
    """Status and answer; without headers over the socket."""
    head = {**(headers or a.JSON), "Idempotency-Key": key}
    status, body = daemon.request("POST", f"/api/v1/concerns/{concern}/{verb}",
                                  json.dumps(members), tcp=headers is not None, headers=head)
    return status, json.loads(body)


def acts(daemon):
    """Of the trail, those done to concerns, oldest first."""
    return sorted((r["seq"], r["who"], r["act"], r["target"])
                  for r in daemon.get("/api/v1/audit")["items"] if r["act"].startswith("concern."))


def state(daemon, concern):
    return daemon.get(f"/api/v1/concerns/{concern}")["state"]


def reused(answer):
    status, told = answer
    return status == 422 and told["code"] == "key-reused"


def test_a_key_is_one_request():
    with h.World() as world:
        daemon, concern, who = town(world)
        status, first = act(daemon, "k1", "accept", concern["labour"])
        assert status == 200 and first["seq"], first
        # again: the first outcome, whatever the order of members, and no second row in the trail
        assert act(daemon, "k1", "accept", concern["labour"]) == (200, first)
        assert len(acts(daemon)) == 1, acts(daemon)
        # what else is asked for under it is refused, and not done
        assert reused(act(daemon, "k1", "accept", concern["health"]))
        assert reused(act(daemon, "k1", "decline", concern["labour"], note="不属本单位职责"))
        assert reused(act(daemon, "k1", "accept", concern["labour"], unit="labour"))
        daemon.kill()
        daemon.start()
        assert act(daemon, "k1", "accept", concern["labour"]) == (200, first)
        assert reused(act(daemon, "k1", "accept", concern["health"]))
        assert state(daemon, concern["health"]) == "open"
        # each account has its keys
        who["li"] = a.log_in(daemon, "li")[1]
        who["far"] = a.log_in(daemon, "far")[1]
        who["boss"] = a.log_in(daemon, "boss")[1]
        status, reminded = act(daemon, "k1", "remind", concern["labour"], who["boss"])
        assert status == 200 and reminded["seq"] > first["seq"], reminded
        status, accepted = act(daemon, "k1", "accept", concern["market"], who["far"])
        assert status == 200 and accepted["seq"] > reminded["seq"], accepted
        assert state(daemon, concern["market"]) == "accepted"
        # a refused act is not kept: its key may be used again
        answered = {"url": "https://labour.example.gov.cn/1.html"}
        status, _ = act(daemon, "k2", "answer", concern["market"], who["li"], **answered)
        assert status in (403, 409, 422), status
        status, told = act(daemon, "k2", "remind", concern["labour"], who["boss"])
        assert status == 200, told
        assert [row[1:] for row in acts(daemon)] == [
            ("", "concern.accept", concern["labour"]), ("boss", "concern.remind", concern["labour"]),
            ("far", "concern.accept", concern["market"]),
            ("boss", "concern.remind", concern["labour"])], acts(daemon)


def test_a_receivers_keys_are_its_own():
    with h.World() as world:
        daemon, concern, who = town(world)
        # as the bus and the ledger itself wrote theirs once
        for key in ("market/77", "market/desk-1/77", "desk-1/77", CALENDAR):
            status, told = act(daemon, key, "remind", concern["labour"], who["boss"])
            assert status == 200 and told["seq"], (key, told)
        desk = world.add(h.Bus(daemon, "market", "desk-1"))
        desk.hello()
        done = desk.command("77", "accept", concern["market"])
        assert done["status"] == "ok" and done["seq"], done
        assert state(daemon, concern["market"]) == "accepted"
        # its own key on another act
        desk.results.clear()
        told = desk.command("77", "decline", concern["market"], note="不属本单位职责")
        assert (told["status"], told["code"]) == ("refused", "key-reused"), told
        assert told["seq"] == 0 and told["reason"], told
        # another receiver counts for itself; the first one's outcome outlives a restart
        other = world.add(h.Bus(daemon, "market", "desk-2"))
        other.hello()
        again = other.command("77", "progress", concern["market"],
                              url="https://market.example.gov.cn/1.html")
        assert again["status"] == "ok" and again["seq"] > done["seq"], again
        daemon.kill()
        daemon.start()
        desk = world.add(h.Bus(daemon, "market", "desk-1"))
        desk.hello()
        assert desk.command("77", "accept", concern["market"]) == done
        assert [row[1] for row in acts(daemon)] == ["boss"] * 4, acts(daemon)


def test_sources_under_a_key_leave_one_row():
    with h.World() as world:
        daemon, _, _ = town(world)
        assert a.add_account(daemon, "ops", "operator").returncode == 0
        assert a.add_account(daemon, "ops2", "operator").returncode == 0

        def add(headers, ident):
            status, body = daemon.request(
                "POST", "/api/v1/sources", json.dumps({
                    "id": ident, "name": "某报", "kind": "news",
                    "url": f"https://{ident}.example.org/feed"}), tcp=True,
                headers={**headers, "Idempotency-Key": "s1"})
            return status, json.loads(body)

        def rows():
            return [(r["who"], r["act"]) for r in daemon.get("/api/v1/audit")["items"]
                    if r["act"].startswith("source.")]
        first = add(a.log_in(daemon, "ops")[1], "one")
        assert first[0] == 200 and first[1]["added"] == 1, first
        daemon.kill()
        daemon.start()
        ops, ops2 = a.log_in(daemon, "ops")[1], a.log_in(daemon, "ops2")[1]
        assert add(ops, "one") == first
        assert len(rows()) == 1, rows()
        assert reused(add(ops, "two"))
        status, told = add(ops2, "two")
        assert status == 200 and told["added"] == 1, told
        assert rows() == [("ops2", "source.add"), ("ops", "source.add")] or \
            rows() == [("ops", "source.add"), ("ops2", "source.add")], rows()


if __name__ == "__main__":
    h.main(globals())
