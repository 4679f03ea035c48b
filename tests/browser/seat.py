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
