//! Old ids and new ones.

use std::io::Write as _;
use std::iter;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use doorbuster_domain::{HoldId, OrderId};
use tempfile::NamedTempFile;
use uuid::Uuid;

/// Makes the new ids. A UUID stays what it is. Whatever else an id was, it becomes a UUID of
/// version 5 (RFC 9562 §5.5), by its name in a namespace that nobody else knows: whoever knows the
/// id of a hold may use it, so nobody must be able to compute it from 17.
pub(super) struct Ids {
    namespace: Uuid,
    file: Option<File>,
    failed: Option<csv::Error>,
}

struct File {
    writer: csv::Writer<NamedTempFile>,
    path: PathBuf,
}

impl Ids {
    /// In the namespace given, or a new one. What becomes what is to be written to `path`, where
    /// nothing must be yet: it may be all that is left of an import before.
    pub(super) fn new(namespace: Option<Uuid>, path: Option<&Path>) -> anyhow::Result<Self> {
        let namespace = match namespace {
            Some(namespace) => namespace,
            None => {
                let mut random = [0; 16];
                let filled = getrandom::fill(&mut random);
                filled.map_err(|error| anyhow!("no randomness: {error}"))?;
                uuid::Builder::from_random_bytes(random).into_uuid()
            }
        };
        let file = path.map(File::beside).transpose()?;
        let mut ids = Self { namespace, file, failed: None };
        ids.write(["kind", "old_id", "new_id"]);
        ids.write(["namespace", "", &namespace.to_string()]);
        Ok(ids)
    }

    pub(super) fn hold(&mut self, old: &str) -> HoldId {
        HoldId::new(self.id("hold", old))
    }

    /// The hold of an order that has none of its own.
    pub(super) fn hold_of_order(&mut self, old: &str) -> HoldId {
        HoldId::new(self.made("hold of order", old))
    }

    /// The order that was called `old`, and by these other names, of which the first UUID stays if
    /// `old` is none.
    pub(super) fn order(&mut self, old: &str, others: &[Box<str>]) -> OrderId {
        let names = || iter::once(old).chain(others.iter().map(|name| &**name));
        let id = names().find_map(kept).unwrap_or_else(|| self.named("order", old));
        for name in names().filter(|name| kept(name) != Some(id)) {
            self.write(["order", name, &id.to_string()]);
        }
        OrderId::new(id)
    }

    fn id(&mut self, kind: &str, old: &str) -> Uuid {
        kept(old).unwrap_or_else(|| self.made(kind, old))
    }

    fn made(&mut self, kind: &str, old: &str) -> Uuid {
        let id = self.named(kind, old);
        self.write([kind, old, &id.to_string()]);
        id
    }

    fn named(&self, kind: &str, old: &str) -> Uuid {
        Uuid::new_v5(&self.namespace, format!("{kind} {old}").as_bytes())
    }

    fn write(&mut self, row: [&str; 3]) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.writer.write_record(row)
        {
            self.failed.get_or_insert(error);
        }
    }

    /// Makes the file durable, under its name.
    pub(super) fn keep(self) -> anyhow::Result<()> {
        let Some(File { writer, path }) = self.file else { return Ok(()) };
        let failed = || format!("{} cannot be written", path.display());
        if let Some(error) = self.failed {
            return Err(error).with_context(failed);
        }
        let written = writer.into_inner().map_err(|error| anyhow!("{error}"));
        let mut written = written.with_context(failed)?;
        written.flush().and_then(|()| written.as_file().sync_all()).with_context(failed)?;
        written.persist_noclobber(&path).with_context(failed)?;
        Ok(())
    }
}

/// The UUID that this is. Only as they are written everywhere, so that two texts are never one id.
pub(super) fn kept(old: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(old).ok()?;
    (id.to_string() == old.to_ascii_lowercase() && !id.is_nil()).then_some(id)
}

impl File {
    fn beside(path: &Path) -> anyhow::Result<Self> {
        if path.exists() {
            bail!("{} is there already: name another file by --ids", path.display());
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        // Only its owner can read it: it has the ids of live holds.
        let file = NamedTempFile::new_in(folder);
        let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { writer: csv::Writer::from_writer(file), path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_stays_and_everything_else_becomes_one_that_only_the_namespace_tells() {
        let one = Uuid::from_u128(1);
        let mut ids = Ids::new(Some(one), None).unwrap();
        let uuid = "0198c1f2-7c1e-4b5a-9d3e-0a1b2c3d4e5f";
        assert_eq!(ids.order(uuid, &[]).to_string(), uuid);
        assert_eq!(ids.order(&uuid.to_uppercase(), &[]).to_string(), uuid);
        let simple = uuid.replace('-', "");
        assert_ne!(ids.order(&simple, &[]).to_string(), uuid);

        let order = ids.order("17", &[]);
        assert_eq!(order.uuid().get_version_num(), 5);
        assert_eq!(order, ids.order("17", &["A-17".into()]));
        assert_eq!(ids.order("17", &["A-17".into(), uuid.into()]).to_string(), uuid);
        assert_ne!(order.uuid(), ids.hold("17").uuid());
        assert_ne!(ids.hold("17"), ids.hold_of_order("17"));
        let mut others = Ids::new(None, None).unwrap();
        assert_ne!(order, others.order("17", &[]));
    }
}
