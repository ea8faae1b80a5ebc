//! What can go wrong with the database, told apart by what a person can do about it.

use base::ErrorKind;
use std::path::PathBuf;

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database cannot be opened or reached.
    #[error("cannot open the database `{target}`")]
    Open {
        /// The file, or the address without its password.
        target: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A folder or file beside the database cannot be made.
    #[error("cannot prepare `{}` for the database", path.display())]
    Prepare {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database was made by a newer Familiar.
    #[error("the database has migration `{found}`, which this version of Familiar does not know")]
    Newer {
        /// Number and name of the unknown migration.
        found: String,
    },
    /// A migration was edited after it had been applied.
    #[error("migration `{name}` differs from the one this database was made with")]
    MigrationChanged {
        /// Number and name.
        name: String,
    },
    /// A migration failed; nothing of it, and of those with it, was kept.
    #[error("migration `{name}` failed")]
    Migration {
        /// Number and name.
        name: String,
        /// Why.
        #[source]
        source: Box<DbError>,
    },
    /// The copy to be made before a migration failed, so nothing was migrated.
    #[error("cannot back the database up to `{}` before upgrading it", path.display())]
    Backup {
        /// The copy.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<DbError>,
    },
    /// The file is a database, but of another program.
    #[error("`{target}` is the database of another program")]
    Foreign {
        /// The file.
        target: String,
    },
    /// The file is damaged, or no database.
    #[error("the database is damaged or is not a database")]
    Corrupt(#[source] sqlx::Error),
    /// The file or its folder cannot be written.
    #[error("the database is read-only")]
    ReadOnly(#[source] sqlx::Error),
    /// No room is left.
    #[error("the disk of the database is full")]
    Full(#[source] sqlx::Error),
    /// Other writers kept the database busy, or every connection was in use.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// The connection to the server broke.
    #[error("the database cannot be reached")]
    Unreachable(#[source] sqlx::Error),
    /// What was to be written clashes with what is there.
    #[error("this is there already, or belongs to something that is not")]
    Constraint(#[source] sqlx::Error),
    /// A value in the database has a form that this program does not write.
    #[error("column `{column}` holds a value that cannot be read")]
    Malformed {
        /// Table and column.
        column: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A query failed for a reason of Familiar's own.
    #[error("a query failed")]
    Query(#[source] sqlx::Error),
}

impl DbError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Constraint(_) => ErrorKind::Conflict,
            Self::Busy(_) | Self::Unreachable(_) | Self::Full(_) | Self::ReadOnly(_) | Self::Open { .. } => {
                ErrorKind::Unavailable
            }
            Self::Migration { source, .. } | Self::Backup { source, .. } => source.kind(),
            Self::Prepare { .. }
            | Self::Newer { .. }
            | Self::MigrationChanged { .. }
            | Self::Foreign { .. }
            | Self::Corrupt(_)
            | Self::Malformed { .. }
            | Self::Query(_) => ErrorKind::Internal,
        }
    }

    /// Whether its server is away for the moment, so that waiting may help.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Open { source, .. } => is_unreachable(source),
            Self::Unreachable(_) => true,
            Self::Migration { source, .. } | Self::Backup { source, .. } => source.is_away(),
            Self::Busy(_)
            | Self::Prepare { .. }
            | Self::Newer { .. }
            | Self::MigrationChanged { .. }
            | Self::Foreign { .. }
            | Self::Corrupt(_)
            | Self::ReadOnly(_)
            | Self::Full(_)
            | Self::Constraint(_)
            | Self::Malformed { .. }
            | Self::Query(_) => false,
        }
    }

    /// What a person can do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Open { .. } => {
                Some("check `[database] url`, that the server runs, and the rights on the data folder")
            }
            Self::Prepare { .. } | Self::ReadOnly(_) => {
                Some("give the user that runs Familiar the right to write to the data folder and its files")
            }
            Self::Newer { .. } => Some(
                "start the newer version again, or restore the backup made before the upgrade from the data folder's `backups`",
            ),
            Self::MigrationChanged { .. } => {
                Some("use the released version that made this database, or a new data folder")
            }
            Self::Foreign { .. } => Some("choose another data folder, or move the file away"),
            Self::Corrupt(_) => Some(
                "stop Familiar, keep a copy of the file, and restore the newest copy from the data folder's `backups`",
            ),
            Self::Full(_) => Some("free some space on the disk and try again; nothing half-written was kept"),
            Self::Busy(_) => Some("try again in a moment"),
            Self::Unreachable(_) => Some("check that the database server runs and can be reached"),
            Self::Migration { source, .. } | Self::Backup { source, .. } => source.hint(),
            Self::Constraint(_) | Self::Malformed { .. } | Self::Query(_) => None,
        }
    }

    /// Says that a column holds what this program does not write.
    pub fn malformed(
        column: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Malformed { column, source: source.into() }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind as SqlKind;
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy(error);
        }
        if is_unreachable(&error) {
            return Self::Unreachable(error);
        }
        let Some(database) = error.as_database_error() else { return Self::Query(error) };
        if matches!(
            database.kind(),
            SqlKind::UniqueViolation | SqlKind::ForeignKeyViolation | SqlKind::CheckViolation
        ) {
            return Self::Constraint(error);
        }
        match Trouble::from_code(database.code().as_deref().unwrap_or_default()) {
            Some(Trouble::Busy) => Self::Busy(error),
            Some(Trouble::ReadOnly) => Self::ReadOnly(error),
            Some(Trouble::Corrupt) => Self::Corrupt(error),
            Some(Trouble::Full) => Self::Full(error),
            Some(Trouble::Unreachable) => Self::Unreachable(error),
            None => Self::Query(error),
        }
    }
}

/// Whether nobody answers, or nobody who could.
fn is_unreachable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed)
        || code.is_some_and(|code| Trouble::from_code(&code) == Some(Trouble::Unreachable))
}

/// What an error code of a database means to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Busy,
    ReadOnly,
    Corrupt,
    Full,
    Unreachable,
}

impl Trouble {
    /// Reads the code: PostgreSQL's SQLSTATE has five characters, SQLite's result code is a number whose
    /// low byte is the primary code (<https://www.sqlite.org/rescode.html>,
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    fn from_code(code: &str) -> Option<Self> {
        if code.len() == 5 {
            return match (code, code.get(..2)) {
                ("40001" | "40P01" | "55P03" | "53300", _) => Some(Self::Busy),
                ("25006", _) => Some(Self::ReadOnly),
                ("53100", _) => Some(Self::Full),
                ("57P01" | "57P02" | "57P03", _) | (_, Some("08")) => Some(Self::Unreachable),
                ("XX001" | "XX002", _) => Some(Self::Corrupt),
                _ => None,
            };
        }
        match code.parse::<u32>().ok()? & 0xff {
            5 | 6 => Some(Self::Busy),
            8 => Some(Self::ReadOnly),
            11 | 26 => Some(Self::Corrupt),
            13 => Some(Self::Full),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_understood() {
        let cases = [
            ("5", Some(Trouble::Busy)),
            ("517", Some(Trouble::Busy)),
            ("1032", Some(Trouble::ReadOnly)),
            ("267", Some(Trouble::Corrupt)),
            ("26", Some(Trouble::Corrupt)),
            ("13", Some(Trouble::Full)),
            ("1", None),
            ("", None),
            ("40P01", Some(Trouble::Busy)),
            ("53100", Some(Trouble::Full)),
            ("08006", Some(Trouble::Unreachable)),
            ("42601", None),
        ];
        for (code, expected) in cases {
            assert_eq!(Trouble::from_code(code), expected, "{code}");
        }
    }
}
