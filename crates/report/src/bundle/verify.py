#!/usr/bin/env python3
"""Checks this evidence again, without the program that made it.

    python3 verify.py [FOLDER]        FOLDER is this folder if not given

Needs Python 3.8 and nothing else, and asks no network. It checks that every file is the one that the manifests list,
and then, from the bytes of the message and the public keys alone, each signature of these kinds: DKIM (RFC 6376, 8301,
8463) and Google's own of the same make, each ARC-Message-Signature and ARC-Seal (RFC 8617), and DomainKeys (RFC 4870).
It reads the message, canonicalises it and computes the hashes itself. Of all else that stands in this folder it
believes nothing; what a key is worth is for you to judge, see README.md.

Ends with 0 if every file is as listed and every signature that has a key here verifies, else with 1. Of
ARC-Message-Signatures only the newest has to: a later server may change a message and sign it anew.
"""

import base64
import functools
import hashlib
import itertools
import json
import re
import sys
from pathlib import Path

SHOWN = [b"from", b"to", b"cc", b"date", b"subject"]


# ---- the files and their manifests (RFC 8493) ----


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def files_below(bag):
    """Names of all files, and of all links, as the manifests write them."""
    found = (path for path in bag.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.relative_to(bag).as_posix() for path in found)


def manifest_problems(bag, manifest, is_listed):
    if not (bag / manifest).is_file():
        yield f"{manifest}: was removed"
        return
    listed = {}
    text = (bag / manifest).read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        digest, _, name = line.partition("  ")
        if not re.fullmatch("[0-9a-f]{64}", digest) or not is_listed(name) or name in listed:
            yield f"{manifest}: line {number} was changed"
        listed[name] = digest
    present = [name for name in files_below(bag) if is_listed(name)]
    for name in present:
        if name not in listed:
            yield f"{name}: was added, no line of {manifest} names it"
    for name, digest in listed.items():
        if not is_listed(name):
            continue
        if name not in present:
            yield f"{name}: was removed, {manifest} still names it"
        elif (bag / name).is_symlink() or sha256_of(bag / name) != digest:
            yield f"{name}: is not what {manifest} says"


def check_files(bag):
    problems = list(manifest_problems(bag, "manifest-sha256.txt", lambda name: name.startswith("data/")))
    problems += manifest_problems(
        bag, "tagmanifest-sha256.txt", lambda name: not name.startswith("data/") and name != "tagmanifest-sha256.txt"
    )
    for problem in problems:
        print("  " + problem)
    if not problems:
        print("  every file is as the manifests list it")
    return not problems


# ---- the message (RFC 5322) ----


def split_message(raw):
    """The header fields, each with its folds and without its last line end, and the body."""
    fields, at = [], 0
    while at < len(raw):
        end = raw.find(b"\n", at) + 1 or len(raw)
        line = raw[at:end]
        if line.rstrip(b"\r\n") == b"" and line.endswith(b"\n"):
            return [without_line_end(field) for field in fields], raw[end:]
        if line.startswith(b"--"):
            break
        if fields and line[:1] in (b" ", b"\t"):
            fields[-1] += line
        else:
            fields.append(line)
        at = end
    return [without_line_end(field) for field in fields], raw[at:]


def without_line_end(field):
    if field.endswith(b"\n"):
        field = field[:-1]
        if field.endswith(b"\r"):
            field = field[:-1]
    return field


def name_of(field):
    return field.partition(b":")[0].strip(b" \t\r\n").lower() if b":" in field else b""


def value_start(field):
    return field.find(b":") + 1 or len(field)


# ---- canonical forms (RFC 6376, section 3.4) ----


def canonical_field(field, form):
    if form == "simple":
        return re.sub(rb"(?<!\r)\n", b"\r\n", field)
    value = field[value_start(field) :].replace(b"\r\n", b"").replace(b"\n", b"")
    return name_of(field) + b":" + re.sub(rb"[ \t]+", b" ", value).strip(b" ")


