"""Packs a folder, with the times of its files in UTC and in a fixed order: `zip.py FOLDER ARCHIVE`."""

import pathlib
import sys
import time
import zipfile

folder, archive = map(pathlib.Path, sys.argv[1:])
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        status = file.stat()
        entry = zipfile.ZipInfo(str(file.relative_to(folder.parent)), time.gmtime(status.st_mtime)[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = status.st_mode << 16
        packed.writestr(entry, file.read_bytes())
