//! Transferable public keys (RFC 9580, section 10.1): whose a key is, and whether it could sign at a time.

use mabillon_case::{ArmorKind, Stamp};

use super::armor::blocks;
use super::packet::{self, Octets, Packet};
use super::signature::{OpenPgpSignature, of_packet, signature, stamp};
use crate::hex;
use crate::key::{Curve, Hash, PublicKey, Weakness};
use crate::limits::{ADDRESSES_MAX, CERTIFICATIONS_MAX, MODULUS_BITS_MAX, NAME_CHARS_MAX};

/// A primary key with its names and subkeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPgpKey {
    primary: KeyPacket,
    /// Signatures directly on the primary key: revocations among them.
    on_primary: Vec<OpenPgpSignature>,
    user_ids: Vec<UserId>,
    subkeys: Vec<Subkey>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct KeyPacket {
    version: u8,
    body: Vec<u8>,
    created: Option<Stamp>,
    key: PublicKey,
    fingerprint: String,
    id: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct UserId {
    text: Vec<u8>,
    signatures: Vec<OpenPgpSignature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Subkey {
    packet: KeyPacket,
    signatures: Vec<OpenPgpSignature>,
}

/// What came of a signature under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCheck {
    /// Whether the signature fits; `None` where that was not computed.
    pub fits: Option<bool>,
    /// Fingerprint of the primary key, in hexadecimal; its id where it is of a version without one.
    pub fingerprint: String,
    /// `rsa-sha256`
    pub algorithm: String,
    /// Size of the signing key in bits.
    pub key_bits: u32,
    /// Why hash or key no longer bind.
    pub weakness: Option<Weakness>,
    /// The names that the key gives itself, verified.
    pub user_ids: Vec<String>,
    /// The mail addresses in them, lower case.
    pub addresses: Vec<String>,
    /// Until when the signing key may sign.
    pub valid_until: Option<Stamp>,
    /// Why the key could not sign then, in plain words; empty where it could.
    pub problem: String,
}

const CERTIFICATION: std::ops::RangeInclusive<u8> = 0x10..=0x13;
const SUBKEY_BINDING: u8 = 0x18;
const PRIMARY_BINDING: u8 = 0x19;
const DIRECT: u8 = 0x1f;
const KEY_REVOCATION: u8 = 0x20;
const SUBKEY_REVOCATION: u8 = 0x28;
const NAME_REVOCATION: u8 = 0x30;

/// The public keys of a file or an attachment: armored, or bare packets.
pub fn read_keys(bytes: &[u8]) -> Vec<OpenPgpKey> {
    let armored: Vec<Vec<u8>> = blocks(bytes)
        .into_iter()
        .filter(|block| block.kind == ArmorKind::PublicKey)
        .map(|block| block.packets)
        .collect();
    if armored.is_empty() {
        return keys_of(packet::packets(bytes));
    }
    armored
        .iter()
        .flat_map(|bytes| keys_of(packet::packets(bytes)))
        .collect()
}

fn keys_of(packets: Vec<Packet>) -> Vec<OpenPgpKey> {
    let mut keys: Vec<OpenPgpKey> = Vec::new();
    // A key that cannot be read takes what follows it along.
    let mut is_skipping = true;
    for packet in packets {
        match packet.tag {
            packet::PUBLIC_KEY => {
                let read = key_packet(&packet.body);
                is_skipping = read.is_none();
                keys.extend(read.map(|primary| OpenPgpKey {
                    primary,
                    on_primary: Vec::new(),
                    user_ids: Vec::new(),
                    subkeys: Vec::new(),
                }));
            }
            _ if is_skipping => {}
            _ => {
                if let Some(key) = keys.last_mut() {
                    key.add(&packet);
                }
            }
        }
    }
    keys
}

impl OpenPgpKey {
    fn add(&mut self, packet: &Packet) {
        match packet.tag {
            packet::USER_ID => self.user_ids.push(UserId {
                text: packet.body.clone(),
                signatures: Vec::new(),
            }),
            packet::PUBLIC_SUBKEY => {
                let read = key_packet(&packet.body);
                self.subkeys.extend(read.map(|packet| Subkey {
                    packet,
                    signatures: Vec::new(),
                }));
            }
            packet::SIGNATURE => {
                let list = match (self.subkeys.last_mut(), self.user_ids.last_mut()) {
                    (Some(subkey), _) => &mut subkey.signatures,
                    (None, Some(user_id)) => &mut user_id.signatures,
                    (None, None) => &mut self.on_primary,
                };
                if list.len() < CERTIFICATIONS_MAX {
                    list.extend(of_packet(packet));
                }
            }
            _ => {}
        }
    }

    /// Its fingerprint in hexadecimal; its id where it is of a version without one.
    pub fn fingerprint(&self) -> &str {
        &self.primary.fingerprint
    }

    /// The names it gives itself, whether or not they are verified.
    pub fn names(&self) -> Vec<String> {
        self.user_ids.iter().map(|id| shown(&id.text)).collect()
    }

    /// Whether the signature says that it is by this key or one of its subkeys.
    pub fn is_named_by(&self, signature: &OpenPgpSignature) -> bool {
        self.signing(signature).is_some()
    }

    fn signing(&self, signature: &OpenPgpSignature) -> Option<(&KeyPacket, Option<&Subkey>)> {
        let subkeys = self
            .subkeys
            .iter()
            .map(|subkey| (&subkey.packet, Some(subkey)));
        std::iter::once((&self.primary, None))
            .chain(subkeys)
            .find(|(packet, _)| packet.is_named_by(signature))
    }

    /// Judges a signature of a document by this key; `None` where it says that it is by another.
    pub fn check(&self, signature: &OpenPgpSignature, content: &[u8]) -> Option<KeyCheck> {
        let (packet, subkey) = self.signing(signature)?;
        let (fits, problem) = match packet.key_fits(signature) {
            _ if !signature.is_of_document() => (
                None,
                "it is a signature of a key, not of a document".to_owned(),
            ),
            Err(problem) => (None, problem),
            Ok(()) => match signature.verifies(&packet.key, &signature.canonical(content)) {
                Ok(fits) => (Some(fits), String::new()),
                Err(problem) => (None, problem),
            },
        };
        let names = self.verified_names();
        let standing = self.standing(packet, subkey, &names, signature);
        let mut addresses: Vec<String> = names
            .iter()
            .filter_map(|name| address(&name.text))
            .collect();
        addresses.sort();
        addresses.dedup();
        Some(KeyCheck {
            fits,
            fingerprint: self.primary.fingerprint.clone(),
            algorithm: signature.algorithm_name(&packet.key),
            key_bits: packet.key.bits(),
            weakness: signature
                .hash
                .and_then(Hash::weakness)
                .max(packet.key.weakness())
                .max(self.primary.key.weakness())
                .max(standing.weakness),
            user_ids: names
                .into_iter()
                .map(|name| name.text)
                .take(ADDRESSES_MAX)
                .collect(),
            addresses,
            valid_until: standing.valid_until,
            problem: if problem.is_empty() {
                standing.problem
            } else {
                problem
            },
        })
    }

    /// The names whose certification by the key itself fits and was not revoked, with that certification.
    fn verified_names(&self) -> Vec<VerifiedName<'_>> {
        let mut names = Vec::new();
        for user_id in self.user_ids.iter().take(ADDRESSES_MAX) {
            let mut input = self.primary.prefixed();
            input.push(0xb4);
            input.extend(
                u32::try_from(user_id.text.len())
                    .unwrap_or(u32::MAX)
                    .to_be_bytes(),
            );
            input.extend_from_slice(&user_id.text);
            let by_itself = |signature: &&OpenPgpSignature| self.primary.is_named_by(signature);
            let own: Vec<&OpenPgpSignature> = user_id
                .signatures
                .iter()
                .filter(by_itself)
                .filter(|signature| {
                    signature
                        .verifies(&self.primary.key, &input)
                        .unwrap_or(false)
                })
                .collect();
            let latest = |kinds: std::ops::RangeInclusive<u8>| {
                own.iter()
                    .filter(|signature| kinds.contains(&signature.kind))
                    .max_by_key(|signature| signature.signed_at)
                    .copied()
            };
            let Some(certification) = latest(CERTIFICATION) else {
                continue;
            };
            let revoked = latest(NAME_REVOCATION..=NAME_REVOCATION);
            if revoked.is_none_or(|revoked| revoked.signed_at < certification.signed_at) {
                names.push(VerifiedName {
                    text: shown(&user_id.text),
                    certification,
                });
            }
        }
        names
    }

    /// Whether the key could sign when it did.
    fn standing(
        &self,
        packet: &KeyPacket,
        subkey: Option<&Subkey>,
        names: &[VerifiedName<'_>],
        signature: &OpenPgpSignature,
    ) -> Standing {
        let direct = self
            .on_primary
            .iter()
            .filter(|own| own.kind == DIRECT && self.primary.is_named_by(own))
            .filter(|own| {
                own.verifies(&self.primary.key, &self.primary.prefixed())
                    .unwrap_or(false)
            });
        let newest = names
            .iter()
            .map(|name| name.certification)
            .chain(direct)
            .max_by_key(|own| own.signed_at);
        let mut standing = Standing::default();
        let Some(newest) = newest else {
            "the key gives itself no name that verifies".clone_into(&mut standing.problem);
            return standing;
        };
        standing.weakness = newest.hash.and_then(Hash::weakness);
        standing.limit(self.primary.expiry(newest));
        let revocations = self.on_primary.iter().filter(|own| {
            own.kind == KEY_REVOCATION
                && self.primary.is_named_by(own)
                && own
                    .verifies(&self.primary.key, &self.primary.prefixed())
                    .unwrap_or(false)
        });
        for revocation in revocations {
            standing.revoke(revocation, signature, "the key was revoked");
        }
        if let Some(subkey) = subkey {
            self.bind(subkey, signature, &mut standing);
        }
        standing.judge_time(signature, packet.created);
        standing
    }

    /// A subkey is bound by the primary key, and has to bind itself in return (section 5.2.1.8).
    fn bind(&self, subkey: &Subkey, signature: &OpenPgpSignature, standing: &mut Standing) {
        let mut input = self.primary.prefixed();
        input.extend(subkey.packet.prefixed());
        let own = |kind: u8| {
            subkey
                .signatures
                .iter()
                .filter(move |own| own.kind == kind && self.primary.is_named_by(own))
        };
        let fits =
            |own: &&OpenPgpSignature| own.verifies(&self.primary.key, &input).unwrap_or(false);
        let Some(binding) = own(SUBKEY_BINDING)
            .filter(fits)
            .max_by_key(|own| own.signed_at)
        else {
            standing.doubt("the subkey is not bound to the key");
            return;
        };
        let returned = binding
            .embedded
            .as_deref()
            .and_then(signature_of)
            .filter(|back| {
                back.kind == PRIMARY_BINDING
                    && back.verifies(&subkey.packet.key, &input).unwrap_or(false)
            });
        if returned.is_none() {
            standing.doubt("the subkey does not say in return that it belongs to the key");
        }
        if binding.key_flags.is_some_and(|flags| flags & 2 == 0) {
            standing.doubt("the subkey is not for signing");
        }
        standing.limit(subkey.packet.expiry(binding));
        for revocation in own(SUBKEY_REVOCATION).filter(fits) {
            standing.revoke(revocation, signature, "the subkey was revoked");
        }
    }
}

fn signature_of(body: &[u8]) -> Option<OpenPgpSignature> {
    signature(body)
}

struct VerifiedName<'k> {
    text: String,
    certification: &'k OpenPgpSignature,
}