def canonical_body(body, form):
    if form == "relaxed":
        lines = body.split(b"\n")
        ended, last = lines[:-1], lines[-1:]
        lines = [line[:-1] if line.endswith(b"\r") else line for line in ended] + last
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
        while lines and not lines[-1]:
            lines.pop()
        return b"".join(line + b"\r\n" for line in lines)
    body = re.sub(rb"(?<!\r)\n", b"\r\n", body)
    end = len(body)
    while end >= 2 and body[end - 2 : end] == b"\r\n":
        end -= 2
    return body[:end] + b"\r\n"


def selected_fields(fields, names, signature):
    """Indexes of the fields that h= selects: of each name from the bottom up (section 5.4.2)."""
    chosen = []
    for name in names:
        rest = (i for i in reversed(range(len(fields))) if i != signature and i not in chosen)
        chosen.extend(itertools.islice((i for i in rest if name_of(fields[i]) == name), 1))
    return chosen


def signed_header(fields, form):
    """The canonical signed fields; the last one is the signature, its b= emptied and without line end."""
    head = b"".join(canonical_field(field, form) + b"\r\n" for field in fields[:-1])
    return head + canonical_field(without_value(fields[-1]), form)


def without_value(field):
    start = value_start(field)
    entries = field[start:].split(b";")
    for index, entry in enumerate(entries):
        name, equals, _ = entry.partition(b"=")
        if equals and name.strip(b" \t\r\n") == b"b":
            entries[index] = name + b"="
            break
    return field[:start] + b";".join(entries)


WHITE = b" \t\r\n"


def tags_of(value):
    tags = {}
    for entry in value.split(b";"):
        name, equals, text = entry.partition(b"=")
        name = name.strip(WHITE).decode("ascii", "replace")
        if not entry.strip(WHITE):
            continue
        if not equals or name in tags:
            raise ValueError(f"the signature cannot be read: {name}= is no tag or stands twice")
        tags[name] = text.strip(WHITE)
    return tags


def decoded(text):
    return base64.b64decode(re.sub(rb"[ \t\r\n]", b"", text) + b"==")


# ---- harmless damage, undone by name. Each keeps every word; tried only where nothing verifies as it stands. ----


def replaced_lines(change):
    return lambda body: b"".join(change(line) for line in re.findall(rb"[^\n]*\n|[^\n]+", body))


def marks(change):
    def one(line):
        found = re.match(rb"(>+)(From .*)", line, re.S)
        return b">" * change(len(found[1])) + found[2] if found else line

    return replaced_lines(one)


def without_spaces(line):
    content = line.rstrip(b"\n")
    content = content[:-1] if line.endswith(b"\r\n") else content
    return line if content == b"-- " else content.rstrip(b" \t") + line[len(content) :]


BODY_REPAIRS = [
    ("doubled-carriage-returns", lambda body: body.replace(b"\r\r\n", b"\r\n")),
    ("mbox-from-quoting", marks(lambda n: 0 if n == 1 else n)),
    ("mboxrd-from-quoting", marks(lambda n: n - 1)),
    ("repeated-mbox-from-quoting", marks(lambda n: 0)),
    ("dot-stuffing", replaced_lines(lambda line: line[1:] if line.startswith(b"..") else line)),
    ("empty-first-line", lambda body: re.sub(rb"\A\r?\n", b"", body)),
    ("spaces-at-line-ends", replaced_lines(without_spaces)),
    ("signature-separator", replaced_lines(lambda line: re.sub(rb"\A--(\r?\n)", rb"-- \1", line))),
]

ADDRESS_FIELDS = [b"from", b"to", b"cc", b"reply-to", b"sender"]
TOKEN = re.compile(rb"[!#-'*+\-.0-9A-Z^-~]+")


def undo_returns(field):
    field = field[:-1] if field.endswith(b"\r") else field
    return field.replace(b"\r\r\n", b"\r\n")


def toggle_quotes(index):
    """Quotation marks around one parameter of Content-Type put on or taken off."""

    def undo(field):
        if name_of(field) != b"content-type":
            return field
        places = list(re.finditer(rb';[^=;"]*=[ \t\r\n]*("[^"]*"|[^;"]*?)[ \t\r\n]*(?=;|\Z)', field))
        if index >= len(places):
            return field
        value = places[index][1]
        if value[:1] == b'"' and TOKEN.fullmatch(value[1:-1]):
            value = value[1:-1]
        elif TOKEN.fullmatch(value):
            value = b'"' + value + b'"'
        start, end = places[index].span(1)
        return field[:start] + value + field[end:]

    return undo


