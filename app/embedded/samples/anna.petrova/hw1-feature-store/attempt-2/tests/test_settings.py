from feature_store.settings import load_settings


def test_comments_and_blank_lines_are_skipped(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("# окно\nwindow_days: 7\n\nmin_events: 2  # минимум\n", encoding="utf-8")
    assert load_settings(config) == {"window_days": 7, "min_events": 2}


def test_reads_the_real_config():
    assert load_settings("config.yaml")["window_days"] == 30
