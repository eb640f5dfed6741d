//! What `--help` teaches by example, and the same for shells and for man(1).

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use clap::Command;
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

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
    let written = pages(command).and_then(|pages| {
        pages.iter().try_for_each(|(name, page)| std::fs::write(directory.join(name), page))
    });
    written.with_context(|| format!("the pages cannot be written to {}", directory.display()))
}

/// The name and text of each page, in roff.
fn pages(command: Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let (mut pages, mut waiting) = (Vec::new(), vec![command]);
    while let Some(command) = waiting.pop() {
        waiting.extend(command.get_subcommands().filter(|task| !task.is_hide_set()).cloned());
        let name = command.get_display_name().unwrap_or(command.get_name());
        pages.push((format!("{name}.1"), page(command)?));
    }
    Ok(pages)
}

/// One page. clap_mangen would fill and justify the examples, so that nobody could paste them, and
/// leave the values of options out of the synopsis.
fn page(mut command: Command) -> io::Result<Vec<u8>> {
    let usage = command.render_usage().to_string();
    let more = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let command = command
        .override_usage(usage.trim_start_matches("Usage: ").to_owned())
        .after_help(None::<&'static str>);
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    after_help(&more).to_writer(&mut page)?;
    // Nor may a URL anywhere be broken in two.
    Ok(String::from_utf8_lossy(&page).replacen(".SH NAME", ".nh\n.SH NAME", 1).into_bytes())
}

/// What a help text ends with, paragraph by paragraph: examples line by line, all else filled.
fn after_help(text: &str) -> Roff {
    let mut roff = Roff::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        if paragraph.starts_with("Example") {
            roff.control("SH", ["EXAMPLES"]).control("nf", []);
            for line in paragraph.lines().skip(1) {
                roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
            }
            roff.control("fi", []);
        } else {
            roff.control("SH", ["NOTES"]).text([roman(paragraph)]);
        }
    }
    roff
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

    /// The text that `roff` shows line by line, as man(1) does it.
    fn unfilled(roff: &str) -> Vec<String> {
        let (mut lines, mut filling) = (Vec::new(), true);
        for line in roff.lines() {
            match line {
                ".nf" => filling = false,
                ".fi" => filling = true,
                line if !filling => {
                    lines.push(line.replace("\\-", "-").replace("\\*(Aq", "'"));
                }
                _ => {}
            }
        }
        lines
    }

    #[test]
    fn man_pages_show_examples_as_they_are_typed() {
        let mut seen = 0;
        for (name, page) in pages(Cli::command()).unwrap() {
            let page = String::from_utf8(page).unwrap();
            assert!(!page.contains(".SH EXTRA"), "{name}: {page}");
            let task = name.trim_end_matches(".1").split('-').skip(1);
            let command = Cli::command();
            let command = task.fold(&command, |command, task| {
                command.get_subcommands().find(|it| it.get_name() == task).unwrap()
            });
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples: Vec<_> =
                help.lines().filter_map(|line| line.strip_prefix("  ")).collect();
            assert_eq!(unfilled(&page), examples, "{name}: {page}");
            assert_eq!(page.contains(".SH EXAMPLES\n.nf\n"), !examples.is_empty(), "{name}");
            seen += examples.len();
            let filled = help.split("\n\n").filter(|text| !text.starts_with("Example"));
            for text in filled.filter(|text| !text.is_empty()) {
                let escaped = text.replace('-', "\\-").replace('\'', "\\*(Aq");
                assert!(page.contains(&format!(".SH NOTES\n{escaped}\n")), "{name}: {page}");
            }
        }
        assert!(seen > 20, "{seen} lines of examples");
    }

    #[test]
    fn the_synopsis_of_a_man_page_names_what_options_take() {
        let pages = pages(Cli::command()).unwrap();
        for (name, usage) in [
            ("doorbuster-import.1", "\\fBdoorbuster import\\fR [OPTIONS] \\-\\-from <DIR>\n"),
            ("doorbuster-keys-revoke.1", "\\fBdoorbuster keys revoke\\fR [OPTIONS] <ID>\n"),
        ] {
            let (_, page) = pages.iter().find(|(page, _)| page == name).unwrap();
            let page = String::from_utf8_lossy(page);
            assert!(page.contains(&format!(".SH SYNOPSIS\n{usage}")), "{page}");
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
