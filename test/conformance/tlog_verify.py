#!/usr/bin/env python3
"""Verifies a Liaison log with nothing but Python's standard library.

Written from docs/spec/{log,checkpoint,receipt-proof}.md, RFC 9162, RFC 8032 and the C2SP specifications; it shares no code with
the product, so that nobody needs to trust the product to check what it says.

  tlog_verify.py log <folder> <policy> [--tiles-only] [--at SECONDS]
      a folder with `checkpoint` and `tile/...`
  tlog_verify.py receipt <file.json> <policy> [--expect MEMBER=VALUE ...] [--at SECONDS]
  tlog_verify.py growth <older> <newer> <policy> [HASH ...]
      two checkpoints, and a consistency proof as base64url hashes
  tlog_verify.py serve
      reads one JSON array of such arguments a line, answers each with one line

Prints {"outcome": "ok", ...} or {"outcome": ..., "check": "LOG-..", "message": ...} and exits 0 or 1.
"""
import base64
import collections
import hashlib
import json
import os
import re
import sys

CLOCK_SKEW = 300
TILE = 256


class Fault(Exception):
    def __init__(self, outcome, check, message):
        super().__init__(message)
        self.answer = {"outcome": outcome, "check": check, "message": message}


def malformed(check, message):
    return Fault("malformed", check, message)


# --- Ed25519 (RFC 8032 section 5.1), verification only ---------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign else x


def decompress(data):
    number = int.from_bytes(data, "little")
    y = number & ((1 << 255) - 1)
    x = recover_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)
NEUTRAL = (0, 1, 1, 0)


def is_public_key(key):
    """On the curve and in the group of prime order."""
    point = decompress(key) if len(key) == 32 else None
    return point is not None and not same(point, NEUTRAL) and same(multiply(L, point), NEUTRAL)


def verify_ed25519(key, message, signature):
    if len(signature) != 64:
        return False
    public, r = decompress(key), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if public is None or r is None or s >= L or same(multiply(8, r), NEUTRAL):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same(multiply(s, BASE), add(r, multiply(h, public)))


# --- encodings -------------------------------------------------------------------------------------------------------


def strict_base64(text, check):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise malformed(check, "not base64") from None
    if base64.b64encode(data).decode() != text:
        raise malformed(check, "not canonical base64")
    return data


def base64url(text, check):
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise malformed(check, "not base64url")
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_")
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != text:
        raise malformed(check, "not canonical base64url")
    return data


def decimal(text, check):
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", text) or int(text) > 2**53 - 1:
        raise malformed(check, "not a number")
    return int(text)


# --- keys and policy (C2SP signed-note, tlog-policy) -----------------------------------------------------------------

LOG, WITNESS = 1, 4


def is_name(name):
    return bool(name) and len(name) <= 255 and "+" not in name and not re.search(r"[\s\x00-\x1f\x7f-\x9f]", name)


def verifier_key(vkey):
    match = re.fullmatch(r"([^+]+)\+([0-9a-f]{8})\+(.+)", vkey)
    if match is None or not is_name(match[1]):
        raise malformed("LOG-20", "not a verifier key")
    name, key_id, material = match[1], match[2], strict_base64(match[3], "LOG-20")
    digest = hashlib.sha256(name.encode() + b"\n" + material).hexdigest()
    if digest[:8] != key_id or material[0] not in (LOG, WITNESS) or not is_public_key(material[1:]):
        raise malformed("LOG-20", "not a usable verifier key")
    return {"name": name, "id": key_id, "type": material[0], "key": material[1:]}


