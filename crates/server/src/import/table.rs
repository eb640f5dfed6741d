//! Tables as text: CSV, or the tab-separated rows that `mysql --batch` writes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

/// What is wrong with the input, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) file: String,
    /// From 1, the header; `None` where the whole file is meant.
    pub(super) line: Option<u64>,
    pub(super) column: Option<String>,
    pub(super) why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.why)
    }
}

/// How many problems are told at once: enough to see a pattern, few enough to be read.
const MAX_PROBLEMS: usize = 20;

/// What is wrong with the input, all of it or the beginning.
#[derive(Debug, Default)]
pub(super) struct Problems {
    first: Vec<Problem>,
    count: usize,
}

impl Problems {
    pub(super) fn add(&mut self, problem: Problem) {
        self.count += 1;
        if self.first.len() < MAX_PROBLEMS {
            self.first.push(problem);
        }
    }

    /// An error that tells them, if there are any.
    pub(super) fn none(&self) -> anyhow::Result<()> {
        if self.count > 0 {
            anyhow::bail!("the tables cannot be imported as they are:{self}");
        }
        Ok(())
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.first {
            write!(f, "\n  {problem}")?;
        }
        match self.count - self.first.len() {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// One of a table's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    index: usize,
}

/// A file of rows under a line of names.
pub(super) struct Table {
    pub(super) file: String,
    reader: csv::Reader<File>,
    names: Vec<String>,
    known: RefCell<BTreeSet<usize>>,
    /// Whether a backslash stands before a character that would end the value: as MySQL's client
    /// writes it.
    backslashes: bool,
    /// How many lines the reader is behind: where a line ends in two characters, it counts the line
    /// when it meets the second one, before the next row.
    lines_behind: u64,
}

impl Table {
    /// The file at `path`; its first line tells what separates its columns.
    pub(super) fn open(path: &Path) -> Result<Self, Problem> {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let whole = |why: String| Problem { file: file.clone(), line: None, column: None, why };
        let mut text = File::open(path).map_err(|error| whole(error.to_string()))?;
        let mut first = Vec::new();
        let read = BufReader::new(&text).read_until(b'\n', &mut first);
        read.map_err(|error| whole(error.to_string()))?;
        text.seek(SeekFrom::Start(0)).map_err(|error| whole(error.to_string()))?;
        let separator = [b'\t', b';', b','].into_iter().find(|byte| first.contains(byte));
        let backslashes = separator == Some(b'\t');
        let mut reader = ReaderBuilder::new()
            .delimiter(separator.unwrap_or(b','))
            .quoting(!backslashes)
            .from_reader(text);
        let header = reader.headers().map_err(|error| whole(reason(&error)))?;
        let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
        if names.iter().all(String::is_empty) {
            return Err(whole("has no line with the names of its columns".into()));
        }
        if let Some(name) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
            return Err(whole(format!("has two columns called {:?}", name.1)));
        }
        let lines_behind = u64::from(first.ends_with(b"\r\n"));
        Ok(Self { file, reader, names, known: RefCell::default(), backslashes, lines_behind })
    }

    /// The first of `names` that the table has.
    pub(super) fn column(&self, names: &[&str]) -> Option<Column> {
        self.columns(names).first().copied()
    }

    /// All of `names` that the table has, in their order.
    pub(super) fn columns(&self, names: &[&str]) -> Vec<Column> {
        let places = names.iter().filter_map(|name| self.names.iter().position(|n| n == name));
        let places: Vec<usize> = places.collect();
        self.known.borrow_mut().extend(&places);
        places.into_iter().map(|index| Column { index }).collect()
    }

    /// The same; it must have one of them.
    pub(super) fn required(&self, names: &[&str]) -> Result<Column, Problem> {
        self.column(names).ok_or_else(|| Problem {
            file: self.file.clone(),
            line: Some(1),
            column: Some(names[0].to_owned()),
            why: match names {
                [] | [_] => "is missing".to_owned(),
                [_, others @ ..] => format!("is missing, as is {}", others.join(", ")),
            },
        })
    }

    pub(super) fn name(&self, column: Column) -> &str {
        &self.names[column.index]
    }

    /// Columns that nobody asked for.
    pub(super) fn unknown(&self) -> Vec<String> {
        let known = self.known.borrow();
        let named = self.names.iter().enumerate();
        named.filter(|(i, _)| !known.contains(i)).map(|(_, name)| name.clone()).collect()
    }

    /// Calls `take` with every row. What it complains about is noted, and the next row taken.
    pub(super) fn each(
        &mut self,
        problems: &mut Problems,
        mut take: impl FnMut(&Line<'_>) -> Result<(), Problem>,
    ) {
        let mut record = StringRecord::new();
        loop {
            match self.reader.read_record(&mut record) {
                Ok(false) => return,
                Ok(true) => {
                    let read = record.position().map_or(0, csv::Position::line);
                    let number = read + self.lines_behind;
                    let line = Line {
                        file: &self.file,
                        names: &self.names,
                        backslashes: self.backslashes,
                        number,
                        record: &record,
                    };
                    if let Err(problem) = take(&line) {
                        problems.add(problem);
                    }
                }
                Err(error) => {
                    let line = error.position().map(|at| at.line() + self.lines_behind);
                    let (file, why) = (self.file.clone(), reason(&error));
                    problems.add(Problem { file, line, column: None, why });
                    if error.is_io_error() {
                        return;
                    }
                }
            }
        }
    }
}

fn reason(error: &csv::Error) -> String {
    if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        format!("has {len} values, and the first line names {expected_len} columns")
    } else if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        "is not UTF-8".to_owned()
    } else {
        error.to_string()
    }
}

