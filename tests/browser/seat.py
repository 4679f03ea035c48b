"""A browser that one person sits at: what the pages' tests share."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "scenarios"))
import harness as h  # noqa: E402

try:
    from selenium import webdriver
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = By = Keys = StaleElementReferenceException = None

# A page also reads its lists again every half minute or minute. Not here: what is awaited comes by
# its event, or the test that waits for it fails, however long it waits.
BY_EVENTS_ALONE = """const every = window.setInterval;
    window.setInterval = (f, ms, ...more) => ms < 20000 ? every(f, ms, ...more) : 0;"""
DRIVER = shutil.which("chromedriver")
PICTURES = os.path.join(h.BUILD, "screenshots")


class Seat:
    """Made with a world; the driver is what browser() gave."""

    world = driver = None
    scrolls = None  # a selector: what may reach past the window's edge

    def console(self):
        """What has come to the console since the last look, but of the browser's own pages: its
        first one falls over when scripts are switched off under it."""
        return [e for e in self.driver.get_log("browser")
                if not e["message"].startswith("chrome://")]

    @staticmethod
    def need_browser():
        if not webdriver or not DRIVER:
            raise h.Skip("needs chromium-driver and python3-selenium")

    def browser(self):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
                       "--no-first-run", "--disable-background-networking",
                       "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                       "--force-device-scale-factor=1", "--lang=zh-CN",
                       "--user-data-dir=" + os.path.join(self.world.base, "browser")):
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.world.callback(driver.quit)
        driver.set_script_timeout(h.PATIENCE)
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": BY_EVENTS_ALONE})
        h.WITNESSES.append(lambda: self.seen(driver))
        return driver

    @staticmethod
    def seen(driver):
        """What the page says: the record of a failed test has no picture."""
        at, text = driver.execute_script(
            "return [`${location.href} ${document.readyState}`, document.body.innerText]")
        return [at, *text.splitlines()[:40]]

    def close(self):
        if self.world:
            self.world.close()

    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def run(self, script, *args):
        return self.driver.execute_script(script, *args)

    def find(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def follow(self, element):
        """Press what leads away, and be on the page that it leads to."""
        self.run("document.documentElement.dataset.left = ''")
        element.click()
        h.wait_for(lambda: self.run("return !('left' in document.documentElement.dataset) && "
                                    "document.readyState === 'complete'"), what="another page")

    def picture(self, name, whole=False):
        os.makedirs(PICTURES, exist_ok=True)
        if whole:
            width, height = self.run("return [innerWidth, document.documentElement.scrollHeight]")
            self.size(width, height)
        self.driver.save_screenshot(os.path.join(PICTURES, name + ".png"))

    def overflow(self):
        """What reaches past the right edge of the window, and is in nothing that may."""
        return self.run("""
            const wide = document.documentElement.clientWidth, out = [];
            if (document.documentElement.scrollWidth > wide)
                out.push('page ' + document.documentElement.scrollWidth);
            for (const e of document.querySelectorAll('body *')) {
                const box = e.getBoundingClientRect();
                if (box.width && box.right > wide + 0.5 && getComputedStyle(e).clipPath === 'none' &&
                    !(arguments[0] && e.closest(arguments[0])))
                    out.push(`${e.tagName}.${e.className} ${Math.round(box.right)}`);
            }
            return out;""", self.scrolls)
