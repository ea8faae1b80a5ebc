//! What is kept of exchanges: as the configuration file says, or as it was chosen on the page.

use crate::{
    AppError,
    app::{App, kept},
};
use api::exchanges::{KnownPattern, Retention, RetentionState};
use base::Id;
use gateway::Gateway;
use ledger::{Keep, RetentionConfig, retention::KNOWN};
use store::{Sealer, Settings, Vault};

/// The setting that holds what was chosen on the page.
const SETTING: &str = "retention";
/// The secret with which what is kept is encrypted.
const KEY: &str = "exchange-bodies";

/// Lets the gateway keep what the file says, or what was chosen.
pub(crate) async fn begin(
    gateway: &Gateway,
    file: Option<RetentionConfig>,
    settings: &Settings,
    vault: &Vault,
) -> Result<(), AppError> {
    let chosen = match file {
        Some(file) => Some(file),
        None => {
            let chosen = settings.get::<RetentionConfig>(Id::FIRST_OWNER, SETTING).await;
            chosen.map_err(|error| kept(error.kind(), error))?
        }
    };
    // Where nothing was ever chosen nothing is kept, and no key is needed.
    if let Some(chosen) = chosen {
        gateway.retention().set(&chosen, sealer(vault).await?).await?;
    }
    Ok(())
}

async fn sealer(vault: &Vault) -> Result<Sealer, AppError> {
    Sealer::of(vault, Id::FIRST_OWNER, KEY).await.map_err(|error| kept(error.kind(), error))
}

impl App {
    /// What is kept of exchanges now.
    pub async fn retention(&self) -> Result<RetentionState, AppError> {
        let retained = self.gateway.retention();
        let figures = retained.figures(Id::FIRST_OWNER).await?;
        let known = KNOWN.iter().map(|known| KnownPattern {
            name: known.name.to_owned(),
            finds: known.finds.to_owned(),
            always: known.always,
        });
        Ok(RetentionState {
            retention: shown(retained.config()),
            editable: !self.retention_in_file,
            kept: figures.kept,
            kept_bytes: figures.bytes,
            known: known.collect(),
        })
    }

    /// Changes what is kept of exchanges, and forgets at once what may not be kept any more.
    pub async fn set_retention(&self, put: Retention) -> Result<RetentionState, AppError> {
        if self.retention_in_file {
            return Err(AppError::RetentionInFile);
        }
        let keep = Keep::from_name(&put.keep);
        let config = RetentionConfig {
            keep: keep.ok_or(AppError::Setting { name: "keep", value: put.keep })?,
            days: put.days,
            redact: put.redact,
            patterns: put.patterns,
            exchange_days: put.exchange_days,
            ..self.gateway.retention().config()
        };
        config.check().map_err(ledger::LedgerError::from)?;
        let kept_now = self.settings.put(Id::FIRST_OWNER, SETTING, &config).await;
        kept_now.map_err(|error| kept(error.kind(), error))?;
        let pruned = self.gateway.retention().set(&config, sealer(&self.vault).await?).await?;
        tracing::info!(keep = config.keep.as_str(), ?pruned, "what is kept of exchanges was changed");
        self.retention().await
    }
}

fn shown(config: RetentionConfig) -> Retention {
    Retention {
        keep: config.keep.as_str().to_owned(),
        days: config.days,
        redact: config.redact,
        patterns: config.patterns,
        exchange_days: config.exchange_days,
    }
}