def change_names(only, change):
    """Quotation marks around display names put on or taken off."""

    def undo(field):
        name = name_of(field)
        if name != only if only else name not in ADDRESS_FIELDS:
            return field
        out, start, done, quoted, escaped, comments = b"", value_start(field), 0, False, False, 0
        for at in range(start, len(field)):
            byte = field[at : at + 1]
            if escaped:
                escaped = False
            elif byte == b"\\":
                escaped = quoted or comments > 0
            elif byte == b'"' and not comments:
                quoted = not quoted
            elif quoted:
                pass
            elif byte in b"()":
                comments = max(0, comments + (1 if byte == b"(" else -1))
            elif comments:
                pass
            elif byte == b"<":
                text = field[start:at]
                inner = text.strip(b" \t\r\n")
                first = start + len(text) - len(text.lstrip(b" \t\r\n"))
                if inner:
                    out += field[done:first] + change(inner)
                    done = first + len(inner)
            elif byte == b",":
                start = at + 1
        return out + field[done:]

    return undo


def unquoted(name):
    inner = name[1:-1]
    is_quoted = len(name) > 2 and name[:1] == name[-1:] == b'"'
    return inner if is_quoted and b'"' not in inner and b"\\" not in inner else name


def quoted(name):
    is_plain = b'"' not in name and b"\\" not in name and b"=?" not in name
    return b'"' + name + b'"' if is_plain else name


def folds_as(start):
    return lambda field: re.sub(rb"\n[ \t]*", start, field)


def without_tag(field):
    """The tag of a list or gateway taken out of the subject: `[name]` at the start, or behind `Re:` and the like."""
    if name_of(field) != b"subject":
        return field
    start = value_start(field)
    tag = re.compile(rb"([ \t\r\n]*(?:[^:\[]{2,4}:[ \t\r\n]*)*)\[[^\]]{0,78}\][ \t\r\n]*").match(field, start)
    return field[: tag.end(1)] + field[tag.end() :] if tag else field


def header_repairs(form, may_remove):
    repairs = [("doubled-carriage-returns", undo_returns)]
    repairs += [("content-type-quotes", toggle_quotes(index)) for index in range(4)]
    for only in [None] + ADDRESS_FIELDS:
        repairs += [("display-name-quotes", change_names(only, change)) for change in (unquoted, quoted)]
    if form == "simple":
        repairs += [("header-folds", folds_as(start)) for start in (b"\n\t", b"\n ")]
        repairs.append(("header-folds", lambda field: re.sub(rb"\r?\n", b"", field)))
    if may_remove:
        repairs.append(("subject-tag", without_tag))
    return repairs


def attempts(repairs, changes_something):
    """Nothing, then each repair that changes something, then pairs and threes; at most 100."""
    yield ()
    possible = [repair for repair in repairs if changes_something(repair[1])]
    choices = (itertools.combinations(possible, size) for size in (1, 2, 3))
    yield from itertools.islice(itertools.chain.from_iterable(choices), 100)


# ---- keys and signatures ----


def der(data):
    """The first value: its tag, its content and what follows."""
    length, at = data[1], 2
    if length & 0x80:
        at = 2 + (length & 0x7F)
        length = int.from_bytes(data[2:at], "big")
    return data[0], data[at : at + length], data[at + length :]


def rsa_numbers(data):
    _, outer, _ = der(data)
    tag, first, rest = der(outer)
    if tag != 2:  # SubjectPublicKeyInfo: the key is inside a bit string
        _, bits, _ = der(rest)
        return rsa_numbers(bits[1:])
    _, exponent, _ = der(rest)
    return int.from_bytes(first, "big"), int.from_bytes(exponent, "big")


PREFIXES = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
}


