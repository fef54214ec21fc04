"""What in a submission is not the student's own source: told by path alone, so that it need not be unpacked."""

import re
from typing import Final

FOLDERS: Final = {
    "__pycache__": "cache",
    ".pytest_cache": "cache",
    ".mypy_cache": "cache",
    ".ruff_cache": "cache",
    ".ipynb_checkpoints": "cache",
    ".tox": "cache",
    ".nox": "cache",
    ".hypothesis": "cache",
    ".cache": "cache",
    ".eggs": "cache",
    "htmlcov": "cache",
    ".git": "version_control",
    ".hg": "version_control",
    ".svn": "version_control",
    ".venv": "virtual_environment",
    "venv": "virtual_environment",
    "site-packages": "virtual_environment",
    "node_modules": "dependencies",
    ".idea": "editor",
    ".vscode": "editor",
    ".vs": "editor",
    "__MACOSX": "system",
}
"""Folder -> reason, wherever it stands in a path."""

_FILES: Final = {
    ".DS_Store": "system",
    "Thumbs.db": "system",
    "desktop.ini": "system",
    ".coverage": "cache",
    ".env": "secret",
    ".netrc": "secret",
    ".pypirc": "secret",
    "id_rsa": "secret",
    "id_ed25519": "secret",
    "package-lock.json": "lock",
    "pnpm-lock.yaml": "lock",
}
"""File name -> reason. A `.env` holds keys that must not reach a model or a log; its `.example` is read."""

_SUFFIXES: Final = {
    suffix: reason
    for reason, suffixes in {
        "compiled": ".pyc .pyo .pyd .so .dll .dylib .o .a .class .jar .exe .whl",
        "image": ".png .jpg .jpeg .gif .bmp .ico .webp .tif .tiff .svg .pdf",
        "media": ".mp3 .mp4 .wav .ogg .avi .mov .mkv .flac .webm .ttf .otf .woff .woff2",
        "data": ".csv .tsv .parquet .feather .arrow .npy .npz .h5 .hdf5 .db .sqlite .sqlite3 .jsonl .xls .xlsx .avro"
        " .geojson .shp .mat .dat .rds",
        "model": ".pkl .pickle .joblib .pt .pth .onnx .safetensors .ckpt .pb .bin .model .cbm .gguf .tflite .keras",
        "archive": ".zip .tar .gz .tgz .bz2 .tbz .tbz2 .xz .txz .7z .rar .zst .tzst",
        "office": ".doc .docx .ppt .pptx .odt .ods .odp .rtf",
        "log": ".log",
        "lock": ".lock",
        "secret": ".pem .key .p12 .pfx",
    }.items()
    for suffix in suffixes.split()
}
_OPENED: Final = (
    ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst",
)  # fmt: skip
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def ignored(path: str) -> str | None:
    """Why the clean `path` is left out, as a short reason to count by; None if it is read."""
    *folders, name = path.split("/")
    for folder in folders:
        if folder in FOLDERS:
            return FOLDERS[folder]
        if folder.endswith((".egg-info", ".dist-info")):
            return "cache"
    if _UNPRINTABLE.search(path):  # a name that would write over a terminal's lines, or read backwards
        return "unprintable_name"
    if name in _FILES:
        return _FILES[name]
    if name.startswith("._"):
        return "system"
    dot = name.rfind(".")
    return _SUFFIXES.get(name[dot:].lower()) if dot > 0 else None


def is_opened_archive(path: str) -> bool:
    """Whether the name is that of an archive which is opened where it lies within another one."""
    return path.lower().endswith(_OPENED)
