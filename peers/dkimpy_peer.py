"""Verifies the DKIM signatures of a folder of messages with dkimpy: dkimpy_peer.py FOLDER KEYS

Prints one JSON object: seconds of processor time, and by file what is said of each signature. `cargo xtask peers` runs it.
"""

import importlib.metadata
import json
import logging
import os
import sys
import time

import dkim

logging.disable(logging.CRITICAL)


def with_line_ends(stored):
    """As it travels: every line feed behind a carriage return."""
    return stored.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def main(folder, keys_file):
    keys = {}
    with open(keys_file, encoding="utf-8") as file:
        for row in file:
            fields = row.rstrip("\n").split("\t")
            if not row.startswith("#") and len(fields) > 1:
                keys.setdefault(fields[0].encode() + b".", fields[1].encode())

    def record(name, timeout=0):
        return keys.get(name)

    messages = []
    for base, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                messages.append((os.path.relpath(path, folder), with_line_ends(file.read())))
    messages = [(name, text) for name, text in sorted(messages) if b"dkim-signature:" in text.split(b"\r\n\r\n")[0].lower()]

    results = {}
    start = time.process_time()
    for name, text in messages:
        results[name] = verified(text, record)
    seconds = time.process_time() - start
    print(json.dumps({"seconds": seconds, "version": importlib.metadata.version("dkimpy"), "results": results}))


def verified(text, record):
    answers = []
    try:
        message = dkim.DKIM(text, minkey=512)
        n_signatures = sum(1 for name, _ in message.headers if name.lower() == b"dkim-signature")
    except dkim.DKIMException as error:
        return [{"domain": "", "selector": "", "passes": False, "why": str(error)}]
    for index in range(n_signatures):
        why = ""
        try:
            passes = message.verify(idx=index, dnsfunc=record)
        except dkim.DKIMException as error:
            passes, why = False, str(error).split(" (got ")[0]
        domain = (message.domain or b"").decode("ascii", "replace")
        selector = (message.selector or b"").decode("ascii", "replace")
        answers.append({"domain": domain, "selector": selector, "passes": passes, "why": why})
    return answers


main(*sys.argv[1:])