def rsa_verifies(key, hash_name, data, value):
    """RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2)."""
    modulus, exponent = rsa_numbers(key)
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(value, "big")
    if len(value) != size or number >= modulus:
        return False
    info = PREFIXES[hash_name] + hashlib.new(hash_name, data).digest()
    padding = b"\xff" * (size - len(info) - 3)
    expected = b"\x00\x01" + padding + b"\x00" + info
    return len(padding) >= 8 and pow(number, exponent, modulus).to_bytes(size, "big") == expected


P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def ed_add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def ed_times(number, point):
    out = (0, 1, 1, 0)
    while number:
        if number & 1:
            out = ed_add(out, point)
        point, number = ed_add(point, point), number >> 1
    return out


def ed_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P:
        raise ValueError("no point of Ed25519")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def ed25519_verifies(key, data, value):
    """Ed25519 (RFC 8032, section 5.1.7)."""
    key = key[-32:]
    if len(value) != 64 or len(key) != 32:
        return False
    number = int.from_bytes(value[32:], "little")
    if number >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(value[:32] + key + data).digest(), "little") % ORDER
    base = ed_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    left, right = ed_times(number, base), ed_add(ed_point(value[:32]), ed_times(hashed, ed_point(key)))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 == (left[1] * right[2] - right[1] * left[2]) % P


def key_verifies(record, algorithm, data, value):
    tags = tags_of(record["txt"].encode())
    key = decoded(tags["p"])
    kind = tags.get("k", b"rsa").lower()
    try:
        if algorithm == "ed25519-sha256" and kind == b"ed25519":
            return ed25519_verifies(key, hashlib.sha256(data).digest(), value)
        if algorithm in ("rsa-sha1", "rsa-sha256") and kind == b"rsa":
            return rsa_verifies(key, algorithm[4:], data, value)
    except (IndexError, ValueError, OverflowError):
        pass
    return False


# ---- signatures, from the message and the keys alone ----


class Signature:
    """A signature over header fields and, by its hash, over the body: DKIM, and Google's own of the same make."""

    kind, needed, numbers = "dkim", ["v", "a", "b", "bh", "d", "s", "h"], ["t", "x", "l"]
    has_body_hash, may_remove = True, True

    def __init__(self, fields, index):
        self.index, self.fields = index, fields
        self.tags = tags_of(fields[index][value_start(fields[index]) :])
        for name in self.needed:
            if not self.tags.get(name):
                raise ValueError(f"the tag {name}= is missing")
        for name in self.tags:
            if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
                raise ValueError(f"{name!r} is not the name of a tag")
            if name in self.numbers and not re.fullmatch(rb"[0-9]{1,19}", self.tags[name]):
                raise ValueError(f"{name}= is no number")
        text = {name: self.tags.get(name, b"").decode("utf-8", "replace") for name in ("a", "d", "s", "i")}
        self.algorithm, self.domain, self.selector = text["a"].lower(), text["d"].lower(), text["s"]
        self.identity = text["i"]
        self.length = int(self.tags["l"]) if "l" in self.tags else None
        self.read()

    def read(self):
        if self.tags["v"] != b"1":
            raise ValueError("v= is no version of DKIM")
        if b"from" not in self.signed_names():
            raise ValueError("h= does not name From")
        self.forms = [self.canonicalization()]
        self.selected = selected_fields(self.fields, self.signed_names(), self.index)

    def signed_names(self):
        return [name.strip(WHITE).lower() for name in self.tags["h"].split(b":")]

    def canonicalization(self):
        """The forms of header and body in c=."""
        forms = self.tags.get("c", b"simple").decode("ascii", "replace").lower().split("/")
        header_form, body_form = ([form.strip() for form in forms] + ["simple"])[:2]
        if not {header_form, body_form} <= {"simple", "relaxed"}:
            raise ValueError("c= names no canonicalisation")
        return header_form, body_form

    def key_name(self):
        name = f"{self.selector}._domainkey.{self.domain}".lower()
        try:
            return name if name.isascii() else name.encode("idna").decode()
        except UnicodeError:
            return name

    def check_header(self, keys):
        """The names of the repairs under which the signed fields fit the signature; None if under none."""
        signed = [self.fields[index] for index in self.selected + [self.index]]
        value = decoded(self.tags["b"])
        for self.header_form, self.body_form in self.forms:
            repairs = header_repairs(self.header_form, self.may_remove)
            for attempt in attempts(repairs, lambda undo: any(undo(field) != field for field in signed)):
                repaired = signed
                for _, undo in attempt:
                    repaired = [undo(field) for field in repaired]
                data = signed_header(repaired, self.header_form)
                if any(key_verifies(key, self.algorithm, data, value) for key in keys):
                    return [name for name, _ in attempt]
        return None

    def fits(self, body):
        """Whether this is the body whose hash is bh=, and how many octets l= leaves unsigned."""
        canonical = canonical_body(body, self.body_form)
        hashed = canonical[: self.length]
        hash_name = "sha1" if self.algorithm == "rsa-sha1" else "sha256"
        return hashlib.new(hash_name, hashed).digest() == decoded(self.tags["bh"]), len(canonical) - len(hashed)

    def check_body(self, body, added):
        """The same for the body and bh=; `added` are the places of text that may have been added on the way."""
        for attempt in attempts(BODY_REPAIRS, lambda undo: undo(body) != body):
            repaired = body
            for _, undo in attempt:
                repaired = undo(repaired)
            is_it, tail = self.fits(repaired)
            if is_it:
                return [name for name, _ in attempt], tail
        for places in added:
            kept, done = b"", 0
            for _, start, end in places:
                kept, done = kept + body[done:start], end
            if places and self.length is None and self.fits(kept + body[done:])[0]:
                return [name for name, _, _ in places], 0
        return None, 0

    def unsigned(self):
        shown = [i for i, field in enumerate(self.fields) if name_of(field) in SHOWN and i not in self.selected]
        return sorted({name_of(self.fields[i]).decode() for i in shown})