class Policy:
    def __init__(self, text):
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, None
        for line in text.split("\n"):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            getattr(self, "read_" + words[0], self.unknown)(words[1:])
        if self.quorum is None:
            raise malformed("LOG-21", "no quorum")

    def unknown(self, _words):
        raise malformed("LOG-21", "unknown word")

    def read_log(self, words):
        self.logs.append(verifier_key(words[0]))

    def read_witness(self, words):
        self.witnesses[words[0]] = verifier_key(words[1])

    def read_group(self, words):
        name, rule, members = words[0], words[1], words[2:]
        self.groups[name] = ({"any": 1, "all": len(members)}.get(rule) or int(rule), members)

    def read_quorum(self, words):
        self.quorum = words[0]

    def is_met(self, names, name=None):
        name = name or self.quorum
        if name == "none":
            return True
        if name not in self.groups:
            return name in names
        threshold, members = self.groups[name]
        return sum(self.is_met(names, member) for member in members) >= threshold


# --- notes and checkpoints -------------------------------------------------------------------------------------------


def read_note(text):
    """-> (text, [(name, key id, signature)])"""
    if re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise malformed("LOG-01", "control characters")
    blank = text.rfind("\n\n")
    if blank < 0 or not text.endswith("\n"):
        raise malformed("LOG-01", "no blank line, or no end")
    signatures = []
    for line in text[blank + 2 : -1].split("\n"):
        words = line.split(" ")
        if len(words) != 3 or words[0] != "\u2014" or not is_name(words[1]):
            raise malformed("LOG-01", "not a signature line")
        data = strict_base64(words[2], "LOG-01")
        if len(data) < 5:
            raise malformed("LOG-01", "signature too short")
        signatures.append((words[1], data[:4].hex(), data[4:]))
    return text[: blank + 1], signatures


def read_checkpoint(text):
    lines = text[:-1].split("\n")
    if len(lines) < 3 or "" in lines:
        raise malformed("LOG-02", "not a checkpoint")
    root = strict_base64(lines[2], "LOG-02")
    if len(root) != 32:
        raise malformed("LOG-02", "not a hash")
    return {"origin": lines[0], "size": decimal(lines[1], "LOG-02"), "root": root}


def by(key, signatures):
    return [signature for name, key_id, signature in signatures if (name, key_id) == (key["name"], key["id"])]


def verify_checkpoint(note, policy, at=None):
    text, signatures = read_note(note)
    checkpoint = read_checkpoint(text)
    message = text.encode()
    logs = [key for key in policy.logs if key["name"] == checkpoint["origin"]]
    if not logs:
        raise Fault("foreign-log", "LOG-03", "a log that the policy does not know")
    claimed = [verify_ed25519(key["key"], message, each) for key in logs for each in by(key, signatures)]
    if not claimed or not all(claimed):
        raise Fault("bad-signature", "LOG-04", "not signed by the log")
    cosigned = set()
    for name, key in policy.witnesses.items():
        for each in by(key, signatures):
            time = int.from_bytes(each[:8], "big")
            if not verify_ed25519(key["key"], f"cosignature/v1\ntime {time}\n".encode() + message, each[8:]):
                raise Fault("bad-signature", "LOG-05", f"the cosignature of {key['name']} is bad")
            if at is not None and time > at + CLOCK_SKEW:
                raise Fault("from-the-future", "LOG-23", f"the cosignature of {key['name']} is from the future")
            cosigned.add(name)
    if not policy.is_met(cosigned):
        raise Fault("no-quorum", "LOG-06", f"{len(cosigned)} known witnesses are too few")
    return checkpoint, sorted(cosigned)


# --- the tree (RFC 9162 section 2.1) ---------------------------------------------------------------------------------


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    row = hashes
    while len(row) > 1:
        row = [node_hash(*row[i : i + 2]) if i + 1 < len(row) else row[i] for i in range(0, len(row), 2)]
    return row[0]


def root_from_inclusion(index, size, leaf, proof):
    """Walks down from the root, by the definition of PATH: not the algorithm of the product."""
    if size == 1:
        return leaf if not proof else None
    if not proof:
        return None
    k = 1 << (size - 1).bit_length() - 1
    if index < k:
        left = root_from_inclusion(index, k, leaf, proof[:-1])
        return None if left is None else node_hash(left, proof[-1])
    right = root_from_inclusion(index - k, size - k, leaf, proof[:-1])
    return None if right is None else node_hash(proof[-1], right)


