//! What a database costs without a store: a client by itself, and the statements that it prepares.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a benchmark that fails has nothing to measure"
)]

use cart_core::{CartKey, CartRecord, Timestamp, Version};

use crate::typed::Typed;

/// One side of a comparison: a client by itself.
pub trait Floor: Send + Sync + 'static {
    /// Reads every column that the store reads, and decodes the parts.
    fn load(&self, key: &CartKey) -> impl Future<Output = (Typed, Version)> + Send;

    /// Writes over the version `expected`, and tells whether it was there. The record's parts are
    /// `parts`.
    fn save(
        &self,
        key: &CartKey,
        record: &CartRecord,
        parts: &[String; 3],
        expected: Version,
    ) -> impl Future<Output = bool> + Send;

    /// Writes a new row, and tells whether there was none.
    fn insert(
        &self,
        key: &CartKey,
        record: &CartRecord,
        parts: &[String; 3],
    ) -> impl Future<Output = bool> + Send;
}

/// A floor that takes the statements of [`Texts`]: the client of a SQL database.
pub trait SqlFloor: Send + Sync + 'static {
    /// As [`Floor::load`].
    fn load(&self, key: &CartKey) -> impl Future<Output = (Typed, Version)> + Send;

    /// Runs [`Texts::save`] or [`Texts::insert`] with these values, and tells whether a row was
    /// written.
    fn write(
        &self,
        write: Write,
        values: &Values<'_>,
        condition: &[i64],
    ) -> impl Future<Output = bool> + Send;
}

/// Which of the statements that write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// The one that takes a condition.
    Save,
    /// The one that takes none.
    Insert,
}

impl<F: SqlFloor> Floor for F {
    fn load(&self, key: &CartKey) -> impl Future<Output = (Typed, Version)> + Send {
        SqlFloor::load(self, key)
    }

    async fn save(
        &self,
        key: &CartKey,
        record: &CartRecord,
        parts: &[String; 3],
        expected: Version,
    ) -> bool {
        let values = Values::of(key, record, parts);
        let condition = condition(record, expected);
        self.write(Write::Save, &values, &condition).await
    }

    async fn insert(&self, key: &CartKey, record: &CartRecord, parts: &[String; 3]) -> bool {
        let values = Values::of(key, record, parts);
        self.write(Write::Insert, &values, &[]).await
    }
}

/// The columns that hold numbers; the first two are the version.
const NUMBERS: [&str; 13] = [
    "version",
    "write_id",
    "format",
    "created_at",
    "updated_at",
    "expires_at",
    "marked",
    "lines",
    "units",
    "subtotal",
    "total",
    "claimed_until",
    "converted_at",
];

/// The columns that hold texts; the last three are the parts.
const TEXTS: [&str; 6] = [
    "state",
    "currency",
    "ledger",
    "items",
    "conditions",
    "metadata",
];

/// The columns of the key.
const KEY: [&str; 4] = ["class", "tenant", "identifier", "instance"];

/// The statements on a table.
#[derive(Debug)]
pub struct Texts {
    /// Takes the key; gives the numbers, then the texts.
    pub load: String,
    /// Takes a whole row, the expected version and the time.
    pub save: String,
    /// Takes a whole row.
    pub insert: String,
}

impl Texts {
    /// Those for `table`, with placeholders that are made of their number.
    pub fn of(table: &str, placeholder: impl Fn(usize) -> String) -> Self {
        let record = || NUMBERS.iter().chain(&TEXTS);
        let given = |columns: &[&str], first: usize| -> Vec<String> {
            let numbered = columns.iter().zip(first..);
            numbered
                .map(|(column, number)| format!("\"{column}\" = {}", placeholder(number)))
                .collect()
        };
        let quoted = |column: &&str| format!("\"{column}\"");
        let listed: Vec<String> = record().map(quoted).collect();
        let set: Vec<&str> = record().copied().collect();
        let key = set.len() + 1;
        let version = key + KEY.len();
        Self {
            load: format!(
                "SELECT {} FROM {table} WHERE {}",
                listed.join(", "),
                given(&KEY, 1).join(" AND ")
            ),
            save: format!(
                "UPDATE {table} SET {} WHERE {} AND {} \
                 AND (\"expires_at\" IS NULL OR \"expires_at\" > {})",
                given(&set, 1).join(", "),
                given(&KEY, key).join(" AND "),
                given(&NUMBERS[..2], version).join(" AND "),
                placeholder(version + 2)
            ),
            insert: Self::insert_many(table, 1, &placeholder),
        }
    }

