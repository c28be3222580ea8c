"""Our copies of dropped files: under MEDIA_ROOT, readable by this house only, gone when they have served."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from danshu.channels.models import ImportBatch
from danshu.core import clock, jobs
from danshu.flows import intake_rows

FOLDER = "imports"
KEPT_FOR = timedelta(days=30)


def keep(path: Path, name: str) -> tuple[str, str]:
    """Copy a file into our folder. Returns its path relative to MEDIA_ROOT and its SHA-256."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    relative = f"{FOLDER}/{digest[:12]}-{secrets.token_hex(4)}{Path(name).suffix.lower()[:8]}"
    target = path_of(relative)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    target.chmod(0o600)
    return relative, digest


def path_of(relative: str) -> Path:
    return Path(settings.MEDIA_ROOT) / relative


def rejects_of(relative: str) -> Path:
    return path_of(relative).with_suffix(".rejects.xlsx")


def forget(relative: str) -> None:
    path = path_of(relative)
    path.unlink(missing_ok=True)
    intake_rows.beside(path).unlink(missing_ok=True)


@jobs.job(retries=1)
def forget_old_files() -> None:
    """Files of people's data do not stay: copies of ended imports and lists of bad rows go after a month."""
    limit = (clock.now() - KEPT_FOR).timestamp()
    ids = {state.value for state in (ImportBatch.State.PREVIEW, ImportBatch.State.RUNNING)}
    busy = set(ImportBatch.objects.filter(state__in=ids, created_at__gte=clock.now() - KEPT_FOR).values_list("path", flat=True))
    folder = path_of(FOLDER)
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.stat().st_mtime < limit and f"{FOLDER}/{file.name}" not in busy:
            file.unlink(missing_ok=True)
