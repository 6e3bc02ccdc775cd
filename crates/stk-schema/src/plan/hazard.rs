//! What can go wrong with a step, by stable code: the closed list, and one occurrence of it.
//!
//! Whether a hazard is acceptable is the user's decision; this only names it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A step's hazard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    pub code: HazardCode,
    /// The object that is in danger: `public.users.email`.
    pub subject: String,
    pub message: String,
    pub hint: Option<String>,
    /// Gives one row with one `bigint`: how many rows are concerned. It may read the whole table.
    pub count: Option<String>,
}

/// The kind of harm, and the letter of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HazardClass {
    /// `STK-D…`: data is lost.
    DataLoss,
    /// `STK-L…`: others wait for a lock.
    Lock,
    /// `STK-F…`: rows that are there make the step fail. Its probe stops the apply before the step runs.
    Fails,
    /// `STK-B…`: what uses the database breaks.
    Breaks,
}

macro_rules! hazard_codes {
    ($($name:ident = $text:literal, $class:ident, $title:literal, $doc:literal;)+) => {
        /// A stable code. [`HazardCode::ALL`] is the reference of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum HazardCode {
            $(#[doc = $doc] $name,)+
        }

        impl HazardCode {
            pub const ALL: &'static [HazardCode] = &[$(HazardCode::$name),+];

            /// `STK-D102`.
            pub fn as_str(self) -> &'static str {
                match self { $(HazardCode::$name => $text,)+ }
            }

            pub fn class(self) -> HazardClass {
                match self { $(HazardCode::$name => HazardClass::$class,)+ }
            }

            /// A few words: "A table is dropped".
            pub fn title(self) -> &'static str {
                match self { $(HazardCode::$name => $title,)+ }
            }

            /// What it means and what to do about it.
            pub fn doc(self) -> &'static str {
                match self { $(HazardCode::$name => $doc,)+ }
            }
        }
    };
}

hazard_codes! {
    DropTable = "STK-D102", DataLoss, "A table is dropped",
        "The table's rows go with it. If it was given another name, say so with `renamed_from`.";
    DropColumn = "STK-D103", DataLoss, "A column is dropped",
        "The column's values go with it. If it was given another name, say so with `renamed_from`.";
    LossyCast = "STK-D104", DataLoss, "A type change loses digits, characters or parts of values",
        "The cast to the new type succeeds, but values that do not fit are rounded or cut.";
    DropSequence = "STK-D105", DataLoss, "A sequence is dropped",
        "The position of the sequence is lost; one made later starts again.";
    DropMaterialized = "STK-D106", DataLoss, "A materialized view is dropped",
        "Its stored rows go; building it again needs its whole query to run.";
    OverwriteColumn = "STK-D107", DataLoss, "A column's values are computed anew",
        "The column becomes a generated one, so that the values it has now are replaced.";
    DropType = "STK-D108", DataLoss, "A type is dropped",
        "An enum, domain or composite type goes. Postgres refuses it while a column still has the type.";
    DropExtension = "STK-D109", DataLoss, "An extension is dropped",
        "All objects of the extension go. Postgres refuses it while something outside it depends on one of them.";
    DropPartition = "STK-D110", DataLoss, "A partition is dropped",
        "The partition's rows go with it. To keep them, declare the partition as a table of its own.";

    RewriteTable = "STK-L101", Lock, "A table is rewritten under a lock that blocks reads and writes",
        "Postgres copies the whole table while nothing else can use it. Fine on a small table; on a large one, \
         add a column of the new shape, fill it in batches and drop the old one later.";
    ScanUnderLock = "STK-L102", Lock, "A table is read in full under a lock that blocks writes",
        "Every row is checked while writers wait. The form that does not block does not exist here, for instance \
         because the table is partitioned.";
    BuildUnderLock = "STK-L103", Lock, "An index is built under a lock that blocks writes",
        "Postgres can not build this index concurrently, for instance because the table is partitioned.";

    NotNullWithoutValue = "STK-F101", Fails, "A new NOT NULL column has no value for rows that are there",
        "The step fails while the table has rows. Give the column a `default`, or `null = true` until it is filled.";
    NullsPresent = "STK-F102", Fails, "A column becomes NOT NULL and may hold nulls",
        "The step fails while a row has a null there. Fill those rows first.";
    Duplicates = "STK-F103", Fails, "A unique index or key may meet duplicates",
        "The step fails while two rows are equal in the columns of the key.";
    Orphans = "STK-F104", Fails, "A foreign key may meet rows that refer to nothing",
        "Validation fails while a row refers to one that is not there. New rows are checked already.";
    CheckViolated = "STK-F105", Fails, "A check may meet rows that break it",
        "Validation fails while a row breaks the check. New rows are checked already.";
    CastFails = "STK-F106", Fails, "A type change may meet values that can not be cast",
        "The step fails at the first value that the new type does not take.";
    EnumValueInUse = "STK-F107", Fails, "A removed enum value may be in use",
        "The step fails while a row has a value that the enum loses.";
    ExclusionConflicts = "STK-F108", Fails, "An exclusion constraint may meet rows that exclude each other",
        "The step fails while two rows conflict.";
    ValueTooLong = "STK-F109", Fails, "A type becomes narrower than values that may be there",
        "The step fails while a value is too long or too large for the new type.";
    OutsidePartition = "STK-F110", Fails, "A partition may meet rows outside its bounds",
        "The step fails while a row is outside the partition's bounds, or belongs to no partition.";
    DomainViolated = "STK-F111", Fails, "A domain's new rule may meet values that break it",
        "Validation fails while a column of the domain holds such a value.";

    LogicBreaks = "STK-B101", Breaks, "Deployed logic stops working",
        "A statement of a deployed logic file can not be prepared after the change. Deploy logic that works with \
         both first.";
    RenameTable = "STK-B102", Breaks, "A table is renamed",
        "Statements that use the old name fail from that moment.";
    RenameColumn = "STK-B103", Breaks, "A column is renamed",
        "Statements that use the old name fail from that moment.";
    DropObject = "STK-B104", Breaks, "A view, function or trigger is dropped",
        "Statements that use it fail from that moment; what a trigger did is no longer done.";
    AccessChanges = "STK-B105", Breaks, "Who may see or change rows is changed",
        "Row level security, a policy or a privilege changes, so that statements may see fewer rows, or more.";
    RecreatedDependents = "STK-B106", Breaks, "Views are dropped and made again",
        "Postgres can not change a column that a view uses. The views are dropped and made again in one \
         transaction; statements that use them wait for it.";
    WritesRefused = "STK-B107", Breaks, "Writes that name the column start to fail",
        "The column becomes a generated one or GENERATED ALWAYS AS IDENTITY, so that a value given for it is an \
         error.";
    TriggersFire = "STK-B108", Breaks, "Filling rows fires the table's own triggers",
        "Each row is updated once, in batches, and triggers on UPDATE of the table see it.";
    RuleDropped = "STK-B109", Breaks, "A rule over the data is dropped",
        "A unique, foreign key, check or exclusion constraint or a NOT NULL goes, so that rows may come in that \
         the code does not expect.";
    RenameObject = "STK-B110", Breaks, "A schema, type, view, sequence or function is renamed",
        "Statements that use the old name fail from that moment.";
    ColumnMoves = "STK-B111", Breaks, "A column gets another place in the table",
        "The column is made anew at the end of the table, so that `SELECT *` and `INSERT` without a list of \
         columns see another order.";
}

