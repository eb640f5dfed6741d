//! Where the rows are.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use doorbuster_stores::postgres::Address;

/// Where the rows are: `sqlite:PATH` or `postgres://…`.
#[derive(Clone, Debug)]
pub enum Database {
    /// In this file.
    Sqlite(PathBuf),
    /// On this server, or these.
    Postgres(Box<Address>),
}

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return text.parse().map(|address| Self::Postgres(Box::new(address)));
        }
        let path = text.strip_prefix("sqlite:").ok_or(
            "must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE, for example \
             sqlite:doorbuster.db",
        )?;
        let path = path.strip_prefix("//").unwrap_or(path); // as URLs are written: sqlite:///var/…
        match path {
            "" => Err("names no file: write for example sqlite:doorbuster.db".into()),
            ":memory:" => Err("memory is not durable; for a try-out there is serve --demo".into()),
            path => Ok(Self::Sqlite(path.into())),
        }
    }
}

/// Without the password, if it has one.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_shown_as_it_was_given_but_for_its_password() {
        for (text, shown) in [
            ("sqlite:doorbuster.db", Ok("sqlite:doorbuster.db")),
            ("sqlite:/var/lib/sale.db", Ok("sqlite:/var/lib/sale.db")),
            ("sqlite:///var/lib/sale.db", Ok("sqlite:/var/lib/sale.db")),
            ("postgres://user:secret@host/sale", Ok("postgres://host/sale")),
            ("postgresql://u:secret@a:1,b:2/sale?sslmode=disable", Ok("postgres://a:1,b:2/sale")),
            ("sqlite:", Err("names no file")),
            ("sqlite::memory:", Err("not durable")),
            ("doorbuster.db", Err("must be sqlite:PATH")),
            ("mysql://user:secret@host/sale", Err("must be sqlite:PATH")),
            ("postgres://user:secret@/sale", Err("names no server")),
            ("postgres://user:secret@host:port/sale", Err("not a PostgreSQL URL")),
            ("postgres://user:secret@host/sale?sslmod=disable", Err("not a PostgreSQL URL")),
            ("postgres://user:secret@host/sale?sslmode=verify", Err("has an unknown sslmode")),
            ("postgres://user:secret@host/sale?sslrootcert=/ca", Err("has an sslrootcert, which")),
        ] {
            match (text.parse::<Database>(), shown) {
                (Ok(read), Ok(shown)) => {
                    assert_eq!(read.to_string(), shown);
                    assert!(!format!("{read:?}").contains("secret"), "{read:?}");
                }
                (Err(read), Err(part)) => {
                    assert!(read.contains(part) && !read.contains("secret"), "{text}: {read}");
                }
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
    }
}