/// One row.
pub(super) struct Line<'t> {
    file: &'t str,
    names: &'t [String],
    backslashes: bool,
    pub(super) number: u64,
    record: &'t StringRecord,
}

impl Line<'_> {
    /// The value of a column; `None` where there is none, or nothing in it, or NULL.
    pub(super) fn text(&self, column: Option<Column>) -> Option<Cow<'_, str>> {
        let text = self.record.get(column?.index)?;
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed == "\\N" || trimmed == "NULL" {
            return None;
        }
        Some(if self.backslashes { unescaped(trimmed) } else { trimmed.into() })
    }

    /// The first of these columns that has a value.
    pub(super) fn first(&self, columns: &[Column]) -> Option<Column> {
        columns.iter().copied().find(|column| self.text(Some(*column)).is_some())
    }

    /// The value, as `read` understands it.
    pub(super) fn read<T>(
        &self,
        column: Option<Column>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let wrong = |why| self.problem(column, format!("{why} (given: {:?})", shown(&text)));
        read(&text).map(Some).map_err(wrong)
    }

    /// The same; there must be one.
    pub(super) fn must<T>(
        &self,
        column: Column,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, Problem> {
        let value = self.read(Some(column), read)?;
        value.ok_or_else(|| self.problem(Some(column), "must not be empty".into()))
    }

    pub(super) fn problem(&self, column: Option<Column>, why: String) -> Problem {
        Problem {
            file: self.file.to_owned(),
            line: Some(self.number),
            column: column.map(|column| self.names[column.index].clone()),
            why,
        }
    }
}

/// As much of a value as fits into a message.
fn shown(text: &str) -> String {
    const CHARS: usize = 40;
    let mut shown: String = text.chars().take(CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// What `mysql --batch` wrote with backslashes.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        plain.push(match characters.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('0') => '\0',
            Some('r') => '\r',
            Some(other) => other,
            None => '\\',
        });
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a file with columns `id` and `name`, and what is wrong with it.
    fn rows(text: &str) -> (Vec<(String, Option<String>)>, String) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("products.csv");
        std::fs::write(&path, text).unwrap();
        let mut table = Table::open(&path).unwrap();
        let id = table.required(&["id"]).unwrap();
        let name = table.column(&["title", "name"]);
        let (mut rows, mut problems) = (Vec::new(), Problems::default());
        table.each(&mut problems, |line| {
            let id = line.must(id, |text| Ok(text.to_owned()))?;
            rows.push((id, line.text(name).map(Cow::into_owned)));
            Ok(())
        });
        (rows, problems.to_string())
    }

    #[test]
    fn every_common_way_to_write_a_table_is_read() {
        for (text, name) in [
            ("id,name\n1,Shoe\n", Some("Shoe")),
            ("\u{feff}ID , Name\r\n1, Shoe\r\n", Some("Shoe")),
            ("\"id\",\"name\"\n\"1\",\"Shoe, \"\"red\"\"\"\n", Some("Shoe, \"red\"")),
            ("id;name\n1;Shoe\n", Some("Shoe")),
            ("id\tname\n1\tShoe \"red\"\n", Some("Shoe \"red\"")),
            ("id\tname\n1\ttwo\\nlines\\t\\\\\n", Some("two\nlines\t\\")),
            ("id\tname\n1\tNULL\n", None),
            ("id,name\n1,\\N\n", None),
            ("id,name\n1,\n", None),
            ("id,title\n1,Shoe", Some("Shoe")),
        ] {
            let expected = vec![("1".to_owned(), name.map(str::to_owned))];
            assert_eq!(rows(text), (expected, String::new()), "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_file_line_and_column() {
        for (text, problem) in [
            ("id,name\n1,a\n,b\n", "products.csv, line 3, column id: must not be empty"),
            ("id,name\n1\n", "products.csv, line 2: has 1 values, and the first line names 2"),
            ("id,name\r\n1,a\r\n,b\r\n", "products.csv, line 3, column id: must not be empty"),
            ("id,name\r\n1,\"a\r\nb\"\r\n,b\r\n", "products.csv, line 4, column id: must not"),
            ("id,name\r\n1\r\n", "products.csv, line 2: has 1 values, and the first line names"),
        ] {
            let (_, problems) = rows(text);
            assert!(problems.contains(problem), "{text:?}: {problems}");
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("holds.csv");
        for (text, problem) in [
            ("", "holds.csv: has no line with the names of its columns"),
            ("id,id\n", "holds.csv: has two columns called \"id\""),
            ("id,name\n", "holds.csv, line 1, column qty: is missing, as is quantity"),
        ] {
            std::fs::write(&path, text).unwrap();
            let table = Table::open(&path);
            let found = table.and_then(|table| table.required(&["qty", "quantity"]).map(|_| ()));
            assert_eq!(found.unwrap_err().to_string(), problem);
        }
    }
}
