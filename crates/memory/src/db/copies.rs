//! Which vectors of facts an engine beside the database has: the column `copied_to` of `memory_vector`.

use super::Result;
use crate::model::Scope;
use base::{Id, OwnerId};
use sqlx::{AnyPool, Row};
use store::columns::id;
use vectors::Vector;

/// A vector that the engine lacks, with the shelf it belongs to.
#[derive(Debug)]
pub(crate) struct Uncopied {
    pub(crate) fact_id: Id,
    pub(crate) owner: OwnerId,
    pub(crate) scope: Scope,
    pub(crate) vector: Vector,
}

/// Some of the vectors by a model that no engine has.
pub(crate) async fn uncopied(pool: &AnyPool, model: &str, limit: u32) -> Result<Vec<Uncopied>> {
    let rows = sqlx::query(
        "SELECT v.fact_id, v.vector, f.owner_id, f.scope FROM memory_vector v JOIN memory_fact f ON f.id = v.fact_id \
         WHERE v.model = $1 AND v.copied_to IS NULL ORDER BY v.fact_id LIMIT $2",
    );
    let mut found = Vec::new();
    for row in &rows.bind(model).bind(i64::from(limit)).fetch_all(pool).await? {
        let (bytes, scope): (Vec<u8>, String) = (row.try_get("vector")?, row.try_get("scope")?);
        if let Some(vector) = Vector::from_bytes(&bytes) {
            let (fact_id, owner) = (id(row, "fact_id")?, id(row, "owner_id")?);
            found.push(Uncopied { fact_id, owner, scope: scope.parse()?, vector });
        }
    }
    Ok(found)
}

/// Notes that an engine has a vector.
pub(crate) async fn copied(pool: &AnyPool, (model, fact_id): (&str, Id), target: &str) -> Result<()> {
    sqlx::query("UPDATE memory_vector SET copied_to = $3 WHERE model = $1 AND fact_id = $2")
        .bind(model)
        .bind(fact_id.to_string())
        .bind(target)
        .execute(pool)
        .await?;
    Ok(())
}

/// Forgets copies at other places than this: nobody keeps them in step.
pub(crate) async fn forget_others(pool: &AnyPool, target: &str) -> Result<()> {
    let query = sqlx::query("UPDATE memory_vector SET copied_to = NULL WHERE copied_to <> $1");
    query.bind(target).execute(pool).await?;
    Ok(())
}

/// Forgets that anybody has the vectors of a model.
pub(crate) async fn forget(pool: &AnyPool, model: &str) -> Result<()> {
    let query =
        sqlx::query("UPDATE memory_vector SET copied_to = NULL WHERE model = $1 AND copied_to IS NOT NULL");
    query.bind(model).execute(pool).await?;
    Ok(())
}

/// The facts whose vectors by a model an engine has.
pub(crate) async fn facts(pool: &AnyPool, model: &str) -> Result<Vec<Id>> {
    let rows = sqlx::query("SELECT fact_id FROM memory_vector WHERE model = $1 AND copied_to IS NOT NULL");
    let rows = rows.bind(model).fetch_all(pool).await?;
    rows.iter().map(|row| Ok(id(row, "fact_id")?)).collect()
}

/// How many numbers the vectors of a model have; `None` where there are none.
pub(crate) async fn dimensions(pool: &AnyPool, model: &str) -> Result<Option<usize>> {
    let row = sqlx::query("SELECT vector FROM memory_vector WHERE model = $1 LIMIT 1").bind(model);
    let Some(row) = row.fetch_optional(pool).await? else { return Ok(None) };
    let bytes: Vec<u8> = row.try_get("vector")?;
    Ok(Vector::from_bytes(&bytes).map(|vector| vector.dimensions()))
}

/// The models that have vectors besides one.
pub(crate) async fn other_models(pool: &AnyPool, model: &str) -> Result<Vec<String>> {
    let rows = sqlx::query("SELECT DISTINCT model FROM memory_vector WHERE model <> $1").bind(model);
    rows.fetch_all(pool).await?.iter().map(|row| Ok(row.try_get("model")?)).collect()
}
