//! The connection to Redis and the scripts.

use crate::figures::{
    Dead, Demand, Figures, Hold, LimitTaken, Limited, Pulse, Reserved, Settled, TakenOf, What, Window,
};
use base::{Money, Timestamp, new_id};
use parking_lot::Mutex;
use redis::{
    Client, RedisError, Script, ScriptInvocation, Value,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use std::{fmt, sync::Arc, time::Duration};

/// How long a window is kept after its end, for calls that end late.
const KEPT_AFTER_END: Duration = Duration::from_secs(2 * 86_400);
/// The window of limits, and the slices that it is counted in.
const MINUTE_MS: u64 = 60_000;
const SLICE_MS: u64 = 20;

/// How to reach Redis, and who we are there.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// `redis://[user:password@]host:port[/number]`, or `redis+unix://`.
    pub url: String,
    /// This server's name: the same after a restart, and no other server's.
    pub server: String,
    /// What all names in Redis begin with: one for each installation.
    pub prefix: String,
    /// How long a server that says nothing is taken to live.
    pub lease: Duration,
    /// How long to wait for Redis before a call is refused.
    pub timeout: Duration,
}

impl fmt::Debug for Settings {
    /// Without the address, which may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Why Redis did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The address is not one of Redis.
    #[error("the address of Redis cannot be used: {0}")]
    Address(#[source] RedisError),
    /// It cannot be reached, or does not answer in time.
    #[error("Redis cannot be reached: {0}")]
    Away(#[source] RedisError),
    /// It has just begun anew and gathers what the servers hold.
    #[error("Redis has begun anew, and gathers what is under way")]
    Settling,
    /// It answers something else than it should.
    #[error("Redis answers what no script of ours does: {0}")]
    Odd(String),
}

/// What the servers share.
#[derive(Clone)]
pub struct Cluster(Arc<Inner>);

struct Inner {
    settings: Settings,
    connection: ConnectionManager,
    /// This server until it ends: what it was doing before it was killed is not under way any more.
    run: String,
    epoch: Mutex<String>,
    scripts: Scripts,
}

struct Scripts {
    reserve: Script,
    open: Script,
    settle: Script,
    split: Script,
    charge: Script,
    beat: Script,
    limit: Script,
    adjust: Script,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.settings.fmt(f)
    }
}

impl Cluster {
    /// Makes ready to speak to Redis; nothing is sent yet.
    ///
    /// # Errors
    /// [`ClusterError::Address`].
    pub fn new(settings: Settings) -> Result<Self, ClusterError> {
        let client = Client::open(settings.url.as_str()).map_err(ClusterError::Address)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(settings.timeout))
            .set_response_timeout(Some(settings.timeout))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(500));
        let connection =
            ConnectionManager::new_lazy_with_config(client, config).map_err(ClusterError::Address)?;
        let scripts = Scripts {
            reserve: Script::new(include_str!("scripts/reserve.lua")),
            open: Script::new(include_str!("scripts/open.lua")),
            settle: Script::new(concat!(
                include_str!("scripts/common.lua"),
                include_str!("scripts/settle.lua")
            )),
            split: Script::new(include_str!("scripts/split.lua")),
            charge: Script::new(include_str!("scripts/charge.lua")),
            beat: Script::new(include_str!("scripts/beat.lua")),
            limit: Script::new(include_str!("scripts/limit.lua")),
            adjust: Script::new(include_str!("scripts/adjust.lua")),
        };
        let run = new_id().to_string();
        let inner = Inner { settings, connection, run, epoch: Mutex::default(), scripts };
        Ok(Self(Arc::new(inner)))
    }

    /// How long a server that says nothing is taken to live.
    pub fn lease(&self) -> Duration {
        self.0.settings.lease
    }

    /// Says that this server lives, and hears what has changed.
    ///
    /// # Errors
    /// [`ClusterError::Away`].
    pub async fn beat(&self) -> Result<Pulse, ClusterError> {
        let names = ["epoch", "settling", "servers", "generation", "living"].map(|name| self.name(name));
        let mut beat = self.0.scripts.beat.prepare_invoke();
        for name in &names {
            beat.key(name);
        }
        let lease_ms = millis(self.0.settings.lease);
        beat.arg(new_id().to_string()).arg(self.0.settings.server.as_str()).arg(lease_ms).arg(&self.0.run);
        let (epoch, generation, dead): (String, u64, Vec<String>) = self.run(&beat).await?;
        let before = std::mem::replace(&mut *self.0.epoch.lock(), epoch.clone());
        let dead = dead.into_iter().filter(|server| *server != self.0.settings.server).collect();
        Ok(Pulse { generation, is_new: !before.is_empty() && before != epoch, dead })
    }

    /// Tells the other servers that keys or budgets have changed.
    ///
    /// # Errors
    /// [`ClusterError::Away`].
    pub async fn changed(&self) -> Result<(), ClusterError> {
        let mut connection = self.0.connection.clone();
        let mut command = redis::cmd("INCR");
        command.arg(self.name("generation"));
        command.query_async::<i64>(&mut connection).await.map(drop).map_err(ClusterError::Away)
    }

    /// Puts money aside in all of a call's windows, or in none.
    ///
    /// # Errors
    /// [`ClusterError::Away`] and [`ClusterError::Settling`]; then nothing may be taken to be put aside, and a
    /// settlement for nothing has to follow.
    pub async fn reserve(&self, hold: &Hold) -> Result<Reserved, ClusterError> {
        self.hold(hold, "ask").await
    }

    /// Puts money aside again that was put aside before, without asking whether it is there.
    ///
    /// # Errors
    /// As for [`Self::reserve`].
    pub async fn renew(&self, hold: &Hold) -> Result<Reserved, ClusterError> {
        self.hold(hold, "renew").await
    }

    async fn hold(&self, hold: &Hold, how: &str) -> Result<Reserved, ClusterError> {
        let epoch = self.0.epoch.lock().clone();
        let mut reserve = self.0.scripts.reserve.prepare_invoke();
        reserve.key(self.name("epoch")).key(self.name("settling")).key(self.holds(&self.0.settings.server));
        reserve.arg(epoch).arg(hold.id.as_str()).arg(hold.amount.nanos()).arg(how);
        for window in &hold.windows {
            reserve.key(self.window(&window.name));
            reserve.arg(window.wall.map_or(-1, Money::nanos)).arg(kept_until(window));
        }
        let answer: Vec<String> = self.run(&reserve).await?;
        let odd = || ClusterError::Odd(answer.join(" "));
        let number =
            |place: usize| answer.get(place).and_then(|text| text.parse::<i64>().ok()).ok_or_else(odd);
        let place = || number(1).and_then(|place| usize::try_from(place).map_err(|_| odd()));
        let figures = |place: usize| -> Result<Figures, ClusterError> {
            let nanos = |place| number(place).map(Money::from_nanos);
            Ok(Figures { spent: nanos(place)?, held: nanos(place + 1)? })
        };
        match answer.first().map(String::as_str) {
            Some("held") => (0..hold.windows.len())
                .map(|place| figures(place * 2 + 1))
                .collect::<Result<_, _>>()
                .map(Reserved::Held),
            Some("refused") => Ok(Reserved::Refused(place()?, figures(2)?)),
            Some("unknown") => Ok(Reserved::Unknown(place()?)),
            Some("epoch" | "settling") => Err(ClusterError::Settling),
            _ => Err(odd()),
        }
    }

    /// Says what the ledger has of a window. Only the first to say so counts.
    ///
    /// # Errors
    /// [`ClusterError::Away`].
    pub async fn open(&self, window: &Window, spent: Money) -> Result<(), ClusterError> {
        let mut open = self.0.scripts.open.prepare_invoke();
        open.key(self.window(&window.name)).arg(spent.nanos()).arg(kept_until(window));
        self.run::<String>(&open).await.map(drop)
    }

    /// Replaces a hold by what it did cost; nothing happens where it was settled already.
    ///
    /// # Errors
    /// [`ClusterError::Away`]: it may be sent again.
    pub async fn settle(&self, id: &str, cost: Money) -> Result<Vec<Settled>, ClusterError> {
        self.settle_of(&self.0.settings.server, id, cost).await
    }

    /// The same for a hold of another server.
    ///
    /// # Errors
    /// As for [`Self::settle`].
    pub async fn settle_of(&self, server: &str, id: &str, cost: Money) -> Result<Vec<Settled>, ClusterError> {
        let mut settle = self.0.scripts.settle.prepare_invoke();
        settle.key(self.holds(server)).arg(id).arg(cost.nanos());
        let answer: Vec<String> = self.run(&settle).await?;
        let prefix = self.window("");
        let settled = answer.chunks_exact(3).filter_map(|chunk| {
            let [name, spent, held] = chunk else { return None };
            let nanos = |text: &String| text.parse().ok().filter(|nanos| *nanos >= 0).map(Money::from_nanos);
            let figures = Figures { spent: nanos(spent)?, held: nanos(held)? };
            Some(Settled { window: name.strip_prefix(&prefix)?.to_owned(), figures })
        });
        Ok(settled.collect())
    }

    /// Takes a part out of a hold, to be settled by itself; `false` where it has not so much.
    ///
    /// # Errors
    /// [`ClusterError::Away`]: it may be sent again.
    pub async fn split(&self, whole: &str, part: &str, amount: Money) -> Result<bool, ClusterError> {
        let mut split = self.0.scripts.split.prepare_invoke();
        split.key(self.holds(&self.0.settings.server)).key(self.name(&format!("part:{part}")));
        split.arg(whole).arg(part).arg(amount.nanos());
        self.run::<i64>(&split).await.map(|done| done == 1)
    }

    /// Counts what was spent without a hold, or with a negative amount takes it back. Of one id only the first
    /// counts.
    ///
    /// # Errors
    /// [`ClusterError::Away`]: it may be sent again.
    pub async fn charge(&self, id: &str, cost: Money, windows: &[String]) -> Result<(), ClusterError> {
        let mut charge = self.0.scripts.charge.prepare_invoke();
        charge.key(self.name(&format!("charge:{id}")));
        for window in windows {
            charge.key(self.window(window));
        }
        charge.arg(cost.nanos());
        self.run::<i64>(&charge).await.map(drop)
    }

    /// What this server holds, by what Redis knows: after a restart, what it held when it was killed.
    ///
    /// # Errors
    /// [`ClusterError::Away`].
    pub async fn own_holds(&self) -> Result<Vec<Dead>, ClusterError> {
        self.holds_of(&self.0.settings.server).await
    }

    /// What another server holds.
    ///
    /// # Errors
    /// [`ClusterError::Away`].
    pub async fn holds_of(&self, server: &str) -> Result<Vec<Dead>, ClusterError> {
        let mut connection = self.0.connection.clone();
        let mut command = redis::cmd("HGETALL");
        command.arg(self.holds(server));
        let found: Vec<(String, String)> =
            command.query_async(&mut connection).await.map_err(ClusterError::Away)?;
        let dead = found.into_iter().map(|(id, record)| {
            let amount = record.split('|').next().and_then(|amount| amount.parse().ok()).unwrap_or_default();
            Dead { id, amount: Money::from_nanos(amount) }
        });
        Ok(dead.collect())
    }

    /// Forgets a server that holds nothing any more.
    ///
    /// # Errors
    /// [`ClusterError::Away`].
    pub async fn forget(&self, server: &str) -> Result<(), ClusterError> {
        let mut connection = self.0.connection.clone();
        let mut command = redis::cmd("ZREM");
        command.arg(self.name("servers")).arg(server);
        command.query_async::<i64>(&mut connection).await.map(drop).map_err(ClusterError::Away)
    }

    /// What windows have now; `None` for those that nobody has opened.
    ///
    /// # Errors
    /// [`ClusterError::Away`].
    pub async fn figures(&self, windows: &[String]) -> Result<Vec<Option<Figures>>, ClusterError> {
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.0.connection.clone();
        let mut pipe = redis::pipe();
        for window in windows {
            pipe.cmd("HMGET").arg(self.window(window)).arg("spent").arg("held");
        }
        let found: Vec<(Option<i64>, Option<i64>)> =
            pipe.query_async(&mut connection).await.map_err(ClusterError::Away)?;
        let figures = |(spent, held): (Option<i64>, Option<i64>)| {
            let nanos = Money::from_nanos;
            spent.map(|spent| Figures { spent: nanos(spent), held: nanos(held.unwrap_or_default()) })
        };
        Ok(found.into_iter().map(figures).collect())
    }

    /// Takes of all limiters or of none.
    ///
    /// # Errors
    /// [`ClusterError::Away`].
    pub async fn take(&self, demands: &[Demand]) -> Result<Limited, ClusterError> {
        let mut limit = self.0.scripts.limit.prepare_invoke();
        let call = new_id().to_string();
        limit.key(self.name("living")).arg(MINUTE_MS).arg(SLICE_MS).arg(&self.0.run).arg(&call);
        let signed = |limit: Option<u64>| limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let mut of = Vec::with_capacity(demands.len());
        for demand in demands {
            let name = |what: &str| self.name(&format!("limit:{}:{what}", demand.name));
            let (tokens, calls) = (name("tokens"), name("calls"));
            limit.key(name("requests")).key(&tokens).key(&calls);
            limit.arg(signed(demand.requests)).arg(signed(demand.tokens)).arg(demand.expected_tokens);
            limit.arg(demand.parallel.map_or(-1, i64::from));
            of.push(TakenOf { tokens, calls, expected_tokens: demand.expected_tokens });
        }
        let answer: Vec<String> = self.run(&limit).await?;
        let odd = || ClusterError::Odd(answer.join(" "));
        let number =
            |place: usize| answer.get(place).and_then(|text| text.parse::<u64>().ok()).ok_or_else(odd);
        match (answer.first().map(String::as_str), answer.get(1)) {
            (Some("taken"), Some(slice)) => Ok(Limited::Taken(LimitTaken { slice: slice.clone(), call, of })),
            (Some("refused"), Some(_)) => Ok(Limited::Refused {
                place: usize::try_from(number(1)?).map_err(|_| odd())?,
                what: match number(2)? {
                    0 => What::Requests,
                    1 => What::Tokens,
                    _ => What::Calls,
                },
                taken: number(3)?,
                wait: Duration::from_millis(number(4)?),
            }),
            _ => Err(odd()),
        }
    }

    /// Puts right what a call has taken, which is over: so many tokens were it.
    ///
    /// # Errors
    /// [`ClusterError::Away`].
    pub async fn adjust(&self, taken: &LimitTaken, tokens: u64) -> Result<(), ClusterError> {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut adjust = self.0.scripts.adjust.prepare_invoke();
        adjust.arg(taken.slice.as_str()).arg(taken.call.as_str());
        for of in &taken.of {
            adjust.key(&of.tokens).key(&of.calls);
            adjust.arg(signed(tokens).saturating_sub(signed(of.expected_tokens)));
        }
        self.run::<String>(&adjust).await.map(drop)
    }

    async fn run<T: redis::FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, ClusterError> {
        let mut connection = self.0.connection.clone();
        let value: Value = script.invoke_async(&mut connection).await.map_err(ClusterError::Away)?;
        T::from_redis_value(value).map_err(|error| ClusterError::Odd(error.to_string()))
    }

    /// A name in Redis. The braces keep all of them in one place where Redis is spread over several machines.
    fn name(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.0.settings.prefix)
    }

    fn window(&self, name: &str) -> String {
        self.name(&format!("window:{name}"))
    }

    fn holds(&self, server: &str) -> String {
        self.name(&format!("holds:{server}"))
    }
}

fn kept_until(window: &Window) -> i64 {
    window.end.map(|end| end.plus(KEPT_AFTER_END)).map_or(0, Timestamp::millis)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