impl HazardCode {
    /// Whether the hazard must be approved by name. What fails on rows need not be: its probe stops the apply in time.
    pub fn needs_approval(self) -> bool {
        self.class() != HazardClass::Fails
    }
}

/// Not one of [`HazardCode::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no hazard `{0}`")]
pub struct UnknownHazard(pub String);

impl FromStr for HazardCode {
    type Err = UnknownHazard;

    fn from_str(text: &str) -> Result<HazardCode, UnknownHazard> {
        let found = HazardCode::ALL.iter().find(|code| code.as_str().eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| UnknownHazard(text.to_owned()))
    }
}

impl fmt::Display for HazardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for HazardCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for HazardCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HazardCode, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference of codes is this list, written down. `UPDATE_HAZARDS=1` writes it.
    #[test]
    fn the_reference_has_every_code() {
        let mut text = String::from(
            "# Hazards of schema changes\n\n\
             What `stk schema plan` warns of. A hazard of class D, L or B must be approved by name, `--allow STK-D102`;\n\
             one of class F is checked before its step runs, and stops the apply if it has come true.\n\n\
             | code | what | meaning |\n|---|---|---|\n",
        );
        for code in HazardCode::ALL {
            text.push_str(&format!("| `{code}` | {} | {} |\n", code.title(), code.doc()));
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/hazards.md");
        if std::env::var_os("UPDATE_HAZARDS").is_some() {
            std::fs::write(file, &text).expect("a writable reference");
        }
        assert_eq!(std::fs::read_to_string(file).expect("the reference"), text, "run with UPDATE_HAZARDS=1");
    }

    #[test]
    fn codes_are_unique_ordered_and_of_their_class() {
        let texts: Vec<&str> = HazardCode::ALL.iter().map(|code| code.as_str()).collect();
        for class in ["D", "L", "F", "B"] {
            let of_class: Vec<&&str> = texts.iter().filter(|text| text[4..].starts_with(class)).collect();
            assert!(of_class.windows(2).all(|pair| pair[0] < pair[1]), "{of_class:?}");
        }
        for code in HazardCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            let letter = match code.class() {
                HazardClass::DataLoss => "STK-D",
                HazardClass::Lock => "STK-L",
                HazardClass::Fails => "STK-F",
                HazardClass::Breaks => "STK-B",
            };
            assert!(code.as_str().starts_with(letter), "{code}");
            assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
        }
        assert_eq!("STK-X1".parse::<HazardCode>(), Err(UnknownHazard("STK-X1".into())));
    }
}
