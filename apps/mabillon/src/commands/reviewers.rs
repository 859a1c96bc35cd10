//! `mabillon reviewers list|add|remove CASE`: the accounts of those who review a case over the network.

use std::io::BufRead as _;
use std::path::Path;

use anyhow::Context as _;
use mabillon_keep::Case;
use mabillon_review::Role;

use crate::args::{Reviewers, ReviewersCommand, RoleArg};
use crate::commands::examine::{now_text, who};
use crate::exit::{Ended, UsageError};
use crate::output;

pub(crate) fn run(args: &Reviewers) -> anyhow::Result<Ended> {
    match &args.command {
        ReviewersCommand::List { case } => list(case),
        ReviewersCommand::Add {
            case,
            name,
            role,
            password_stdin,
        } => add(case, name, (*role).into(), *password_stdin),
        ReviewersCommand::Remove { case, name } => remove(case, name),
    }
}

fn list(case: &Path) -> anyhow::Result<Ended> {
    Case::open(case)?;
    let accounts = mabillon_review::accounts(case)?;
    if accounts.is_empty() {
        output::say(
            "There are no accounts: add one with `mabillon reviewers add CASE NAME --role lead`.",
        );
    }
    for (name, role) in accounts {
        output::print(&format!("{:<9} {name}\n", role.word()))?;
    }
    Ok(Ended::Complete)
}

fn add(dir: &Path, name: &str, role: Role, is_given: bool) -> anyhow::Result<Ended> {
    let mut case = Case::open_to_add(dir)?;
    let password = if is_given {
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .context("failed to read the password")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        mabillon_review::new_password()?
    };
    mabillon_review::add_account(dir, name, role, &password)?;
    let detail = format!("{name}, {}", role.word());
    case.custody_append(&now_text(), &who(), "account added", &detail)?;
    if !is_given {
        output::print(&format!("{password}\n"))?;
        output::say(&format!(
            "This is the password of {name}; it is not shown again."
        ));
    }
    Ok(Ended::Complete)
}

fn remove(dir: &Path, name: &str) -> anyhow::Result<Ended> {
    let mut case = Case::open_to_add(dir)?;
    if !mabillon_review::remove_account(dir, name)? {
        return Err(UsageError(format!("there is no account \"{name}\"")).into());
    }
    case.custody_append(&now_text(), &who(), "account removed", name)?;
    Ok(Ended::Complete)
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Reader => Self::Reader,
            RoleArg::Reviewer => Self::Reviewer,
            RoleArg::Lead => Self::Lead,
        }
    }
}
