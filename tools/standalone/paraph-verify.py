#!/usr/bin/env python3
"""Judges a document sealed by Paraph. One file, Python 3.9 or newer, nothing else: no network, no database.

    python3 paraph-verify.py FILE.pdf --roots seal-root.pem --tsa-roots tsa-root.pem [--json | --pdf REPORT.pdf]

The roots (PEM) say whom you trust: the sealing key's root and the time-stamp authority's. Without them the file can
be found whole, and never accepted. Times are judged at the time of the stamp, so the clock of this machine plays no
part. Exit code: 0 valid, 1 not accepted, 2 not judged. Written apart from the product, to check it.
"""

# ruff: noqa
# fmt: off
import argparse, base64, hashlib, json, re, sys, zlib
from datetime import datetime, timezone

OIDS = {
    "2a864886f70d010702": "signed", "2a864886f70d010701": "data", "2a864886f70d0109100104": "tst",
    "608648016503040201": "sha256", "608648016503040202": "sha384", "608648016503040203": "sha512",
    "2a8648ce3d030107": "P-256", "2b81040022": "P-384", "2b81040023": "P-521",
    "2a8648ce3d040302": "sha256", "2a8648ce3d040303": "sha384", "2a8648ce3d040304": "sha512",
    "2a864886f70d01010b": "sha256", "2a864886f70d01010c": "sha384", "2a864886f70d01010d": "sha512",
}
PSS = "2a864886f70d01010a"
CURVES = {  # p, b, n, generator; a = p - 3 for all (FIPS 186-4, D.1.2)
    "P-256": (
        0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
         0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5),
    ),
    "P-384": (
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        (0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
         0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F),
    ),
}

class Bad(Exception):
    """What is wrong with the file, in a sentence."""

def read(data, at=0):
    """Return tag, contents, whole and end of the DER element at `at`."""
    tag, size, start = data[at], data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7F
        size, start = int.from_bytes(data[start:start + count], "big"), start + count
        if count == 0 or size < 0x80 or size >> (8 * (count - 1)) == 0:
            raise Bad("not DER")
    if tag & 0x1F == 0x1F or start + size > len(data):
        raise Bad("not DER")
    return tag, data[start:start + size], data[at:start + size], start + size

def items(data):
    found, at = [], 0
    while at < len(data):
        tag, inner, whole, at = read(data, at)
        found.append((tag, inner, whole))
    return found

def tlv(tag, data):
    if len(data) < 0x80:
        return bytes((tag, len(data))) + data
    size = len(data).to_bytes((len(data).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + data

def moment(text):
    text = text.decode("ascii")
    if len(text) == 13:
        text = ("19" if text[:2] >= "50" else "20") + text
    form = "%Y%m%d%H%M%S.%fZ" if "." in text else "%Y%m%d%H%M%SZ"
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc)

class Certificate:
    def __init__(self, der):
        self.der = der
        body, algorithm, signature = items(read(der)[1])
        fields = [one for one in items(body[1]) if one[0] != 0xA0]
        self.signed, self.algorithm, self.signature = body[2], algorithm, signature[1][1:]
        self.serial, self.issuer, self.subject = fields[0][2], fields[2][2], fields[4][2]
        if fields[1][2] != algorithm[2] or tlv(0x30, body[2] + algorithm[2] + signature[2]) != der:
            raise Bad("a certificate is not in its one form")
        self.begins, self.ends = (moment(one[1]) for one in items(fields[3][1]))
        self.key = fields[5][1]
        extensions = [one for one in fields if one[0] == 0xA3]
        listed = items(read(extensions[0][1])[1]) if extensions else []
        self.extensions = {items(one[1])[0][1].hex(): items(one[1])[-1][1] for one in listed}

    @property
    def name(self):
        found = re.findall(rb"\x06\x03\x55\x04\x03[\x0c\x13](.)", self.subject, re.S)
        at = self.subject.rfind(b"\x06\x03\x55\x04\x03")
        return self.subject[at + 7:at + 7 + found[-1][0]].decode("utf-8", "replace") if found else ""

    @property
    def is_authority(self):
        return bool(re.match(b"\x30.\x01\x01\xff", self.extensions.get("551d13", b""), re.S))

    @property
    def stamps_time(self):
        return b"\x06\x08+\x06\x01\x05\x05\x07\x03\x08" in self.extensions.get("551d25", b"")

    def check(self, signed, signature, digest, is_pss=False):
        """Raise Bad unless `signature` over `signed` was made with this certificate's key."""
        (_, algorithm, _), (_, bits, _) = items(self.key)
        number = hashlib.new(digest, signed).digest()
        curve = OIDS.get(items(algorithm)[-1][1].hex())
        if curve in CURVES:
            fits = ecdsa(CURVES[curve], bits[1:], number, signature)
        elif items(algorithm)[0][1].hex().startswith("2a864886f70d0101"):
            n, e = (int.from_bytes(one[1], "big") for one in items(read(bits, 1)[1]))
            fits = (rsa_pss if is_pss else rsa)(n, e, number, signature, digest)
        else:
            raise Bad("a kind of key that this program does not know")
        if not fits:
            raise Bad("a signature does not fit its key")

def add(one, two, p):
    if one is None or two is None: return one or two
    (x1, y1), (x2, y2) = one, two
    if x1 == x2 and (y1 + y2) % p == 0:
        return None
    slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, p) if one == two else (y2 - y1) * pow(x2 - x1, -1, p)
    x = (slope * slope - x1 - x2) % p
    return x, (slope * (x1 - x) - y1) % p

