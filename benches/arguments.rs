//! Arguments of the benchmark programs: `name=value`, as dd takes them.

use std::collections::BTreeMap;
use std::str::FromStr;

/// What the command line says.
pub(crate) struct Arguments(BTreeMap<String, String>);

impl Arguments {
    /// The arguments of this process, which may only have these names.
    pub(crate) fn of_process(known: &[&str]) -> Result<Self, String> {
        let mut given = BTreeMap::new();
        for argument in std::env::args().skip(1) {
            match argument.split_once('=') {
                Some((name, value)) if known.contains(&name) => {
                    given.insert(name.to_owned(), value.to_owned());
                }
                _ => return Err(format!("{argument}: expected NAME=VALUE, with {known:?}")),
            }
        }
        Ok(Self(given))
    }

    /// The value of `name`, or `default` where it is not given.
    pub(crate) fn get<T: FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        match self.0.get(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| format!("{name}={text} makes no sense")),
        }
    }
}
