"""Reads a form with files on standard input as strictly as a library does.

usage: multipart_read.py CONTENT-TYPE
prints: for each part its name, its file's name and its content
"""

import io
import json
import sys

from multipart import MultipartParser, parse_options_header

kind, options = parse_options_header(sys.argv[1])
assert kind == "multipart/form-data", kind
body = sys.stdin.buffer.read()
for part in MultipartParser(io.BytesIO(body), options["boundary"], len(body), strict=True):
    print(json.dumps([part.name, part.filename, part.raw.decode()]))
