//! Accounts of reviewers: a file of the case folder with names, roles and Argon2id hashes of passwords.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, bail};
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

use crate::entry;
use crate::limits::PASSWORD_BYTES_MAX;
use crate::session::Role;

/// The file in the case folder.
const FILE: &str = "accounts.toml";
/// Memory of one hash, in KiB, passes, and lanes: the second recommended choice of RFC 9106, section 4.
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// The shortest password that is taken.
pub const PASSWORD_CHARS_MIN: usize = 12;

/// One account as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Account {
    role: Role,
    /// PHC string.
    password: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    accounts: BTreeMap<String, Account>,
}

/// The accounts of a case.
pub(crate) struct Accounts {
    stored: Stored,
    /// One hash at a time: each takes 64 MiB.
    checking: Mutex<()>,
}

impl Accounts {
    pub(crate) fn load(case: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            stored: load(case)?,
            checking: Mutex::new(()),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.stored.accounts.is_empty()
    }

    /// Names and roles, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, Role)> {
        self.stored
            .accounts
            .iter()
            .map(|(name, account)| (name.as_str(), account.role))
    }

    /// The role of whoever knows this password; the same work is done for a name that does not exist.
    pub(crate) fn check(&self, name: &str, password: &str) -> Option<Role> {
        let _one = self.checking.lock();
        let hasher = hasher()?;
        let account = self.stored.accounts.get(name);
        let Some(account) = account else {
            let _ = hash(password);
            return None;
        };
        let stored = PasswordHash::new(&account.password).ok()?;
        hasher.verify_password(password.as_bytes(), &stored).ok()?;
        Some(account.role)
    }
}

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> anyhow::Result<String> {
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt)
        .map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
    let salt = SaltString::encode_b64(&salt).map_err(|error| anyhow::anyhow!("{error}"))?;
    let hasher = hasher().context("the parameters of Argon2id are wrong")?;
    let hash = hasher
        .hash_password(password.as_bytes(), &salt)
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(hash.to_string())
}

fn path(case: &Path) -> PathBuf {
    case.join(FILE)
}

fn load(case: &Path) -> anyhow::Result<Stored> {
    let path = path(case);
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Stored::default()),
        Err(error) => Err(error).with_context(|| format!("failed to read {}", path.display())),
        Ok(text) => toml::from_str(&text)
            .with_context(|| format!("failed to understand {}", path.display())),
    }
}

fn store(case: &Path, stored: &Stored) -> anyhow::Result<()> {
    let path = path(case);
    let said = || format!("failed to write {}", path.display());
    let unfinished = path.with_extension("toml.part");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished).with_context(said)?;
    file.write_all(toml::to_string(stored)?.as_bytes())
        .with_context(said)?;
    file.sync_all().with_context(said)?;
    fs::rename(&unfinished, &path).with_context(said)
}

/// Adds an account to a case, or gives the one there another role and password.
///
/// # Errors
/// Where the name or the password cannot be one, or the file cannot be written.
pub fn add_account(case: &Path, name: &str, role: Role, password: &str) -> anyhow::Result<()> {
    let name = entry::name(name).map_err(anyhow::Error::msg)?;
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        bail!(
            "a password has {PASSWORD_CHARS_MIN} characters or more, and {PASSWORD_BYTES_MAX} bytes at most"
        );
    }
    let mut stored = load(case)?;
    stored.accounts.insert(
        name,
        Account {
            role,
            password: hash(password)?,
        },
    );
    store(case, &stored)
}

/// Removes an account. Returns whether there was one.
///
/// # Errors
/// Where the file cannot be read or written.
pub fn remove_account(case: &Path, name: &str) -> anyhow::Result<bool> {
    let mut stored = load(case)?;
    let was_there = stored.accounts.remove(name).is_some();
    if was_there {
        store(case, &stored)?;
    }
    Ok(was_there)
}

/// Names and roles of a case, in order of name.
///
/// # Errors
/// Where the file cannot be read.
pub fn accounts(case: &Path) -> anyhow::Result<Vec<(String, Role)>> {
    let stored = load(case)?;
    Ok(stored
        .accounts
        .into_iter()
        .map(|(name, account)| (name, account.role))
        .collect())
}

/// A password that nobody can guess: 100 random bits in five groups of four letters and digits.
///
/// # Errors
/// Where the system gives no random numbers.
pub fn new_password() -> anyhow::Result<String> {
    /// 32 signs that cannot be taken for each other.
    const SIGNS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz-";
    let mut bytes = [0; 20];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
    let signs: Vec<char> = bytes
        .iter()
        .filter_map(|byte| SIGNS.get(usize::from(byte & 31)))
        .map(|sign| char::from(*sign))
        .collect();
    Ok(signs
        .chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_as_argon2id_and_checked() {
        let dir = tempfile::tempdir().unwrap();
        assert!(add_account(dir.path(), "anna", Role::Lead, "short").is_err());
        assert!(add_account(dir.path(), "an\nna", Role::Lead, "correct horse battery").is_err());
        add_account(dir.path(), "anna", Role::Lead, "correct horse battery").unwrap();
        let text = fs::read_to_string(path(dir.path())).unwrap();
        assert!(
            text.contains("$argon2id$v=19$m=65536,t=3,p=1$") && !text.contains("horse"),
            "{text}"
        );
        let accounts = Accounts::load(dir.path()).unwrap();
        assert_eq!(
            accounts.check("anna", "correct horse battery"),
            Some(Role::Lead)
        );
        assert_eq!(accounts.check("anna", "correct horse batterx"), None);
        assert_eq!(accounts.check("ben", "correct horse battery"), None);
        assert!(remove_account(dir.path(), "anna").unwrap());
        assert!(Accounts::load(dir.path()).unwrap().is_empty());
        let password = new_password().unwrap();
        assert!(
            password.len() == 24 && password != new_password().unwrap(),
            "{password}"
        );
    }
}
