//! Houses in whose name credentials are asked for, and the domains that are their own.

use std::sync::LazyLock;

/// Name, words, domains.
const TABLE: &str = include_str!("houses.tsv");

/// A house.
#[derive(Debug)]
pub(crate) struct House {
    /// Its name.
    pub(crate) name: &'static str,
    /// Words by which senders call themselves so, lower case, each between two spaces.
    words: Vec<String>,
    /// Its domains by organisation, lower case; `google.` for all endings.
    domains: Vec<&'static str>,
}

impl House {
    /// Whether a domain, by organisation, is one of its own.
    pub(crate) fn owns(&self, organisation: &str) -> bool {
        self.domains
            .iter()
            .any(|known| match known.strip_suffix('*') {
                Some(start) => {
                    let ending = organisation.strip_prefix(start);
                    ending.is_some_and(|ending| {
                        !ending.is_empty() && psl::suffix_str(organisation) == Some(ending)
                    })
                }
                None => *known == organisation,
            })
    }

    /// The labels that its domains begin with, long enough to be told from others.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &'static str> {
        self.domains
            .iter()
            .filter_map(|domain| domain.split('.').next())
            .filter(|label| label.len() >= LABEL_CHARACTERS_MIN)
    }
}

/// Shorter labels occur in others by chance.
pub(crate) const LABEL_CHARACTERS_MIN: usize = 5;

static HOUSES: LazyLock<Vec<House>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some(House {
                name: columns.next()?,
                words: columns.next()?.split(',').map(spaced).collect(),
                domains: columns.next()?.split(',').collect(),
            })
        })
        .collect()
});

/// All houses.
pub(crate) fn houses() -> &'static [House] {
    &HOUSES
}

/// The house that a name in lower case names by whole words.
pub(crate) fn house_named(name: &str) -> Option<&'static House> {
    let mut named = String::with_capacity(name.len() + 2);
    for word in name.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            named.push(' ');
            named.push_str(word);
        }
    }
    named.push(' ');
    houses()
        .iter()
        .find(|house| house.words.iter().any(|word| named.contains(&**word)))
}

fn spaced(word: &str) -> String {
    format!(" {word} ")
}

/// The house that a domain, by organisation, belongs to.
pub(crate) fn house_of(organisation: &str) -> Option<&'static House> {
    houses().iter().find(|house| house.owns(organisation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn houses_own_their_domains() {
        for (domain, owner) in [
            ("google.com", Some("Google")),
            ("google.co.uk", Some("Google")),
            ("google.example.com", None),
            ("office.com", Some("Microsoft")),
            ("portal-office.fr", None),
        ] {
            assert_eq!(house_of(domain).map(|house| house.name), owner, "{domain}");
        }
        assert_eq!(
            house_named("google drive (via anne)").map(|house| house.name),
            Some("Google")
        );
        assert!(house_named("apples and pears").is_none());
    }

    #[test]
    fn every_row_of_the_table_is_whole() {
        let n_rows = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(houses().len(), n_rows);
        assert!(
            houses()
                .iter()
                .all(|house| house.domains.iter().all(|domain| domain.contains('.')))
        );
    }
}
