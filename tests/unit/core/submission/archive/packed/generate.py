"""Packs one homework with the real packers, into the samples beside this file.

Run it with `python generate.py` in this folder. Samples of a packer that is not installed are left as they are, and
this is said. On Debian the packers are in `zip`, `p7zip-full`, `libarchive-tools`, `zstd` and `git`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
OWNER = ["--owner=student:1000", "--group=student:1000", "--sort=name"]
MADE_AT = 1772452800  # 2026-03-02 12:00 UTC

# What is the student's.
SOURCES = {
    "src/store.py": "FEATURES = {'age': 41}\n\n\ndef get(key):\n    return FEATURES[key]\n",
    "src/__init__.py": "",
    "tests/test_store.py": "from src.store import get\n\n\ndef test_get():\n    assert get('age') == 41\n",
    "notebooks/eda.ipynb": json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"language_info": {"name": "python"}},
            "cells": [
                {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# Разведка\n"]},
                {
                    "cell_type": "code",
                    "id": "b",
                    "metadata": {},
                    "execution_count": 1,
                    "source": ["%matplotlib inline\n", "x = 1\n", "x"],
                    "outputs": [],
                },
            ],
        }
    ),
    "config.yaml": "store:\n  path: data/train.csv\n",
    "pyproject.toml": '[project]\nname = "store"\nversion = "0.1"\n',
    "README.md": "# Хранилище признаков\n\nЗапуск: `./run.sh`\n",
    "Отчёт о работе.md": "Всё получилось.\n",
    "sql/report.sql": "SELECT count(*) FROM features;\n",
    "run.sh": "#!/bin/sh\npython -m src.store\n",
    "Dockerfile": "FROM python:3.13\nCOPY . /app\n",
    ".gitignore": "*.tmp\n",
}

# What lies beside it.
BESIDE = {
    "data/train.csv": "age\n41\n" * 500,
    "model.pkl": "\x00" * 2_000,
    "scratch.tmp": "x\n",
    "src/__pycache__/store.cpython-313.pyc": "\x00" * 500,
    ".venv/pyvenv.cfg": "home = /usr/bin\n",
    ".venv/lib/site.py": "x = 1\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".ipynb_checkpoints/eda-checkpoint.ipynb": "{}",
    "store.egg-info/PKG-INFO": "Name: store\n",
}

# sample -> the command that packs the folder `homework` into it
PACKERS = {
    "infozip.zip": ["zip", "-q", "-X", "-r", "{to}", "homework"],
    "infozip_zip64.zip": ["zip", "-q", "-X", "-fz", "-r", "{to}", "homework"],
    "7zip_lzma.zip": ["7z", "a", "-tzip", "-mm=LZMA", "{to}", "homework"],
    "7zip_bzip2.zip": ["7z", "a", "-tzip", "-mm=BZip2", "{to}", "homework"],
    "7zip_encrypted.zip": ["7z", "a", "-tzip", "-psecret", "{to}", "homework"],
    "7zip_aes.zip": ["7z", "a", "-tzip", "-psecret", "-mem=AES256", "{to}", "homework"],
    "7zip.7z": ["7z", "a", "{to}", "homework"],
    "bsdtar.zip": ["bsdtar", "--format=zip", "--uid=1000", "--gid=1000", "-cf", "{to}", "homework"],
    "bsdtar_pax.tar.gz": [
        *("bsdtar", "--format=pax", "-z", "--uid=1000", "--gid=1000", "--uname=student", "--gname=student"),
        *("-cf", "{to}", "homework"),
    ],
    "gnu.tar": ["tar", *OWNER, "-cf", "{to}", "homework"],
    "gnu.tar.gz": ["tar", *OWNER, "-czf", "{to}", "homework"],
    "gnu.tar.bz2": ["tar", *OWNER, "-cjf", "{to}", "homework"],
    "gnu.tar.xz": ["tar", *OWNER, "-cJf", "{to}", "homework"],
    "gnu.tar.zst": ["tar", *OWNER, "--zstd", "-cf", "{to}", "homework"],
    "pzstd.tar.zst": ["sh", "-c", "tar {owner} -cf - homework | pzstd -q -p 2 -o {to} -"],
    "python.zip": [sys.executable, "-c", "import shutil; shutil.make_archive('{stem}', 'zip', '.', 'homework')"],
    "git_archive.zip": ["sh", "-c", "git -C homework archive --format=zip --prefix=homework/ -o {to} HEAD"],
    "git_archive.tar.gz": ["sh", "-c", "git -C homework archive --format=tar.gz --prefix=homework/ -o {to} HEAD"],
}


def main() -> None:
    """Pack the homework with every packer that there is."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        _write_homework(root / "homework")
        for name, command in PACKERS.items():
            tool = next(word for word in " ".join(command[2:] if command[0] == "sh" else command).split() if word)
            if shutil.which("pzstd" if "pzstd" in name else tool) is None:
                sys.stdout.write(f"left as it is, {tool} is not installed: {name}\n")
                continue
            packed = root / name
            if name.startswith("git"):
                _commit(root / "homework")
            values = {"to": packed, "stem": packed.with_suffix(""), "owner": " ".join(OWNER)}
            subprocess.run([part.format(**values) for part in command], cwd=root, check=True, stdout=subprocess.DEVNULL)
            shutil.copyfile(packed, HERE / name)
            sys.stdout.write(f"{name}: {packed.stat().st_size} bytes\n")


def _write_homework(folder: Path) -> None:
    for path, text in (SOURCES | BESIDE).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for file in [folder, *folder.rglob("*")]:
        os.utime(file, (MADE_AT, MADE_AT))


def _commit(folder: Path) -> None:
    """Make the folder a repository, everything in it committed; its own toy `.git` has to go for that."""
    if (folder / ".git" / "objects").exists():
        return
    shutil.rmtree(folder / ".git")
    who = ["-c", "user.name=student", "-c", "user.email=student@example.com", "-c", "core.quotepath=off"]
    for command in (["init", "-q"], ["add", "-f", "."], [*who, "commit", "-q", "-m", "homework"]):
        subprocess.run(["git", "-C", folder, *command], check=True)


if __name__ == "__main__":
    main()
