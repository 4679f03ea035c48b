"""An operator's seat at rules that a test may change, and the editor of a topic on it."""
import os
import shutil

import office as o
from office import h


class Bench(o.Office):
    """Rules that a test may change, which two persons put in force."""

    def settings(self):
        self.rules = os.path.join(self.world.folder, "rules")
        shutil.copytree(os.path.join(h.ROOT, "rules"), self.rules)
        return {"rules": self.rules, "rules_approval": "two"}

    def rewrite(self, old, new):
        """In the topic of wages."""
        path = os.path.join(self.rules, "topics", "wage-arrears.yaml")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        assert old in text, old
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new, 1))

    def loaded_by(self, name):
        self.log_in(name, "/workbench.html")
        self.there("#review[data-ready]")
        self.click("#load")
        h.wait_for(lambda: self.text("#stage-title") == ["待另一人批准"], 60, "what waits")
        return self.text("#stage")[0]


def type_over(v, old, new):
    """Put the caret behind `old` in the topic's text, and type over it."""
    v.run("const e = document.getElementById('edit-text'), at = e.value.indexOf(arguments[0]);"
          "if (at < 0) throw Error('not there'); e.focus(); e.setSelectionRange(at, at + arguments[0].length)", old)
    v.type(new)


def choose_topic(v, topic):
    v.run("const s = document.getElementById('edit-topic'); s.value = arguments[0];"
          "s.dispatchEvent(new Event('change'))", topic)
    text = v.daemon.get(f"/api/v1/rules/topics/{topic}")["text"]
    h.wait_for(lambda: v.run("return document.getElementById('edit-text').value") == text, 10, "its text")
    return text


def edited(v):
    return v.run("return document.getElementById('edit-text').value")