def roots_from_consistency(old, new, old_root, proof, whole=True):
    """-> (old root, new root) that the proof implies, by the definition of SUBPROOF."""
    if old == new:
        if whole:
            return (old_root, old_root) if not proof else None
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    k = 1 << (new - 1).bit_length() - 1
    if old <= k:
        below = roots_from_consistency(old, k, old_root, proof[:-1], whole)
        return below and (below[0], node_hash(below[1], proof[-1]))
    below = roots_from_consistency(old - k, new - k, old_root, proof[:-1], False)
    return below and (node_hash(proof[-1], below[0]), node_hash(proof[-1], below[1]))


# --- a whole log -----------------------------------------------------------------------------------------------------


def place_path(index, width):
    groups = re.findall(r"...", str(index).zfill(-(-len(str(index)) // 3) * 3))
    path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return path if width == TILE else f"{path}.p/{width}"


def read_file(folder, kind, index, width):
    """-> (bytes, how many hashes or entries they must hold)"""
    for held in dict.fromkeys((width, TILE)):
        path = os.path.join(folder, "tile", str(kind), place_path(index, held))
        if os.path.isfile(path):
            with open(path, "rb") as file:
                return file.read(), held
    raise Fault("missing", "LOG-15", f"tile/{kind}/{place_path(index, width)} is missing")


def read_tile(folder, level, index, width):
    data, held = read_file(folder, level, index, width)
    if len(data) != 32 * held:
        raise malformed("LOG-14", f"the tile {level} {index} is not whole")
    return [data[i : i + 32] for i in range(0, 32 * width, 32)]


def read_entries(folder, index, width):
    data, held = read_file(folder, "entries", index, width)
    entries, offset = [], 0
    for _ in range(held):
        length = int.from_bytes(data[offset : offset + 2], "big")
        if offset + 2 + length > len(data):
            raise malformed("LOG-18", "the entry bundle is cut off")
        entries.append(data[offset + 2 : offset + 2 + length])
        offset += 2 + length
    if offset != len(data):
        raise malformed("LOG-18", "the entry bundle holds more")
    return entries[:width]


def verify_log(folder, policy, with_entries=True, at=None):
    with open(os.path.join(folder, "checkpoint"), encoding="utf-8", newline="") as file:
        checkpoint, cosigned = verify_checkpoint(file.read(), policy, at)
    size = checkpoint["size"]
    row, shown, acts = [], 0, collections.Counter()
    for index in range(-(-size // TILE)):
        width = min(TILE, size - index * TILE)
        hashes = read_tile(folder, 0, index, width)
        for place, entry in enumerate(read_entries(folder, index, width) if with_entries else []):
            if entry and leaf_hash(entry) != hashes[place]:
                raise Fault("inconsistent", "LOG-19", f"entry {index * TILE + place} is not what was hashed")
            if entry:
                acts[read_entry(entry.decode("utf-8", "replace"))["type"]] += 1
            shown += bool(entry)
        row += hashes
    root = tree_root(row)
    level = 0
    while len(row) >= TILE:
        level += 1
        row = [tree_root(row[i : i + TILE]) for i in range(0, len(row) - TILE + 1, TILE)]
        for index in range(-(-len(row) // TILE)):
            part = row[index * TILE : (index + 1) * TILE]
            if read_tile(folder, level, index, len(part)) != part:
                raise Fault("inconsistent", "LOG-16", f"the tile {level} {index} contradicts those below it")
    if root != checkpoint["root"]:
        raise Fault("inconsistent", "LOG-17", "the tiles do not add up to the checkpoint")
    return {"outcome": "ok", "size": size, "shown": shown, "acts": dict(sorted(acts.items())), "cosigned": cosigned}


# --- receipts --------------------------------------------------------------------------------------------------------

ENTRY_MEMBERS = {
    "v", "type", "at", "actor", "subject", "headerHash", "purpose", "recipients", "authority", "sources", "consent",
    "releasedBy", "details", "salt",
}
SUBJECT_MEMBERS = {"channel", "seq", "epoch", "record", "about", "device", "contactPoint", "version"}
RECORD = "channel seq record headerHash"

# Every type, with what it needs beside what each entry has.
TYPES = {
    "record.stored": RECORD,
    "record.remarked": RECORD + " about",
    "record.withdrawn": RECORD + " about",
    "consent.asked": RECORD + " about consent",
    "consent.given": RECORD + " about consent",
    "consent.refused": RECORD + " about consent",
    "consent.revoked": RECORD + " about consent",
    "record.acknowledged": RECORD + " about",
    "record.opened": "channel record",
    "log.read": "purpose",
    "record.forwarded": RECORD + " sources recipients",
    "record.delivered": "channel seq recipients",
    "record.granted": RECORD + " recipients purpose",
    "record.exported": "channel record recipients purpose",
    "record.compiled": RECORD + " sources recipients",
    "record.erased": "channel record purpose",
    "erasure.attested": RECORD + " about",
    "log.started": "",
    "roster.published": "",
    "crl.published": "contactPoint",
    "sign-in-policy.published": "contactPoint",
    "second-factor.registered": "device",
    "second-factor.removed": "device",
    "second-factor.proved": "device",
    "second-factor.refused": "device",
    "second-factor.locked-out": "device",
    "second-factor.allowed": "device contactPoint",
    "second-factor.reset": "device contactPoint",
    "enrolment.invited": "device contactPoint",
    "enrolment.requested": "device contactPoint",
    "enrolment.approved": "device contactPoint",
    "enrolment.refused": "device contactPoint",
    "enrolment.renewal-requested": "device contactPoint",
    "enrolment.renewed": "device contactPoint",
    "custody.opened": "channel record contactPoint purpose",
    "custody.deposited": "channel record contactPoint",
    "custody.requested": "channel contactPoint purpose",
    "custody.approved": "channel contactPoint",
    "hold.placed": "channel contactPoint purpose",
    "hold.lifted": "channel contactPoint purpose",
    "session.started": "device",
    "session.refused": "device",
    "session.ended": "device",
    "officer.locked": "device contactPoint purpose",
    "officer.unlocked": "device contactPoint purpose",
    "key-packages.published": "device",
    "key-packages.claimed": "device",
    "channel.created": "channel",
    "channel.changed": "channel seq purpose",
    "channel.roles": "channel seq contactPoint purpose",
    "channel.handed-over": "channel seq contactPoint purpose",
    "channel.closed": "channel seq purpose",
    "channel.reopened": "channel seq purpose",
    "channel.left": "channel seq device purpose",
    "commit.ordered": "channel seq",
    "removal.proposed": "channel seq device purpose",
    "channel.titled": RECORD,
    "record.released": RECORD + " about",
    "templates.published": RECORD,
}


def canonical_json(value):
    """RFC 8785, for what entries hold: no fractions, and member names in ASCII."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def read_entry(text):
    try:
        entry = json.loads(text)
    except ValueError:
        raise malformed("LOG-10", "not JSON") from None
    if not isinstance(entry, dict) or canonical_json(entry) != text or not set(entry) <= ENTRY_MEMBERS:
        raise malformed("LOG-10", "not a canonical entry")
    if entry.get("v") != 1 or not {"type", "at", "actor", "subject", "salt"} <= set(entry):
        raise malformed("LOG-10", "not an entry of version 1")
    if len(base64url(entry["salt"], "LOG-10")) != 16:
        raise malformed("LOG-10", "no salt")
    if entry["type"] not in TYPES:
        raise malformed("LOG-10", "an unknown type of entry")
    if not isinstance(entry["subject"], dict) or not set(entry["subject"]) <= SUBJECT_MEMBERS:
        raise malformed("LOG-10", "an unknown member of the subject")
    # A court outside the community is named in words, in the place of recipients.
    present = {**entry["subject"], **entry, **({"recipients": 1} if "authority" in entry else {})}
    if not set(TYPES[entry["type"]].split()) <= set(present):
        raise malformed("LOG-10", f"a {entry['type']} entry lacks what it needs")
    return entry


def verify_receipt(proof, policy, expected, at=None):
    members = {"v": int, "entry": str, "index": int, "inclusion": list, "checkpoint": str}
    if set(proof) != set(members) or not all(isinstance(proof[name], of) for name, of in members.items()):
        raise malformed("LOG-11", "not a proof of a receipt")
    if proof["v"] != 1 or proof["index"] < 0:
        raise malformed("LOG-11", "not a proof of version 1")
    inclusion = [base64url(each, "LOG-11") for each in proof["inclusion"]]
    entry = read_entry(proof["entry"])
    checkpoint, cosigned = verify_checkpoint(proof["checkpoint"], policy, at)
    index, size, leaf = proof["index"], checkpoint["size"], leaf_hash(proof["entry"].encode())
    if index >= size or root_from_inclusion(index, size, leaf, inclusion) != checkpoint["root"]:
        raise Fault("not-included", "LOG-07", "the proof does not lead to the root")
    for name, value in expected.items():
        if str({**entry["subject"], **entry}.get(name)) != value:
            raise Fault("wrong-entry", "LOG-12", f"another act: its {name} differs")
    return {"outcome": "ok", "index": index, "type": entry["type"], "at": entry["at"], "cosigned": cosigned}


def verify_growth(older_note, newer_note, policy, proof):
    older, _ = verify_checkpoint(older_note, policy)
    newer, _ = verify_checkpoint(newer_note, policy)
    unproved = Fault("inconsistent", "LOG-08", "the proof does not show that the log only grew")
    if older["size"] == newer["size"] and not proof:
        if older["root"] != newer["root"]:
            raise Fault("split-view", "LOG-09", "two trees of one size")
    elif older["size"] == 0:
        if proof:
            raise unproved
    elif older["size"] > newer["size"]:
        raise unproved
    elif roots_from_consistency(older["size"], newer["size"], older["root"], proof) != (older["root"], newer["root"]):
        raise unproved
    return {"outcome": "ok", "from": older["size"], "to": newer["size"]}


# --- command line ----------------------------------------------------------------------------------------------------


def text_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def option(arguments, name):
    """Takes `name VALUE` out of the arguments."""
    if name not in arguments:
        return None
    place = arguments.index(name)
    value = arguments[place + 1]
    del arguments[place : place + 2]
    return value


def run(arguments):
    command, *rest = arguments
    seconds = option(rest, "--at")
    at = None if seconds is None else float(seconds)
    if command == "log":
        folder, policy = rest[:2]
        return verify_log(folder, Policy(text_of(policy)), "--tiles-only" not in rest, at)
    if command == "receipt":
        file, policy, *_ = rest
        expected = dict(each.split("=", 1) for each in rest[rest.index("--expect") + 1 :]) if "--expect" in rest else {}
        return verify_receipt(json.loads(text_of(file)), Policy(text_of(policy)), expected, at)
    if command == "growth":
        older, newer, policy, *proof = rest
        hashes = [base64url(each, "LOG-08") for each in proof]
        return verify_growth(text_of(older), text_of(newer), Policy(text_of(policy)), hashes)
    raise SystemExit(__doc__)


def answer(arguments):
    try:
        return run(arguments)
    except Fault as fault:
        return fault.answer


def main(arguments):
    if not arguments:
        raise SystemExit(__doc__)
    if arguments == ["serve"]:
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), flush=True)
        return 0
    result = answer(arguments)
    print(json.dumps(result))
    return 0 if result["outcome"] == "ok" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
