//! Queries of what people say of documents, in the table `document`.

use super::failed;
use crate::{
    LibraryError,
    model::{DocumentField, DocumentKind},
};
use base::{Id, Timestamp};
use sqlx::{AnyConnection, AnyPool};

type Result<T> = std::result::Result<T, LibraryError>;

/// Notes what a person says that it is; none takes that back.
pub(crate) async fn set_kind(
    pool: &AnyPool,
    id: Id,
    kind: Option<DocumentKind>,
    now: Timestamp,
) -> Result<()> {
    // The index has the kind as well.
    sqlx::query(
        "UPDATE document SET kind_chosen = $2, updated_at = $3, indexed_generation = NULL WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(kind.map(DocumentKind::as_str))
    .bind(now.millis())
    .execute(pool)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Notes what a person says of a field; none takes that back.
pub(crate) async fn set_field(
    connection: &mut AnyConnection,
    id: Id,
    (field, chosen): (DocumentField, Option<&str>),
    now: Timestamp,
) -> Result<()> {
    // The index has the title as well; entries are made by what is known of the author.
    let also = match field {
        DocumentField::Title => ", indexed_generation = NULL",
        DocumentField::Author => ", indexed_generation = NULL, entries_made = NULL",
        DocumentField::Publisher | DocumentField::Published | DocumentField::Language => "",
    };
    let query =
        format!("UPDATE document SET {}_chosen = $2, updated_at = $3{also} WHERE id = $1", field.as_str());
    sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(id.to_string())
        .bind(chosen)
        .bind(now.millis())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}