class Google(Signature):
    """X-Google-DKIM-Signature: what Google's servers sign on the way, whoever wrote it."""

    kind, may_remove = "x-google-dkim", False


class ArcMessage(Signature):
    """ARC-Message-Signature: the message as one server passed it on (RFC 8617, section 4.1.2)."""

    kind, needed, may_remove = "arc", ["a", "b", "bh", "d", "s"], False

    def read(self):
        if "h" not in self.tags:
            raise ValueError("the tag h= is missing")
        if instance_of(self.fields[self.index]) is None:
            raise ValueError("i= is no instance of a chain")
        self.identity = f"i={self.identity}; message"
        # Without c= both are simple; the drafts of ARC had both relaxed, and so did signers.
        self.forms = [] if "c" in self.tags else [("relaxed", "relaxed")]
        self.forms.append(self.canonicalization())
        self.selected = selected_fields(self.fields, self.signed_names(), self.index)


ARC_SET = [b"arc-authentication-results", b"arc-message-signature", b"arc-seal"]
NAMES = dict(zip(ARC_SET, ["ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"]))


class ArcSeal(Signature):
    """ARC-Seal: over all sets up to its own, each in the order of ARC_SET, itself last and with b= emptied (RFC 8617,
    section 5.1.1); over its own set alone where it found the chain broken (section 5.1.2). Always relaxed, no body."""

    kind, needed, has_body_hash, may_remove = "arc", ["a", "b", "cv", "d", "s"], False, False

    def read(self):
        if "h" in self.tags or "bh" in self.tags:
            raise ValueError("a seal has neither h= nor bh=")
        if self.tags["cv"] not in (b"none", b"pass", b"fail"):
            raise ValueError("cv= is no state of a chain")
        last = instance_of(self.fields[self.index])
        if last is None:
            raise ValueError("i= is no instance of a chain")
        self.identity = f"i={self.identity}; seal"
        self.forms, self.selected = [("relaxed", "relaxed")], []
        for instance in range(last if self.tags["cv"] == b"fail" else 1, last + 1):
            for name in ARC_SET if instance < last else ARC_SET[:2]:
                self.selected.append(only_of_set(self.fields, instance, name))


def instance_of(field):
    """The number of the ARC set that a field belongs to."""
    value, is_results = field[value_start(field) :], name_of(field) == ARC_SET[0]
    if is_results:  # i= stands before everything else
        value = value.partition(b";")[0].lower() if b";" in value else b""
    for entry in value.split(b";"):
        name, equals, number = entry.partition(b"=")
        if equals and name.strip(WHITE) == b"i":
            is_number = re.fullmatch(rb"0*[0-9]{1,2}", number.strip(WHITE))
            return int(number) if is_number and 1 <= int(number) <= 50 else None
    return None


