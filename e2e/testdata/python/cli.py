"""Runs commands of the AWS CLI one after the other, in one process: a start of its own
costs each of them most of a second.

Reads lines of a name, a tab and a command as typed in a shell. "$name" in a command stands
for what the command of that name has printed, without quotes. Prints a list of {"code", "out", "err"}.
"""

import contextlib
import io
import json
import os
import re
import shlex
import sys

from awscli.clidriver import create_clidriver

driver = create_clidriver()
printed = {}


def run(args):
    out, err = Stream(), Stream()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = driver.main(["--endpoint-url", os.environ["ENDPOINT"], "cognito-idp", *args])
        except SystemExit as e:
            code = e.code
    return {"code": code, "out": out.text(), "err": err.text()}


class Stream(io.TextIOWrapper):
    """What the CLI takes for a terminal's stream: it writes text and bytes."""

    def __init__(self):
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def text(self):
        return self.buffer.getvalue().decode().strip()


results = []
for line in sys.stdin:
    name, command = line.rstrip("\n").split("\t", 1)
    results.append(run([re.sub(r"\$(\w+)", lambda m: printed[m[1]], arg) for arg in shlex.split(command)]))
    printed[name] = results[-1]["out"].strip('"')
print(json.dumps(results))
