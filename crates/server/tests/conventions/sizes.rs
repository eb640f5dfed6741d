//! Sizes: past these, something wants a name.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::tree::{assert_none, files, rust};

/// STYLE asks for about 400 lines a file and 70 a function; a little more is not worth a worse cut.
const FILE_LINES: usize = 450;
/// Tables of tests are read row by row.
const TEST_FILE_LINES: usize = 700;
const FUNCTION_LINES: usize = 75;
const LINE_CHARS: usize = 100;

/// Drawers that everything fits into, so that nothing can be found in them.
const DRAWERS: [&str; 8] =
    ["util", "utils", "common", "helper", "helpers", "misc", "shared", "stuff"];

#[test]
fn files_are_short_enough_to_be_about_one_thing() {
    let long: Vec<String> = rust()
        .iter()
        .filter_map(|file| {
            let limit = if file.is_test() { TEST_FILE_LINES } else { FILE_LINES };
            let lines = file.text.lines().count();
            (lines > limit).then(|| format!("{}: {lines} lines, limit {limit}", file.path))
        })
        .collect();
    assert_none(&long, "a file past this size hides a second noun; give it a file of its own");
}

#[test]
fn lines_fit_beside_each_other_on_a_screen() {
    let long: Vec<String> = files(&["rs", "sql", "toml", "sh"])
        .iter()
        .flat_map(|file| {
            file.lines()
                // A message or a command to paste is one piece of text, and is not cut.
                .filter(|(_, line)| line.chars().count() > LINE_CHARS && !line.contains('"'))
                .map(|(number, _)| format!("{}:{number}", file.path))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_none(&long, "lines have at most 100 characters, so that two files fit side by side");
}

#[test]
fn functions_can_be_read_at_one_glance() {
    let long: Vec<String> = rust()
        .iter()
        .flat_map(|file| {
            let syntax = syn::parse_file(&file.text)
                .unwrap_or_else(|error| panic!("{}: {error}", file.path));
            let mut functions = Functions { long: Vec::new(), path: &file.path };
            functions.visit_file(&syntax);
            functions.long
        })
        .collect();
    assert_none(&long, "a function past this size wants a part of it to have a name");
}

/// Collects functions that are too long.
struct Functions<'p> {
    long: Vec<String>,
    path: &'p str,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, start: Span, block: &syn::Block) {
        let lines = block.span().end().line - start.start().line + 1;
        if lines > FUNCTION_LINES {
            self.long.push(format!("{}: {name} has {lines} lines", self.path));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let signature = &function.sig;
        self.measure(&signature.ident, signature.fn_token.span, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        let signature = &function.sig;
        self.measure(&signature.ident, signature.fn_token.span, &function.block);
        visit::visit_impl_item_fn(self, function);
    }
}

#[test]
fn no_file_is_a_drawer() {
    let drawers: Vec<String> = rust()
        .iter()
        .filter(|file| {
            file.path.trim_end_matches(".rs").split('/').any(|part| DRAWERS.contains(&part))
        })
        .map(|file| file.path.clone())
        .collect();
    assert_none(&drawers, "the layout is the architecture; name a file after what it holds");
}