def only_of_set(fields, instance, name):
    found = [i for i, field in enumerate(fields) if name_of(field) == name and instance_of(field) == instance]
    if len(found) != 1:
        what = "stands more than once" if found else "is missing"
        raise ValueError(f"the {NAMES[name]} of i={instance} {what}")
    return found[0]


class DomainKey(Signature):
    """DomainKey-Signature: over the fields below it, all or those of h=, and the body, as one (RFC 4870, section 3.4)."""

    kind, needed, numbers, has_body_hash = "domainkeys", ["b", "d", "s"], [], False

    def __init__(self, fields, index, body):
        self.body = body
        super().__init__(fields, index)

    def read(self):
        self.algorithm = self.algorithm or "rsa-sha1"
        self.form = self.tags.get("c", b"simple")
        if self.algorithm != "rsa-sha1" or self.form not in (b"simple", b"nofws"):
            raise ValueError("a= or c= is none of DomainKeys")
        names = self.signed_names() if "h" in self.tags else None
        below = range(self.index + 1, len(self.fields))
        self.selected = [i for i in below if names is None or name_of(self.fields[i]) in names]

    def signed(self):
        """The fields, an empty line and the body without the empty lines at its end; without a body the fields alone."""
        out = b""
        for field in (self.fields[i] for i in self.selected):
            kept = re.sub(rb"[ \t\r\n]", b"", field) if self.form == b"nofws" else b"\r\n".join(lines_of(field))
            out += kept + b"\r\n"
        lines = lines_of(self.body)
        if self.form == b"nofws":
            lines = [re.sub(rb"[ \t\r]", b"", line) for line in lines]
        while lines and not lines[-1]:
            lines.pop()
        return out + b"".join(line + b"\r\n" for line in [b""] + lines) if lines else out

    def check_header(self, keys):
        data, value = self.signed(), decoded(self.tags["b"])
        return [] if any(key_verifies(key, "rsa-sha1", data, value) for key in keys) else None


def lines_of(data):
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [line[:-1] if line.endswith(b"\r") else line for line in lines]


def say(where, verdict, notes=()):
    print(f"  {where}: {verdict}")
    for note in notes:
        print(f"      {note}")


def provenance(key):
    """Where a key comes from, as its record says: not checked, and not checkable, here."""
    seen = f"seen from {key.get('first_seen') or 'an unknown day'} to {key.get('last_seen') or 'an unknown day'}"
    anchor = "" if key.get("anchored") else ", NOT tied to the domain by anything outside the collection"
    return f"{key.get('bits')} bits, {key.get('origin')} ({key.get('source') or 'no source given'}), {seen}{anchor}"


