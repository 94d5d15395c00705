"""A certificate of this computer, made by itself: phones give tilt and a lit screen only to pages that have one."""
import contextlib
import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs

#: Browsers refuse certificates that are valid for longer.
DAYS = 397
#: A new one is made when the old one ends sooner than this.
SPARE_DAYS = 2


def _folder() -> Path:
    return platformdirs.user_state_path("imm_audio", appauthor=False) / "desk"


def certificate_for(addresses: list[str]) -> tuple[str, str]:
    """Files of a certificate for these addresses and of its key; made when there is none that fits."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not (key.exists() and _fits(certificate, addresses)):
        _make(certificate, key, addresses)
    return str(certificate), str(key)


def _fits(certificate: Path, addresses: list[str]) -> bool:
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    known = {str(ip) for ip in names.get_values_for_type(x509.IPAddress)}
    return set(addresses) <= known and found.not_valid_after_utc > datetime.now(UTC) + timedelta(days=SPARE_DAYS)


def _make(certificate: Path, key: Path, addresses: list[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    secret = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "imm_audio on this computer")]), datetime.now(UTC)
    names = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses)]
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(secret.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=DAYS - 1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(secret, hashes.SHA256()))
    _write(key, secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()))
    _write(certificate, made.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, text: bytes) -> None:
    """For nobody but this user, from the first moment on."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
