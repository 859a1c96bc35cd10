#!/usr/bin/env python3
"""Makes the signed fixtures of people: S/MIME with `openssl cms`, OpenPGP with `gpg`.

Everybody in them is invented. Private keys live in a temporary folder and are thrown away, so a second run makes other
fixtures: bless the expected files afterwards and read the difference. Needs Python 3 with `cryptography`, OpenSSL 3 and
GnuPG 2.2. The time in S/MIME signatures is that of the machine; OpenPGP signatures are dated 14 March 2017.

    python3 crates/examine/tests/people/make.py
"""

import base64
import datetime
import pathlib
import shutil
import subprocess
import tempfile
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).resolve().parent
SHELF = HERE.parent.parent / "src/tests_of/signature"
WORK = pathlib.Path(tempfile.mkdtemp(prefix="people-"))
NOW = datetime.datetime.now(datetime.timezone.utc)
DATE = NOW.strftime("%a, %d %b %Y %H:%M:%S +0000")
PGP_DATE = "Tue, 14 Mar 2017 08:12:30 +0000"
PGP_TIME = "20170314T081230!"


def name(common, org="Northquay"):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, org), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def day(year):
    return datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc)


class Person:
    def __init__(self, short, common, mail, issuer=None, authority=False, key=None, years=(2016, 2046), digest=None):
        self.short, self.mail = short, mail
        self.key = key or rsa.generate_private_key(65537, 2048)
        subject = name(common)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.cert.subject if issuer else subject)
            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(day(years[0])).not_valid_after(day(years[1]))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
        )
        if mail:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(mail)]), critical=False)
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        self.cert = builder.sign(issuer.key if issuer else self.key, digest or hashes.SHA256())
        self.chain = ([issuer] if issuer and issuer.chain_on else [])
        self.chain_on = authority and issuer is not None
        (WORK / f"{short}.key").write_bytes(self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
        (WORK / f"{short}.pem").write_bytes(self.pem())

    def pem(self):
        return self.cert.public_bytes(serialization.Encoding.PEM)

    def sign(self, content, *options, others=(), detached=True):
        (WORK / "content").write_bytes(content)
        command = ["openssl", "cms", "-sign", "-binary", "-in", WORK / "content", "-outform", "DER"]
        for person in (self, *others):
            command += ["-signer", WORK / f"{person.short}.pem", "-inkey", WORK / f"{person.short}.key"]
        links = b"".join(dict.fromkeys(link.pem() for person in (self, *others) for link in person.chain))
        if links:
            (WORK / "chain.pem").write_bytes(links)
            command += ["-certfile", WORK / "chain.pem"]
        if not detached:
            command.append("-nodetach")
        return run(command + list(options))


def run(command, data=None):
    done = subprocess.run([str(part) for part in command], input=data, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr.decode()}")
    return done.stdout


def crlf(text):
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def b64(data):
    return base64.encodebytes(data).decode()


def header(comments, sender="Anna Ried <anna@northquay.example>", to="Jon Maar <jon@harbour.example>", subject="The lease", date=None, more=""):
    return (f"Comments: {comments}\nFrom: {sender}\nTo: {to}\nSubject: {subject}\nDate: {date or DATE}\n"
            f"Message-ID: <{zlib.crc32(comments.encode())}@northquay.example>\nMIME-Version: 1.0\n{more}")


TEXT = "Content-Type: text/plain; charset=utf-8\n\nThe hall is ours until the end of March.\nWe pay 4,200 a month.\n\nAnna\n"


def multipart(content, signature, protocol="application/pkcs7-signature", boundary="signed-1", micalg="sha-256"):
    kind = "application/pgp-signature; name=signature.asc" if "pgp" in protocol else f"{protocol}; name=smime.p7s"
    encoding = "" if "pgp" in protocol else "Content-Transfer-Encoding: base64\n"
    return (f'Content-Type: multipart/signed; protocol="{protocol}"; micalg={micalg}; boundary="{boundary}"\n\n'
            f"--{boundary}\n{content}\n--{boundary}\nContent-Type: {kind}\n{encoding}\n{signature}\n--{boundary}--\n")


def write(test, case, text, roots=()):
    folder = SHELF / test
    folder.mkdir(exist_ok=True)
    data = text if isinstance(text, bytes) else crlf(text)
    (folder / f"{case}.eml").write_bytes(data)
    if roots:
        (folder / f"{case}.world").write_text("".join(f"roots: {root}\n" for root in roots))


def smime():
    root = Person("root", "Northquay Root", None, authority=True)
    middle = Person("middle", "Northquay Mail CA", None, issuer=root, authority=True)
    anna = Person("anna", "Anna Ried", "anna@northquay.example", issuer=middle)
    jon = Person("jon", "Jon Maar", "jon@harbour.example", issuer=middle, key=ec.generate_private_key(ec.SECP256R1()))
    eve = Person("eve", "Eve Holm", "eve@northquay.example", issuer=middle)
    stranger = Person("stranger", "Anna Ried", "anna@northquay.example")
    late = Person("late", "Anna Ried", "anna@northquay.example", issuer=middle, years=(2017, 2019))
    no_authority = Person("sub", "Anna Ried", "anna@northquay.example", issuer=eve)
    no_authority.chain = [eve, middle]
    (HERE / "root.pem").write_bytes(root.pem())
    trust = ["root.pem"]

    def detached(test, case, comments, signer, content=TEXT, change=None, options=(), others=(), roots=trust, **head):
        signature = b64(signer.sign(crlf(content), *options, others=others))
        shown = change(content) if change else content
        write(test, case, header(comments, **head) + multipart(shown, signature), roots)

    test = "smime_signature"
    detached(test, "innocent_signed_by_sender", "Signed by Anna with a certificate of a trusted authority; nothing changed.", anna)
    detached(test, "innocent_lines_of_an_export", "As signed, but stored with LF line ends and mbox quoting.", anna,
             content=TEXT.replace("We pay", "From April we pay"))
    path = SHELF / test / "innocent_lines_of_an_export.eml"
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\nFrom April", b"\n>From April"))
    protected = TEXT.replace("Content-Type: text/plain; charset=utf-8\n", 'Content-Type: text/plain; charset=utf-8; protected-headers="v1"\n'
                             f"From: Anna Ried <anna@northquay.example>\nTo: Jon Maar <jon@harbour.example>\nSubject: The lease\nDate: {DATE}\n")
    detached(test, "innocent_protected_fields", "Signed by Anna with the visible fields inside the signed part.", anna, content=protected)
    opaque = anna.sign(crlf(TEXT), detached=False)
    write(test, "innocent_opaque", header("Opaque: the signed text lies inside the CMS object.")
          + "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" + b64(opaque), trust)
    streamed = anna.sign(crlf(TEXT), "-stream", detached=False)
    write(test, "innocent_opaque_in_pieces", header("Opaque, BER with open lengths and content in pieces.")
          + "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" + b64(streamed), trust)
    detached(test, "innocent_elliptic_curve", "Signed by Jon with ECDSA on P-256.", jon, sender="Jon Maar <jon@harbour.example>", to="anna@northquay.example")
    detached(test, "innocent_pss", "RSASSA-PSS with SHA-256.", anna, options=("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"))
    detached(test, "innocent_without_attributes", "Signed without signed attributes, so without a time; judged at Date.", anna, options=("-noattr",))
    detached(test, "changed_amount", "The amount was changed by hand after signing.", anna, change=lambda text: text.replace("4,200", "9,200"))
    detached(test, "nobody_vouches", "Signed with a certificate that a stranger made for himself in Anna's name.", stranger)
    detached(test, "no_roots_given", "Signed by Anna; the user gave no roots.", anna, roots=())
    detached(test, "issued_by_no_authority", "The certificate in Anna's name was issued by Eve, whose own is good but no authority's.", no_authority)
    detached(test, "expired_when_signing", "Signed seven years after the certificate had expired.", late)
    detached(test, "signed_by_another", "Signed by Eve with her own trusted certificate; From was set to Anna.", eve)
    detached(test, "weak_hash", "Signed with SHA-1.", anna, options=("-md", "sha1"))
    detached(test, "weak_key", "Signed with an RSA key of 512 bits.",
             Person("short", "Anna Ried", "anna@northquay.example", issuer=middle, key=short_key()))
    detached(test, "two_signers", "Signed by Eve and by Anna; the text is as both signed it.", anna, others=(eve,))
    carried = b64(anna.sign(crlf(TEXT), detached=False))
    write(test, "carries_other_content", header("The signature carries the content it was made over; another text stands where it is shown.")
          + multipart(TEXT.replace("4,200", "9,200"), carried), trust)
    only = run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", WORK / "anna.pem", "-outform", "DER"])
    write(test, "certificates_only", header("A CMS object with certificates and no signer.") + multipart(TEXT, b64(only)), trust)
    (WORK / "content").write_bytes(crlf(TEXT))
    secret = run(["openssl", "cms", "-encrypt", "-aes128", "-binary", "-in", WORK / "content", "-outform", "DER", WORK / "anna.pem"])
    write(test, "encrypted", header("Encrypted: nothing inside can be examined.")
          + "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" + b64(secret), trust)
    write(test, "words_of_a_signature", header("No signature at all: the text claims one.")
          + "Content-Type: text/html\n\n<p style=\"background:#cfc\">Signed by anna@northquay.example. Signature verified.</p><p>We pay 9,200 a month.</p>\n", trust)
    write(test, "cut_signature", header("The signature lost its end.") + multipart(TEXT, b64(anna.sign(crlf(TEXT))[:400])), trust)

    test = "personal_signer"
    detached(test, "innocent_own_certificate", "Signed by the sender, at the time that is shown.", anna)
    detached(test, "certificate_of_another", "Signed by Eve; From was set to Anna.", eve)
    detached(test, "date_moved", "Date was moved back after signing.", anna, date="Mon, 06 Jan 2025 09:00:00 +0100")

    test = "personal_scope"
    detached(test, "innocent_protected_fields", "Signed by Anna with the visible fields inside the signed part.", anna, content=protected)
    detached(test, "innocent_body", "Signed by Anna; the fields of the header are not signed, as usual.", anna)
    detached(test, "subject_changed", "The Subject that is shown is not the signed one.", anna, content=protected, subject="The lease is off")
    inner = multipart(TEXT, b64(anna.sign(crlf(TEXT))))
    write(test, "text_above", header("Anna's signed part was wrapped and a text set above it.")
          + f'Content-Type: multipart/mixed; boundary="outer"\n\n--outer\nContent-Type: text/plain\n\nDear Jon, pay the rest to the new account below.\n--outer\n{inner}\n--outer--\n', trust)
    write(test, "innocent_list_footer", header("A mailing list wrapped the signed message and added its footer.")
          + f'Content-Type: multipart/mixed; boundary="outer"\n\n--outer\n{inner}\n--outer\nContent-Type: text/plain\n\n_____\nharbour mailing list\n--outer--\n', trust)
    write(test, "hidden_in_related", header("Another HTML is the root; Anna's signed part lies behind it and is not shown.")
          + f'Content-Type: multipart/related; boundary="outer"\n\n--outer\nContent-Type: text/html\n\n<p>We pay 9,200 a month.</p>\n--outer\n{inner}\n--outer--\n', trust)
    write(test, "one_of_two_versions", header("Anna's signed part is one of two alternatives.")
          + f'Content-Type: multipart/alternative; boundary="outer"\n\n--outer\n{inner}\n--outer\nContent-Type: text/html\n\n<p>We pay 9,200 a month.</p>\n--outer--\n', trust)
    letter = crlf(f"Content-Type: message/rfc822\n\nFrom: Anna Ried <anna@northquay.example>\nTo: jon@harbour.example\nSubject: The lease\nDate: {DATE}\n" + TEXT)
    wrapped = multipart(letter.decode().replace("\r\n", "\n"), b64(anna.sign(letter)))
    write(test, "innocent_wrapped_message", header("The whole message is wrapped and signed (RFC 8551, section 3.1).", to="jon@harbour.example") + wrapped, trust)
    write(test, "attached_message_of_another", header("Anna's signed message is shown under the header of another.", sender="Board <board@northquay.example>", subject="Decision of the board") + wrapped, trust)


def short_key():
    # The library refuses to make one; OpenSSL does not.
    path = WORK / "short512.key"
    path.write_bytes(run(["openssl", "genrsa", "-traditional", "512"]))
    return serialization.load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)