class Stated:
    """What the maker of the bundle put together anew: the header and the body as they were signed. The hash and the
    signature decide whether that is so; how the message as it lies here came to differ is only said."""

    def __init__(self, folder, value):
        self.header = self.body = None
        self.repairs, self.removed = [], []
        for path in sorted(folder.glob("signatures/*/signature.bin")):
            if path.read_bytes() != value:
                continue
            try:
                self.header = (path.parent / "signed-header.bin").read_bytes()
                self.body = (path.parent / "signed-body.bin").read_bytes()
                said = json.loads((path.parent / "signature.json").read_text(encoding="utf-8"))
                self.repairs = [str(name) for name in said.get("repairs", [])]
                self.removed = [(str(one["repair"]), str(one["text"])) for one in said.get("removed", [])]
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                pass
            break

    def header_fits(self, signature, keys):
        """Whether it ends in this very signature, its bh= included, and a key verifies it; asked only where a repair is
        named that this script does not redo."""
        own = signed_header([signature.fields[signature.index]], signature.header_form)
        is_told = {"dropped-field", "transfer-encoding", "wrapped-by-list", "subject-tag"} & set(self.repairs)
        is_own = is_told and self.header is not None and (self.header == own or self.header.endswith(b"\r\n" + own))
        value = decoded(signature.tags["b"])
        return is_own and any(key_verifies(key, signature.algorithm, self.header, value) for key in keys)

    def body_fits(self, signature):
        """Whether it has the hash in bh=; asked as above."""
        is_told = "transfer-encoding" in self.repairs or self.removed
        return bool(is_told) and self.body is not None and signature.fits(self.body)[0]

    def notes(self, signature, of_header, of_body):
        """How the message as it lies here differs from what was signed."""
        told = ", ".join(self.repairs) or "no repair is named"
        if of_header:
            form = signature.header_form
            here = {canonical_field(field, form) for field in signature.fields}
            lines = [line for line in re.split(rb"\r\n(?![ \t])", self.header) if line not in here]
            only = [line for line in lines if name_of(line) != b"dkim-signature"]
            shown = "; ".join(repr(line[:200].decode("utf-8", "backslashreplace")) for line in only)
            yield f"for the header in signed-header.bin, which is not that of the message ({told}); signed, and not here: {shown or 'nothing'}"
        if of_body:
            yield f"for the body in signed-body.bin, which is not that of the message ({told}): compare the two"
        for name, text in self.removed:
            yield f"once this is taken away ({name}), which is NOT covered and which anybody may have added: {text[:200]!r}"


def stated_repairs(folder, signature):
    """What its maker says had to be undone before this signature verified; only ever shown."""
    own = (signature.kind, signature.domain, signature.selector, signature.identity)
    for path in sorted(folder.glob("signatures/*/signature.json")):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            if tuple(said[name] for name in ("kind", "by", "selector", "identity")) == own and said["result"] == "pass":
                return [str(name) for name in said["repairs"]]
        except (ValueError, KeyError, TypeError):
            pass
    return []


def check_signature(where, make, body, keys, added, folder):
    """True: verifies; False: does not; None: nothing to check it with."""
    try:
        signature = make()
        name = signature.key_name()
        fitting = [key for key in keys if key.get("name") == name]
        if not fitting:
            say(where, f"not checked: this folder holds no key {name}")
            return None
        if body is None and signature.kind == "domainkeys":
            say(where, "not checked: it covers the body too, which is not in this folder")
            return None
        header, (body_repairs, tail) = signature.check_header(fitting), ([], 0)
        if body is not None and signature.has_body_hash:
            body_repairs, tail = signature.check_body(body, added)
        stated = Stated(folder, decoded(signature.tags["b"]))
        is_dkim = signature.kind == "dkim"
        of_header = is_dkim and header is None and stated.header_fits(signature, fitting)
        of_body = is_dkim and body_repairs is None and (header is not None or of_header) and stated.body_fits(signature)
    except (ValueError, KeyError) as error:
        say(where, f"does not verify: {error}")
        return False
    told = []
    if of_header or of_body:
        told = list(stated.notes(signature, of_header, of_body))
        header, body_repairs = [] if of_header else header, [] if of_body else body_repairs
        added = []
    reasons = []
    if header is None:
        what = "header and body are" if signature.kind == "domainkeys" else "the signed header fields are"
        reasons.append(what + " not those that this key signed")
    if body_repairs is None:
        reasons.append("the body is not the one that was signed")
    if reasons:
        undone = ", ".join(stated_repairs(folder, signature))
        notes = [f"signature.json says that it verifies once this is undone: {undone}; this script does not redo that"]
        say(where, "does not verify: " + "; ".join(reasons), notes if undone else [])
        return False
    notes = [f"key {name}: {provenance(key)}" for key in fitting] + told
    every = [place for places in added for place in places] if body is not None else []
    taken = [(name, body[start:end]) for name, start, end in every if name in body_repairs]
    if "subject-tag" in header and not told:
        taken.append(("subject-tag", b"the words in square brackets at the start of the subject"))
    for name, text in taken:
        shown = text[:200].decode("utf-8", "backslashreplace")
        notes.append(f"once this is taken away ({name}), which is NOT covered and which anybody may have added: {shown!r}")
    repairs = sorted(set(header + body_repairs) - {name for name, _ in taken})
    if repairs:
        notes.append("after undoing damage that changes no word: " + ", ".join(repairs))
    if tail:
        notes.append(f"the last {tail} octets of the body are NOT covered (l=)")
    if isinstance(signature, ArcSeal):
        notes.append("over the chain of ARC fields alone: what its servers recorded and signed")
        say(where, "verifies", notes)
        return True
    if signature.unsigned() and body is not None:
        notes.append("shown, and NOT covered: " + ", ".join(signature.unsigned()))
    if body is None:
        notes.append("the body is not in this folder; its signed hash (bh=) is " + decoded(signature.tags["bh"]).hex())
        say(where, "verifies, as far as it can be seen here: the signed header fields", notes)
    else:
        say(where, "verifies", notes)
    return True