#[derive(Default)]
struct Standing {
    valid_until: Option<Stamp>,
    weakness: Option<Weakness>,
    problem: String,
}

impl Standing {
    fn doubt(&mut self, problem: &str) {
        if self.problem.is_empty() {
            problem.clone_into(&mut self.problem);
        }
    }

    fn limit(&mut self, until: Option<Stamp>) {
        self.valid_until = match (self.valid_until, until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// A key that was superseded or retired signed well before; one that was lost, or says nothing of it, did not.
    fn revoke(&mut self, revocation: &OpenPgpSignature, signature: &OpenPgpSignature, what: &str) {
        const SUPERSEDED: u8 = 1;
        const RETIRED: u8 = 3;
        let is_soft = matches!(revocation.revocation_reason, Some(SUPERSEDED | RETIRED));
        if is_soft && signature.signed_at < revocation.signed_at {
            return;
        }
        let at = revocation
            .signed_at
            .map(|at| format!(" on {at}"))
            .unwrap_or_default();
        self.doubt(&format!("{what}{at}"));
    }

    fn judge_time(&mut self, signature: &OpenPgpSignature, created: Option<Stamp>) {
        let Some(at) = signature.signed_at else {
            self.doubt("it states no time of signing");
            return;
        };
        if created.is_some_and(|created| at < created) {
            self.doubt("it states a time of signing before the key was made");
        }
        if let Some(until) = self.valid_until
            && at > until
        {
            self.doubt(&format!(
                "the key had expired when it signed (valid until {until})"
            ));
        }
    }
}

impl KeyPacket {
    fn is_named_by(&self, signature: &OpenPgpSignature) -> bool {
        if signature.issuer_fingerprint.is_empty() {
            signature.issuer == self.id
        } else {
            signature.issuer_fingerprint == self.fingerprint
        }
    }

    /// Whether the algorithm of a signature is that of the key.
    fn key_fits(&self, signature: &OpenPgpSignature) -> Result<(), String> {
        let fits = match (&self.key, signature.algorithm) {
            (PublicKey::Rsa { .. }, 1 | 3)
            | (PublicKey::Dsa { .. }, 17)
            | (PublicKey::Ecdsa { .. }, 19)
            | (PublicKey::Ed25519 { .. }, 22 | 27) => true,
            (PublicKey::Other(name), _) => return Err(format!("the key is of {name}")),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err("the key is of another algorithm than the signature".to_owned())
        }
    }

    /// The key as signatures on keys hash it.
    fn prefixed(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.body.len() + 5);
        if self.version == 6 {
            out.push(0x9b);
            out.extend(
                u32::try_from(self.body.len())
                    .unwrap_or(u32::MAX)
                    .to_be_bytes(),
            );
        } else {
            out.push(0x99);
            out.extend(
                u16::try_from(self.body.len())
                    .unwrap_or(u16::MAX)
                    .to_be_bytes(),
            );
        }
        out.extend_from_slice(&self.body);
        out
    }

    fn expiry(&self, own: &OpenPgpSignature) -> Option<Stamp> {
        let seconds = i64::from(own.key_expires_after_seconds);
        if seconds == 0 {
            return None;
        }
        Stamp::from_seconds(self.created?.unix_seconds().checked_add(seconds)?)
    }
}

fn key_packet(body: &[u8]) -> Option<KeyPacket> {
    let mut octets = Octets(body);
    let version = octets.octet()?;
    let created = stamp(octets.take(4)?);
    match version {
        2 | 3 => {
            octets.take(2)?;
        }
        4 | 6 => {}
        _ => return None,
    }
    let algorithm = octets.octet()?;
    if version == 6 {
        octets.take(4)?;
    }
    let key = material(algorithm, &mut octets)?;
    if key.bits() as usize > MODULUS_BITS_MAX {
        return None;
    }
    let (fingerprint, id) = names(version, body, &key)?;
    Some(KeyPacket {
        version,
        body: body.to_vec(),
        created,
        key,
        fingerprint,
        id,
    })
}

/// Fingerprint and key id (section 5.5.4).
fn names(version: u8, body: &[u8], key: &PublicKey) -> Option<(String, String)> {
    let mut input = Vec::with_capacity(body.len() + 5);
    match version {
        6 => {
            input.push(0x9b);
            input.extend(u32::try_from(body.len()).ok()?.to_be_bytes());
            input.extend_from_slice(body);
            let digest = Hash::Sha256.of(&input)?;
            Some((hex(&digest), hex(digest.get(..8)?)))
        }
        4 => {
            input.push(0x99);
            input.extend(u16::try_from(body.len()).ok()?.to_be_bytes());
            input.extend_from_slice(body);
            let digest = Hash::Sha1.of(&input)?;
            Some((hex(&digest), hex(digest.get(12..)?)))
        }
        // Those fingerprints are MD5; the id is the end of the modulus.
        _ => match key {
            PublicKey::Rsa { modulus, .. } => {
                let id = hex(modulus.get(modulus.len().checked_sub(8)?..)?);
                Some((id.clone(), id))
            }
            _ => None,
        },
    }
}

const ED25519_LEGACY: &[u8] = &[0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1];

fn material(algorithm: u8, octets: &mut Octets<'_>) -> Option<PublicKey> {
    let mut integer = || octets.integer().map(<[u8]>::to_vec);
    Some(match algorithm {
        1..=3 => PublicKey::Rsa {
            modulus: integer()?,
            exponent: integer()?,
        },
        17 => PublicKey::Dsa {
            p: integer()?,
            q: integer()?,
            g: integer()?,
            y: integer()?,
        },
        19 | 22 => {
            let n_octets = usize::from(octets.octet()?);
            let oid = octets.take(n_octets)?;
            let point = octets.integer()?;
            match (algorithm, Curve::of_oid(oid)) {
                (19, Some(curve)) => PublicKey::Ecdsa {
                    curve,
                    point: point.to_vec(),
                },
                (22, _) if oid == ED25519_LEGACY => PublicKey::Ed25519 {
                    point: point.strip_prefix(&[0x40])?.to_vec(),
                },
                _ => PublicKey::Other("a curve that is not supported".to_owned()),
            }
        }
        27 => PublicKey::Ed25519 {
            point: octets.take(32)?.to_vec(),
        },
        _ => PublicKey::Other("a kind that is not supported".to_owned()),
    })
}

/// A name as a sentence can hold it.
fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let kept = text
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c });
    kept.take(NAME_CHARS_MAX).collect()
}

/// The address of a name: `Anna Ried <anna@example>` or the address alone.
fn address(name: &str) -> Option<String> {
    let inside = match name.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>')?,
        None => name,
    };
    let is_address = inside.contains('@') && !inside.contains(char::is_whitespace);
    is_address.then(|| inside.to_lowercase())
}