def gpg(*options, data=None, at=PGP_TIME):
    home = WORK / "gnupg"
    home.mkdir(mode=0o700, exist_ok=True)
    return run(["gpg", "--homedir", home, "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "",
                "--faked-system-time", at, "--trust-model", "always", *options], data)


def new_key(user, kind, expiry="never", at="20160301T090000!"):
    gpg("--quick-generate-key", user, kind, "sign,cert", expiry, at=at)
    lines = gpg("--with-colons", "--list-keys", user).decode().splitlines()
    return next(line.split(":")[9] for line in lines if line.startswith("fpr"))


def export(key):
    return gpg("--armor", "--export", key).decode()


def openpgp():
    anna = new_key("Anna Ried <anna@northquay.example>", "rsa2048")
    eve = new_key("Eve Holm <eve@northquay.example>", "ed25519")
    (HERE / "anna.asc").write_text(export(anna))
    (HERE / "eve.asc").write_text(export(eve))
    test = "openpgp_signature"
    trust = ["anna.asc"]

    def signature(key, content, *options, at=PGP_TIME):
        return gpg("--local-user", key, "--armor", "--detach-sign", *options, data=content, at=at).decode()

    def mime(case, comments, key, content=TEXT, change=None, roots=trust, options=(), at=PGP_TIME, more="", **head):
        signed = signature(key, crlf(content), *options, at=at)
        head.setdefault("date", PGP_DATE)
        write(test, case, header(comments, more=more, **head) + multipart(change(content) if change else content, signed,
              "application/pgp-signature", micalg="pgp-sha256"), roots)

    mime("innocent_signed_by_sender", "Signed by Anna with a key that the user vouches for.", anna)
    mime("innocent_text_mode", "A signature of text rather than of bytes.", anna, options=("--textmode",))
    protected = TEXT.replace("Content-Type: text/plain; charset=utf-8\n", 'Content-Type: text/plain; charset=utf-8; protected-headers="v1"\n'
                             f"From: Anna Ried <anna@northquay.example>\nTo: Jon Maar <jon@harbour.example>\nSubject: The lease\nDate: {PGP_DATE}\n")
    mime("innocent_protected_fields", "Signed by Anna with the visible fields inside the signed part.", anna, content=protected)
    mime("changed_amount", "The amount was changed by hand after signing.", anna, change=lambda text: text.replace("4,200", "9,200"))
    mime("no_key", "The key is not known.", anna, roots=())
    mime("signed_by_another", "Signed by Eve, whose key is vouched for; From was set to Anna.", eve, roots=["eve.asc"])
    mime("weak_hash", "Signed with SHA-1.", anna, options=("--digest-algo", "SHA1"))
    expired = new_key("Anna Ried (2015) <anna.ried@northquay.example>", "ed25519", expiry="20151231T000000", at="20150301T090000!")
    # GnuPG refuses to sign with an expired key, so it signs while the key is valid and expires before that afterwards.
    signed = signature(expired, crlf(TEXT), at="20151101T090000!")
    gpg("--quick-set-expire", expired, "20151001T000000", at="20150901T090000!")
    (HERE / "expired.asc").write_text(export(expired))
    write(test, "expired_when_signing", header("Signed a month after the key had expired.", sender="anna.ried@northquay.example", date="Sun, 01 Nov 2015 09:00:00 +0000")
          + multipart(TEXT, signed, "application/pgp-signature"), ["expired.asc"])
    revoked = new_key("Anna Ried (lost) <anna@harbour.example>", "ed25519")
    signed = signature(revoked, crlf(TEXT))
    listing = WORK / "gnupg/openpgp-revocs.d" / f"{revoked}.rev"
    gpg("--import", data=listing.read_bytes().replace(b":-----BEGIN", b"-----BEGIN"))
    (HERE / "revoked.asc").write_text(export(revoked))
    write(test, "revoked_key", header("The key was revoked without a reason, which may be that it was stolen.", sender="anna@harbour.example", date=PGP_DATE)
          + multipart(TEXT, signed, "application/pgp-signature"), ["revoked.asc"])
    stranger = new_key("Anna Ried (new) <anna@northquay.example>", "ed25519", at="20170101T090000!")
    key_part = f"Content-Type: application/pgp-keys; name=key.asc\nContent-Disposition: attachment; filename=key.asc\n\n{export(stranger)}"
    content = f'Content-Type: multipart/mixed; boundary="inner"\n\n--inner\n{TEXT}--inner\n{key_part}--inner--\n'
    mime("key_in_the_message", "The key comes with the message, and anybody could have made it.", stranger, content=content)
    autocrypt = base64.b64encode(gpg("--export", stranger)).decode()
    folded = "\n ".join(autocrypt[at:at + 70] for at in range(0, len(autocrypt), 70))
    mime("key_in_autocrypt", "The key stands in the field Autocrypt, and anybody could have made it.", stranger,
         more=f"Autocrypt: addr=anna@northquay.example; keydata=\n {folded}\n")
    dsa = new_key("Anna Ried (dsa) <anna@northquay.example>", "dsa2048")
    (HERE / "dsa.asc").write_text(export(dsa))
    mime("innocent_dsa", "Signed with DSA.", dsa, roots=["dsa.asc"])
    curve = new_key("Anna Ried (p256) <anna@northquay.example>", "nistp256")
    (HERE / "curve.asc").write_text(export(curve))
    mime("innocent_elliptic_curve", "Signed with ECDSA on P-256.", curve, roots=["curve.asc"])
    gpg("--quick-add-key", anna, "ed25519", "sign", "never", at="20160302T090000!")
    (HERE / "anna.asc").write_text(export(anna))
    mime("innocent_subkey", "Signed with a subkey of Anna's key.", anna)

    letter = "The hall is ours until the end of March.\n- From April we pay 4,200 a month.\n\nAnna\n"
    clear = gpg("--local-user", f"{anna}!", "--clear-sign", data=letter.encode()).decode()
    plain = "Content-Type: text/plain; charset=utf-8\n\n"
    write(test, "innocent_in_the_clear", header("Signed in the clear; the whole text is inside.", date=PGP_DATE) + plain + clear, trust)
    write(test, "text_below_the_clear", header("Text was added below the signed one.", date=PGP_DATE) + plain + clear + "\nPS: pay the rest to the new account.\n", trust)
    write(test, "changed_in_the_clear", header("A word was changed inside.", date=PGP_DATE) + plain + clear.replace("4,200", "9,200"), trust)
    packed = gpg("--local-user", f"{anna}!", "--armor", "--sign", data=letter.encode()).decode()
    write(test, "packed_text", header("The signed text is packed; readers without OpenPGP do not show it.", date=PGP_DATE) + plain + packed, trust)
    words = plain + "gpg: Signature made Tue 14 Mar 2017\ngpg: Good signature from \"Anna Ried <anna@northquay.example>\"\n\nWe pay 9,200 a month.\n"
    write(test, "words_of_a_signature", header("No signature at all: the text claims one.", date=PGP_DATE) + words, trust)
    other = new_key("Jon Maar <jon@harbour.example>", "rsa2048")
    gpg("--quick-add-key", other, "rsa2048", "encrypt", "never", at="20160301T090000!")
    secret = gpg("--armor", "--encrypt", "--recipient", other, data=crlf(TEXT)).decode()
    write(test, "encrypted", header("Encrypted: nothing inside can be examined.", date=PGP_DATE)
          + 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="enc"\n\n--enc\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n'
          + f"--enc\nContent-Type: application/octet-stream; name=encrypted.asc\n\n{secret}--enc--\n", trust)


if __name__ == "__main__":
    try:
        smime()
        openpgp()
    finally:
        subprocess.run(["gpgconf", "--homedir", str(WORK / "gnupg"), "--kill", "all"], capture_output=True)
        shutil.rmtree(WORK, ignore_errors=True)
