"""`python -m tests.docs`: write the generated pages and pictures."""

import asyncio

from app.cli.contract_files import write_contracts
from tests import ROOT
from tests.docs.configuration import configuration_page
from tests.docs.contracts import CONTRACTS_FOLDER, published_settings
from tests.docs.metrics import metrics_page
from tests.docs.review_picture import review_picture

(ROOT / "docs" / "configuration.md").write_text(configuration_page(), encoding="utf-8")
(ROOT / "docs" / "metrics.md").write_text(metrics_page(), encoding="utf-8")
(ROOT / "docs" / "images" / "review.svg").write_text(asyncio.run(review_picture()), encoding="utf-8")
write_contracts(CONTRACTS_FOLDER, published_settings())