def times(k, point, p):
    found = None
    while k:
        if k & 1:
            found = add(found, point, p)
        point, k = add(point, point, p), k >> 1
    return found

def ecdsa(curve, public, digest, signature):
    p, b, n, generator = curve
    half = len(public) // 2
    x, y = int.from_bytes(public[1:1 + half], "big"), int.from_bytes(public[1 + half:], "big")
    if public[0] != 4 or max(x, y) >= p or (y * y - x ** 3 + 3 * x - b) % p:
        return False
    r, s = (int.from_bytes(one[1], "big") for one in items(read(signature)[1]))
    written = b"".join(tlv(2, one.to_bytes(one.bit_length() // 8 + 1, "big")) for one in (r, s))
    if tlv(0x30, written) != signature:
        return False  # the same numbers, written in another way
    if not (0 < r < n and 0 < s < n):
        return False
    z, w = int.from_bytes(digest[:(n.bit_length() + 7) // 8], "big"), pow(s, -1, n)
    found = add(times(z * w % n, generator, p), times(r * w % n, (x, y), p), p)
    return found is not None and found[0] % n == r

def rsa(n, e, digest, signature, name):
    known = [oid for oid, what in OIDS.items() if what == name and oid.startswith("6086")][0]
    info = tlv(0x30, tlv(0x30, tlv(6, bytes.fromhex(known)) + b"\x05\x00") + tlv(4, digest))
    size = (n.bit_length() + 7) // 8
    wanted = b"\x00\x01" + b"\xff" * (size - 3 - len(info)) + b"\x00" + info
    return len(signature) == size and pow(int.from_bytes(signature, "big"), e, n).to_bytes(size, "big") == wanted

def rsa_pss(n, e, digest, signature, name):
    bits, size = n.bit_length() - 1, len(digest)
    whole = pow(int.from_bytes(signature, "big"), e, n).to_bytes(length := (bits + 7) // 8, "big")
    masked, seed = whole[:length - size - 1], whole[length - size - 1:-1]
    mask = b"".join(hashlib.new(name, seed + i.to_bytes(4, "big")).digest() for i in range(len(masked) // size + 1))
    base = int.from_bytes(masked, "big") ^ int.from_bytes(mask[:len(masked)], "big")
    base = (base & ((1 << (8 * len(masked) - (8 * length - bits))) - 1)).to_bytes(len(masked), "big")
    pad, salt = base[:-size - 1].strip(b"\0"), base[-size:]
    return whole[-1] == 0xBC and not pad and base[-size - 1] == 1 and hashlib.new(name, bytes(8) + digest + salt).digest() == seed

class Container:
    """A CMS SignedData with one signer, read strictly: what it does not hold in its one form is refused."""

    def __init__(self, der):
        kind, wrapped = items(read(der)[1])
        _version, digests, content, certificates, signers = items(read(wrapped[1])[1])
        version, who, digest, attributes, algorithm, signature, *rest = items(read(signers[1])[1])
        self.kind = OIDS.get(items(content[1])[0][1].hex())
        self.digest, self.signature = OIDS[items(digest[1])[0][1].hex()], signature[1]
        self.attributes, self.content = attributes[1], None
        if len(items(content[1])) > 1:
            self.content = read(items(content[1])[1][1])[1]
        self.certificates = [Certificate(one[2]) for one in items(certificates[1])]
        self.own = next(one for one in self.certificates if one.issuer + one.serial == who[1])
        self.is_pss = items(algorithm[1])[0][1].hex() == PSS
        self.token = None
        tags = [one[0] for one in (version, who, digest, attributes, algorithm, signature, content, certificates, signers)]
        inner = [one[0] for one in items(content[1])] + ([items(items(content[1])[1][1])[0][0]] if self.content is not None else [])
        if tags != [2, 0x30, 0x30, 0xA0, 0x30, 4, 0x30, 0xA0, 0x31] or inner not in ([6], [6, 0xA0, 4]) or {items(one[1])[0][0] for one in (digest, algorithm)} != {6}: raise Bad("an unexpected element")
        signer = version[2] + who[2] + digest[2] + attributes[2] + algorithm[2] + signature[2]
        if rest:
            values = items(read(rest[0][1])[1])
            self.token = values[1][1]
            stamp = bytes.fromhex("060b2a864886f70d010910020e")
            signer += tlv(0xA1, tlv(0x30, stamp + tlv(0x31, self.token)))
        data = (tlv(2, b"\x01" if self.kind == "data" else b"\x03") + tlv(0x31, digest[2]) + content[2]
                + tlv(0xA0, b"".join(sorted(one.der for one in self.certificates))) + tlv(0x31, tlv(0x30, signer)))
        whole = tlv(0x30, bytes.fromhex("06092a864886f70d010702") + tlv(0xA0, tlv(0x30, data)))
        if whole != der or version[2] != b"\x02\x01\x01" or OIDS.get(kind[1].hex()) != "signed" or len(rest) > 1:
            raise Bad("a signature container is not in its one form")
        plain = all(not one[1] and one[0] == 5 for one in items(digest[1])[1:]) and len(items(digest[1])) < 3
        if digests[1] != digest[2] or not plain or not (self.is_pss or self._names(items(algorithm[1]))):
            raise Bad("a signature container names another algorithm")

    def _names(self, algorithm):
        name, tail = algorithm[0][1].hex(), algorithm[1:]
        is_rsa = name.startswith("2a864886f70d0101")
        if tail and (not is_rsa or [one[2] for one in tail] != [b"\x05\x00"]):
            return False
        return name == "2a864886f70d010101" or OIDS.get(name) == self.digest

    def check(self, digest):
        """Raise Bad unless the signer signed `digest` (of the content) and named this very certificate."""
        found = {items(one[1])[0][1].hex(): items(items(one[1])[1][1]) for one in items(self.attributes)}
        if found["2a864886f70d010904"][0][1] != digest:
            raise Bad("the content was changed after it was signed")
        binding = found.get("2a864886f70d010910022f") or found["2a864886f70d010910020c"]
        named = items(items(items(binding[0][1])[0][1])[0][1])
        hashed = next(one[1] for one in named if one[0] == 4)
        name = OIDS[items(named[0][1])[0][1].hex()] if named[0][0] == 0x30 and len(named[0][1]) < 20 else None
        name = name or ("sha256" if len(hashed) == 32 else "sha1")
        if hashlib.new(name, self.own.der).digest() != hashed:
            raise Bad("signed with another certificate")
        self.own.check(tlv(0x31, self.attributes), self.signature, self.digest, self.is_pss)

def chain(container, roots, at, time=False):
    """Return the certificates up to the top, and whether they meet one of `roots` (DER)."""
    pool, found = container.certificates + [Certificate(one) for one in roots], [container.own]
    if time and not container.own.stamps_time:
        raise Bad("a certificate that may not stamp times")
    while found[-1].issuer != found[-1].subject and len(found) < 6:
        above = next((one for one in pool if one.subject == found[-1].issuer and one.is_authority), None)
        if above is None:
            break
        name = OIDS.get(items(found[-1].algorithm[1])[0][1].hex(), "sha256")
        above.check(found[-1].signed, found[-1].signature, name)
        found.append(above)
    if found[-1].issuer == found[-1].subject:
        name = OIDS.get(items(found[-1].algorithm[1])[0][1].hex(), "sha256")
        found[-1].check(found[-1].signed, found[-1].signature, name)
    if any(not one.begins <= at <= one.ends for one in found):
        raise Bad("a certificate was not valid at the time of the stamp")
    if {one.der for one in container.certificates} - {one.der for one in found}: raise Bad("a certificate that does not belong")
    return found, any(one.der in roots for one in found)

def gap(pdf):
    if pdf.count(b"/ByteRange") != 1: raise Bad("not exactly one signature: a sealed original has one" if b"/ByteRange" in pdf else "no seal")
    found = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf)
    first, start, end, rest = map(int, found.groups()) if found else (1, 0, 0, 0)
    if first or not 0 < start < end - 2 or end + rest != len(pdf):
        raise Bad("the seal does not cover the whole file")
    digits = pdf[start + 1:end - 1]
    if pdf[start:start + 1] != b"<" or pdf[end - 1:end] != b">" or not re.fullmatch(rb"(?:[0-9A-F]{2})+", digits):
        raise Bad("the seal itself was altered")
    data = bytes.fromhex(digits.decode())
    whole = read(data)[2]
    if data[len(whole):].strip(b"\0"):
        raise Bad("the seal itself was altered")
    return start, end, Container(whole)

def judge(pdf, roots, tsa_roots):
    """Return the judgement as a dictionary; never raises for what the file holds."""
    report = {"verdict": "invalid", "why": "", "sha256": hashlib.sha256(pdf).hexdigest(), "trail": None}
    try:
        _judge(pdf, roots, tsa_roots, report)
    except Bad as fault:
        report["why"] = str(fault)
    except Exception:  # a damaged file can be wrong in any way: none of them is a proof
        report["why"] = "the seal cannot be read"
    return report

def _judge(pdf, roots, tsa_roots, report):
    start, end, seal = gap(pdf)
    if seal.kind != "data" or seal.content is not None or seal.token is None:
        raise Bad("not the seal of a document, or without a time stamp")
    seal.check(hashlib.new(seal.digest, pdf[:start] + pdf[end:]).digest())
    curve = CURVES.get(OIDS.get(items(items(seal.own.key)[0][1])[-1][1].hex()))
    if curve and int.from_bytes(items(read(seal.signature)[1])[1][1], "big") > curve[2] // 2: raise Bad("not the form of the signature that a seal has")
    stamp = Container(seal.token)
    if stamp.kind != "tst" or stamp.content is None or stamp.token is not None:
        raise Bad("not a time stamp")
    statement = items(read(stamp.content)[1])
    at = moment(statement[4][1])
    imprint = items(statement[2][1])
    if OIDS.get(items(imprint[0][1])[0][1].hex()) != "sha256" or imprint[1][1] != hashlib.sha256(seal.signature).digest():
        raise Bad("the time stamp belongs to something else")
    stamp.check(hashlib.new(stamp.digest, stamp.content).digest())
    above, is_known = chain(seal, roots, at)
    stamped, is_timely = chain(stamp, tsa_roots, at, time=True)
    report.update(sealed_at=at.isoformat(), sealed_by=seal.own.name, issuer=above[-1].name, authority=stamped[0].name)
    if not (is_known and is_timely):
        report.update(verdict="unknown_issuer", why="unchanged since it was sealed, but nobody you trust vouches for "
                      + ("the time" if is_known else "the key"))
        return
    if not re.search(rb"/TransformMethod\s*/DocMDP", pdf) or not re.search(rb"/P\s+1\b", pdf):
        raise Bad("the seal does not forbid changes")
    report["trail"] = trail(pdf)
    report["verdict"] = "valid"

def digest_of(values):
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()

def trail(pdf):
    """Return the evidence inside a proven file, its chain checked; None when it carries none."""
    for found in re.finditer(rb"stream\r?\n", pdf):
        data = pdf[found.end():]
        if data[:1] == b"x":
            try:
                data = zlib.decompressobj().decompress(data, 32 << 20)
            except zlib.error:
                continue
        else:
            data = data[:data.find(b"endstream")]
        if data.lstrip()[:1] != b"{" or b'"events"' not in data or b'"head"' not in data:
            continue
        evidence, before = json.loads(data), "0" * 64
        for number, event in enumerate(evidence["events"], 1):
            open_parts = ("ip", "browser", "data", "salt") if "details" in event else ()
            body = {key: value for key, value in event.items() if key != "hash" and key not in open_parts}
            told = {key: event[key] for key in open_parts if key in event}
            if event["number"] != number or event["previous"] != before or digest_of(body) != event["hash"]:
                raise Bad(f"event {number} of the evidence does not follow the one before")
            if told and digest_of(told) != event["details"]:
                raise Bad(f"event {number} of the evidence was altered")
            before = event["hash"]
        return evidence
    return None

WORDS = {"valid": "VALID: sealed, and unchanged since.", "invalid": "NOT ACCEPTED: this is not a sealed original.",
         "unknown_issuer": "NOT ACCEPTED: unchanged, but nobody you trust vouches for it."}
HOW = {"portal": "signed in to the company's portal", "code_same": "personal link, and a code sent to the same address",
       "code_other": "personal link, and a code sent over another channel", "link": "personal link only",
       "in_person": "in person, beside a colleague"}

def lines(report, name):
    say = [WORDS[report["verdict"]], report["why"], "", f"File       {name}", f"SHA-256    {report['sha256']}"]
    if report.get("sealed_at"):
        say += [f"Sealed by  {report['sealed_by']} (certified by {report['issuer']})",
                f"Sealed at  {report['sealed_at']} ({report['authority']})"]
    evidence = report["trail"] or {}
    if evidence:
        about = evidence.get("envelope")
        about = about if isinstance(about, dict) else {}
        say += [f"Document   {about.get('title', '')} ({about.get('number', '')})", ""]
    for person in evidence.get("recipients", []):
        if person.get("signed_at"):
            say += [f"Signed     {person['name']}, {person['signed_at']}", f"           {HOW.get(person.get('identified_by'), '')}"]
    for event in evidence.get("events", []):
        say += [f"{event['number']:>4}  {event['at']}  {event['kind']:<18} {event['actor']}"]
    return ["".join(one if one.isprintable() else "\ufffd" for one in line) for line in say]

def as_pdf(text):
    """Return a plain PDF of `text`, 60 lines a page; what Helvetica does not know becomes "?"."""
    pages = [text[at:at + 60] for at in range(0, len(text), 60)]
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    for page in pages:
        shown = [re.sub(rb"([\\()])", rb"\\\1", one[:110].encode("cp1252", "replace")) for one in page]
        body = b"BT /F1 9 Tf 50 800 Td 12 TL " + b" ".join(b"(" + one + b") Tj T*" for one in shown) + b" ET"
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % (len(objects) + 2))
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(body), body))
    kids = b" ".join(b"%d 0 R" % number for number in range(4, len(objects) + 1, 2))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(pages), kids)
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(out))

def roots_of(path):
    with open(path, encoding="ascii", errors="ignore") as source:
        found = re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END", source.read(), re.S)
    return [base64.b64decode(one) for one in found]

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--roots", action="append", default=[], help="PEM file of the sealing key's root")
    parser.add_argument("--tsa-roots", action="append", default=[], help="PEM file of the time-stamp authority's root")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pdf", help="write the judgement into this file")
    asked = parser.parse_args()
    try:
        with open(asked.file, "rb") as source:
            pdf = source.read()
        roots = [one for path in asked.roots for one in roots_of(path)]
        tsa = [one for path in asked.tsa_roots for one in roots_of(path)]
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    report = judge(pdf, roots, tsa)
    text = lines(report, asked.file)
    if asked.pdf:
        with open(asked.pdf, "wb") as out:
            out.write(as_pdf(text))
    print(json.dumps(report, indent=2, ensure_ascii=False) if asked.json else "\n".join(text))
    return 0 if report["verdict"] == "valid" else 1

if __name__ == "__main__":
    sys.exit(main())