def removed_places(folder, body_start):
    """Where in the body text stands that has to be taken away for each signature, in order of place; the hash of the rest
    decides whether that is so."""
    found = []
    for path in sorted(folder.glob("signatures/*/signature.json")):
        try:
            removed = json.loads(path.read_text(encoding="utf-8")).get("removed", [])
            places = [(str(one["repair"]), int(one["start"]) - body_start, int(one["end"]) - body_start) for one in removed]
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        found.append(sorted((place for place in places if 0 <= place[1] < place[2]), key=lambda place: place[1]))
    return found


def check_item(folder):
    """All signatures of one item; its keys are the only thing that is believed."""
    print(f"{folder.name}")
    keys, fine = [], True
    for path in sorted(folder.glob("signatures/*/key.json")):
        try:
            keys.append(json.loads(path.read_text(encoding="utf-8")))
        except ValueError:
            fine = False
            say(path.relative_to(folder).as_posix(), "cannot be read")
    items = sorted(folder.glob("item.*"))
    for path in items:
        is_named = sha256_of(path).startswith(folder.name)
        fine &= is_named
        say(path.name, "SHA-256 " + sha256_of(path) + ("" if is_named else ", which is NOT that of this folder's name"))
    source = next((path for path in (folder / "item.eml", folder / "signed-fields.eml") if path.is_file()), None)
    if source is None:
        say("signatures", "nothing to check: this is no message, or it has no signed fields")
        return fine
    stored = source.read_bytes()
    fields, body = split_message(stored)
    added = removed_places(folder, len(stored) - len(body))
    if source.name == "signed-fields.eml":
        body = None
    results = []
    for name, kind, added_of_kind in (
        ("DKIM-Signature", Signature, added),
        ("X-Google-DKIM-Signature", Google, []),
        ("DomainKey-Signature", lambda fields, index: DomainKey(fields, index, body), []),
    ):
        indexes = [index for index, field in enumerate(fields) if name_of(field) == name.lower().encode()]
        for number, index in enumerate(indexes, 1):
            make = functools.partial(kind, fields, index)
            results.append(check_signature(f"{name} {number}", make, body, keys, added_of_kind, folder))
    results += check_arc(fields, body, keys, folder)
    if not results:
        say("signatures", "the message has no DKIM signature, no ARC and no DomainKeys")
    return fine and False not in results


def check_arc(fields, body, keys, folder):
    """The two signatures of each ARC set, in order of the sets."""
    found = [(instance_of(field), index) for index, field in enumerate(fields) if name_of(field) in ARC_SET[1:]]
    found.sort(key=lambda one: (one[0] or 99, name_of(fields[one[1]]), one[1]))
    newest, results = max((instance or 0 for instance, _ in found), default=0), []
    for instance, index in found:
        name = name_of(fields[index])
        kind = ArcSeal if name == ARC_SET[2] else ArcMessage
        where, make = f"{NAMES[name]} i={instance or 'unreadable'}", functools.partial(kind, fields, index)
        result = check_signature(where, make, body, keys, [], folder)
        if result is False and kind is ArcMessage and instance and instance < newest:
            print("      a later server may have changed the message; only the newest has to verify (RFC 8617, section 5.2)")
            result = None
        results.append(result)
    return results


def main():
    bag = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    print("files")
    fine = check_files(bag)
    for folder in sorted(path for path in bag.glob("data/*") if path.is_dir()):
        fine &= check_item(folder)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
