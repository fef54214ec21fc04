"""From a submission to its page: handed in over HTTP, reviewed, told to the platform, opened by its link."""

import pytest
from playwright.async_api import async_playwright, expect

from app.embedded.machine.loopback import LOOPBACK
from tests.conftest import do_without
from tests.parts.chromium import OPTIONS, chromium_path
from tests.parts.ports import own_port
from tests.system.line import Line
from tests.system.test_web import a_web_process, packed

pytestmark = [pytest.mark.kafka, pytest.mark.mongo, pytest.mark.browser]

FIRST = "def mean(values):\n    return sum(values) / len(values)\n"
SECOND = "def mean(values, seen=[]):\n    seen.append(values)\n    return sum(values) / len(values)\n"
THIRD = "def mean(values):\n    return sum(values) / len(values)\n\n\ndef largest(values):\n    return max(values)\n"


async def test_a_submission_is_followed_to_its_page(line: Line) -> None:
    """The second attempt's comment stands at its line; on the third's page it is fixed, and the chart has all three."""
    port = own_port()
    shared = {"WEB_PUBLIC_URL": f"http://{LOOPBACK}:{port}", "WEB_SECRET": "a secret of this test, of 32 bytes"}
    await line.start_worker(**shared)
    async with a_web_process(line, WEB_API_PORT=str(port), **shared) as (_, client), async_playwright() as playwright:
        for number, text in enumerate((FIRST, SECOND, THIRD), 1):
            url = f"/api/v1/submissions/anna-{number}"
            await client.put(f"{url}/archive", content=packed(text))
            ordered = await client.post(f"{url}/review", json={"student_id": "anna", "assignment_id": "hw1"})
            answer = (await client.get(ordered.headers["location"], params={"wait": 60})).json()
            assert answer["status"] == "completed", answer
        links = {told.document["submission_id"]: told.document["link"] for told in line.api.notifications}
        browser = await playwright.chromium.launch(executable_path=chromium_path(do_without), args=list(OPTIONS))
        page = await browser.new_page()
        await page.goto(links["anna-2"])
        said = page.locator(".talk", has_text="B006")
        row = said.locator("xpath=parent::tr/preceding-sibling::tr[1]")
        await expect(row.locator("td").last).to_have_text("def mean(values, seen=[]):")
        await page.goto(links["anna-3"])
        earlier = page.locator("#earlier + ul > li")
        await expect(earlier.locator(".chip").first).to_have_text("fixed")
        await expect(page.locator("svg circle")).to_have_count(3)
        strange = await page.goto(links["anna-3"].replace("exp=", "exp=1"))
        assert strange is not None
        assert strange.status == 403
        await browser.close()
