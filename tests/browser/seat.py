"""A browser that one person sits at: what the pages' tests share."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "scenarios"))
import harness as h  # noqa: E402

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = By = Keys = None

DRIVER = shutil.which("chromedriver")
PICTURES = os.path.join(h.BUILD, "screenshots")


class Seat:
    """Made with a world; the driver is what browser() gave."""

    world = driver = None
    scrolls = None  # a selector: what may reach past the window's edge

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
        driver.set_script_timeout(20)
        return driver

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