    /// A statement that inserts so many rows, and takes them one behind the other.
    pub fn insert_many(table: &str, rows: usize, placeholder: impl Fn(usize) -> String) -> String {
        let columns = NUMBERS.iter().chain(&TEXTS).chain(&KEY);
        let columns: Vec<String> = columns.map(|column| format!("\"{column}\"")).collect();
        let width = columns.len();
        let row = |row: usize| {
            let numbers = row * width + 1..=(row + 1) * width;
            let values: Vec<String> = numbers.map(&placeholder).collect();
            format!("({})", values.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!(
            "INSERT INTO {table} ({}) VALUES {}",
            columns.join(", "),
            rows.join(", ")
        )
    }
}

/// The values of a row, in the order of the columns.
#[derive(Debug)]
pub struct Values<'a> {
    /// The record's numbers.
    pub numbers: [Option<i64>; NUMBERS.len()],
    /// The record's texts.
    pub texts: [Option<&'a str>; TEXTS.len()],
    /// The owner's class.
    pub class: &'a str,
    /// The other parts of the key, which are stored as bytes.
    pub names: [&'a str; 3],
}

impl<'a> Values<'a> {
    /// Those of a record with these parts.
    pub fn of(
        key: &'a CartKey,
        record: &'a CartRecord,
        [items, conditions, metadata]: &'a [String; 3],
    ) -> Self {
        let header = &record.header;
        let summary = &header.summary;
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        let currency = summary.currency.as_ref().map(|currency| currency.code());
        let (class, names) = key_texts(key);
        Self {
            numbers: [
                Some(header.version.sequence().cast_signed()),
                Some(header.version.write_id().cast_signed()),
                Some(header.format.into()),
                Some(header.created_at.as_millis()),
                Some(header.updated_at.as_millis()),
                millis(header.expires_at),
                Some(header.marked.into()),
                Some(summary.lines.into()),
                Some(summary.units.cast_signed()),
                Some(summary.subtotal),
                Some(summary.total),
                millis(summary.claimed_until),
                millis(summary.converted_at),
            ],
            texts: [
                Some(header.state.as_str()),
                currency,
                Some(header.ledger.as_str()),
                Some(items),
                Some(conditions),
                Some(metadata),
            ],
            class,
            names,
        }
    }
}

/// What a save compares: the expected version, and the time.
fn condition(record: &CartRecord, expected: Version) -> [i64; 3] {
    [
        expected.sequence().cast_signed(),
        expected.write_id().cast_signed(),
        record.header.created_at.as_millis(),
    ]
}

/// The owner's class, and the other parts of a key.
pub fn key_texts(key: &CartKey) -> (&str, [&str; 3]) {
    let owner = key.owner();
    let names = [
        owner.tenant().as_str(),
        owner.identifier(),
        key.instance().as_str(),
    ];
    (owner.class().as_str(), names)
}

/// A row as a client gives it: every column that the store reads.
#[derive(Debug)]
pub struct Row {
    /// The record's numbers.
    pub numbers: [Option<i64>; NUMBERS.len()],
    /// The record's texts.
    pub texts: [Option<String>; TEXTS.len()],
}

impl Row {
    /// The row that `number` and `text` give by the numbers of its columns.
    pub fn read(
        mut number: impl FnMut(usize) -> Option<i64>,
        mut text: impl FnMut(usize) -> Option<String>,
    ) -> Self {
        Self {
            numbers: std::array::from_fn(&mut number),
            texts: std::array::from_fn(|index| text(NUMBERS.len() + index)),
        }
    }

    /// Decodes it.
    pub fn typed(&self) -> (Typed, Version) {
        let [.., items, conditions, metadata] = &self.texts;
        let parts = [items, conditions, metadata];
        let typed = Typed::decode(parts.map(|part| part.as_deref().expect("a part")));
        let [sequence, write_id] =
            [0, 1].map(|column: usize| self.numbers[column].expect("a number").cast_unsigned());
        let version = Version::new(sequence, write_id).expect("a version");
        (typed, version)
    }
}
