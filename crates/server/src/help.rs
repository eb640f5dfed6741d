//! What `--help` teaches by example, and the same for shells and for man(1).

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use clap::Command;
use clap_complete::{Shell, generate};

/// What `doorbuster --help` ends with.
pub(crate) const FIRST_STEPS: &str = "\
Examples:
  doorbuster serve --demo                       look at it: a shop, a control room, curl lines
  doorbuster serve --listen 0.0.0.0:8000        sell, with the database in ./doorbuster.db
  doorbuster help serve                         every option";

pub(crate) const SERVE: &str = "\
Examples:
  doorbuster serve --demo
  doorbuster serve --database sqlite:/var/lib/doorbuster/sale.db --config /etc/doorbuster.toml
  doorbuster serve --database postgres://doorbuster:PASSWORD@HOST/doorbuster --listen 0.0.0.0:8000
  doorbuster serve --listen 0.0.0.0:443 --tls-certificate fullchain.pem --tls-key privkey.pem";

pub(crate) const AUDIT: &str = "\
Examples:
  doorbuster audit --database sqlite:/var/lib/doorbuster/sale.db
  doorbuster audit --json --database postgres://doorbuster:PASSWORD@HOST/doorbuster";

pub(crate) const COPY: &str = "\
Example:
  doorbuster copy --from sqlite:sale.db --to postgres://doorbuster:PASSWORD@HOST/doorbuster";

pub(crate) const KEYS: &str = "\
Examples:
  doorbuster keys make --name 'till 4' --scope read --database sqlite:sale.db
  doorbuster keys list --database sqlite:sale.db
  doorbuster keys revoke ID --database sqlite:sale.db";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  doorbuster completions bash > /etc/bash_completion.d/doorbuster
  doorbuster completions zsh > ~/.zfunc/_doorbuster
  doorbuster completions fish > ~/.config/fish/completions/doorbuster.fish";

pub(crate) const MAN: &str = "\
Example:
  doorbuster man /usr/local/share/man/man1; man doorbuster-serve";

/// Prints what a shell needs to complete our options.
pub(crate) fn completions(mut command: Command, shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    generate(shell, &mut command, name, &mut script);
    std::io::stdout().lock().write_all(&script).context("standard output")
}

/// Writes a page for each command into `directory`.
pub(crate) fn man(command: Command, directory: &Path) -> anyhow::Result<()> {
    clap_mangen::generate_to(command, directory)
        .with_context(|| format!("the pages cannot be written to {}", directory.display()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// The examples of a text as they would be typed, each word by itself.
    fn examples(help: &str) -> Vec<Vec<String>> {
        let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
        let typed = lines.map(|line| {
            // Behind the command: what it is for, where its output goes, what comes next.
            let end = ["   ", " > ", ";"].iter().filter_map(|mark| line.find(mark)).min();
            let words = line[..end.unwrap_or(line.len())].replace("'till 4'", "till_4");
            words.split_whitespace().map(str::to_owned).collect()
        });
        typed.collect()
    }

    #[test]
    fn every_example_is_a_command_line() {
        for help in [FIRST_STEPS, SERVE, AUDIT, COPY, KEYS, COMPLETIONS, MAN] {
            let examples = examples(help);
            assert!(!examples.is_empty(), "{help}");
            for words in examples {
                let parsed = Cli::command().try_get_matches_from(&words);
                let shows_help = |error: &clap::Error| error.exit_code() == 0;
                if let Err(error) = parsed.as_ref().map_err(|error| (shows_help(error), error)) {
                    assert!(error.0, "{words:?}: {}", error.1);
                }
            }
        }
    }

    #[test]
    fn every_command_has_an_example() {
        let command = Cli::command();
        for task in command.get_subcommands() {
            let help = task.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{}", task.get_name());
        }
    }
}
