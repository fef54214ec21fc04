"""What in a submission is not the student's own source: told by path alone, so that it need not be unpacked."""

FOLDERS = {
    "__pycache__": "cache",
    ".pytest_cache": "cache",
    ".mypy_cache": "cache",
    ".ruff_cache": "cache",
    ".ipynb_checkpoints": "cache",
    ".tox": "cache",
    ".nox": "cache",
    ".hypothesis": "cache",
    ".git": "version_control",
    ".hg": "version_control",
    ".svn": "version_control",
    ".venv": "virtual_environment",
    "venv": "virtual_environment",
    "site-packages": "virtual_environment",
    "node_modules": "dependencies",
    ".idea": "editor",
    ".vscode": "editor",
    "__MACOSX": "system",
}
FILES = {".DS_Store": "system", "Thumbs.db": "system", "desktop.ini": "system", ".coverage": "cache"}
SUFFIXES = {
    reason: frozenset(suffixes.split())
    for reason, suffixes in {
        "compiled": ".pyc .pyo .pyd .so .dll .dylib .o .a .class .jar .exe .whl",
        "image": ".png .jpg .jpeg .gif .bmp .ico .webp .tif .tiff .svg .pdf",
        "media": ".mp3 .mp4 .wav .ogg .avi .mov .mkv .flac",
        "data": ".csv .tsv .parquet .feather .arrow .npy .npz .h5 .hdf5 .db .sqlite .sqlite3 .jsonl .xls .xlsx .avro",
        "model": ".pkl .pickle .joblib .pt .pth .onnx .safetensors .ckpt .pb .bin .model .cbm .gguf",
        "archive": ".zip .tar .gz .tgz .bz2 .xz .7z .rar .zst",
        "office": ".doc .docx .ppt .pptx .odt",
        "log": ".log",
        "lock": ".lock",
    }.items()
}


def ignored(path: str) -> str | None:
    """Why `path` is left out, as a short reason to count by; None if it is read."""
    *folders, name = path.split("/")
    for folder in folders:
        if folder in FOLDERS:
            return FOLDERS[folder]
        if folder.endswith((".egg-info", ".dist-info")):
            return "cache"
    if name in FILES:
        return FILES[name]
    if name.startswith("._"):
        return "system"
    dot = name.rfind(".")
    suffix = name[dot:].lower() if dot > 0 else ""
    return next((reason for reason, suffixes in SUFFIXES.items() if suffix in suffixes), None)
