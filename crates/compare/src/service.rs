//! What a person does with comparisons.

use crate::{
    answer::{History, Writing, request},
    cast::{Casting, Scene},
    db,
    error::CompareError,
    hub::{Hub, Step},
    model::{
        Answer, AnswerBody, COLUMNS, Column, Comparison, Listed, Mode, NewColumn, NewComparison, Question,
        Status, Turn, Whole, anonymous, hidden,
    },
    sets::Run,
};
use base::{Clock, Id, OwnerId, new_id};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures::{StreamExt, stream::BoxStream};
use gateway::Gateway;
use llm::{ChatRequest, Message, Role};
use std::{sync::Arc, time::Duration};
use store::{Db, JobHandler, Jobs};
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Longest question, in bytes of text.
const TEXT_LIMIT_BYTES: usize = 1_000_000;
/// Longest title made from a question, in characters.
const TITLE_LENGTH: usize = 60;
const IMAGE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];
/// Comparisons on a page of the list, at the most.
const PAGE_LIMIT: u32 = 200;

/// What the bench stands on.
#[derive(Debug)]
pub struct Parts {
    /// Where comparisons are kept.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who answers.
    pub gateway: Arc<Gateway>,
    /// Where runs of prompt sets wait.
    pub jobs: Jobs,
    /// Who knows personas.
    pub casting: Arc<dyn Casting>,
}

/// Comparisons and the answers being written in them.
#[derive(Debug)]
pub struct Bench {
    pub(crate) parts: Parts,
    pub(crate) hub: Arc<Hub>,
    tasks: TaskTracker,
    /// Held while it is decided what begins, so that two windows do not begin the same.
    pub(crate) beginning: Mutex<()>,
    /// Cancelled when the server goes down: answers under way end as interrupted.
    pub(crate) closing: CancellationToken,
}

/// What a column is to answer, one after the other.
pub(crate) struct Work {
    column: Column,
    before: History,
    asked: Vec<(Question, Answer)>,
}

impl Bench {
    /// Opens the bench; answers that a killed server left unfinished are marked as interrupted.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn open(parts: Parts) -> Result<Arc<Self>, CompareError> {
        let interrupted = db::mark_interrupted(&parts.db).await?;
        if interrupted > 0 {
            tracing::info!(interrupted, "marked answers of comparisons that the last run left unfinished");
        }
        Ok(Arc::new(Self {
            parts,
            hub: Arc::default(),
            tasks: TaskTracker::new(),
            beginning: Mutex::new(()),
            closing: CancellationToken::new(),
        }))
    }

    /// What does the bench's jobs.
    pub fn handlers(self: &Arc<Self>) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(Run(Arc::clone(self)))]
    }

    /// Waits for answers under way for at most `grace`, then ends them; what had come is kept.
    pub async fn shutdown(&self, grace: Duration) {
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            self.closing.cancel();
            self.tasks.wait().await;
        }
    }

    /// Begins a comparison and asks its columns.
    ///
    /// # Errors
    /// Where the question or the columns cannot be meant, or the database fails.
    pub async fn create(self: &Arc<Self>, owner: OwnerId, new: NewComparison) -> Result<Whole, CompareError> {
        check(&new.question)?;
        if !COLUMNS.contains(&new.columns.len()) {
            return Err(CompareError::Columns(new.columns.len()));
        }
        let columns = self.made(owner, new.columns).await?;
        let now = self.parts.clock.now();
        let id = new_id();
        let title = new.title.filter(|title| !title.trim().is_empty());
        let comparison = Comparison {
            id,
            title: title.unwrap_or_else(|| title_of(&new.question.text)),
            columns,
            mode: if new.blind { Mode::Blind } else { Mode::Open },
            // Random as far as it is told nobody: another id's low bits.
            seed: seed_of(new_id()),
            created_at: now,
            updated_at: now,
        };
        let turn = Turn { id: new_id(), question: new.question, created_at: now };
        let works: Vec<Work> = comparison
            .columns
            .iter()
            .map(|column| self.work(&comparison, (column, Vec::new()), vec![&turn]))
            .collect();
        self.is_open()?;
        let mut transaction = self.parts.db.begin().await?;
        db::insert(&mut *transaction, owner, &comparison).await?;
        db::insert_turn(&mut *transaction, id, &turn).await?;
        for answer in works.iter().flat_map(Work::answers) {
            db::insert_answer(&mut *transaction, answer).await?;
        }
        transaction.commit().await?;
        self.start(owner, works);
        self.get(owner, id).await
    }

    /// Asks all columns something more.
    ///
    /// # Errors
    /// [`CompareError::BeingWritten`] while an answer to an earlier question is being written.
    pub async fn ask(
        self: &Arc<Self>,
        owner: OwnerId,
        id: Id,
        question: Question,
    ) -> Result<Whole, CompareError> {
        check(&question)?;
        let _turn = self.beginning.lock().await;
        let mut whole = self.whole(owner, id).await?;
        if let Some(draft) = whole.answers.iter().find(|answer| answer.status == Status::Streaming) {
            return Err(CompareError::BeingWritten(draft.id));
        }
        let turn = Turn { id: new_id(), question, created_at: self.parts.clock.now() };
        let columns = whole.comparison.columns.iter();
        let works: Vec<Work> = columns
            .map(|column| {
                let before = history(&whole, (column.id, whole.turns.len()));
                self.work(&whole.comparison, (column, before), vec![&turn])
            })
            .collect();
        whole.comparison.updated_at = turn.created_at;
        self.begin(owner, &whole.comparison, (Some(&turn), works)).await?;
        self.get(owner, id).await
    }

    /// Adds a column, which answers all questions of the comparison one after the other.
    ///
    /// # Errors
    /// [`CompareError::Columns`] where there are eight already.
    pub async fn add_column(
        self: &Arc<Self>,
        owner: OwnerId,
        id: Id,
        new: NewColumn,
    ) -> Result<Whole, CompareError> {
        let column = self.made(owner, vec![new]).await?.pop().ok_or(CompareError::NoModel)?;
        let _turn = self.beginning.lock().await;
        let mut whole = self.whole(owner, id).await?;
        let count = whole.comparison.columns.len() + 1;
        if !COLUMNS.contains(&count) {
            return Err(CompareError::Columns(count));
        }
        let works = vec![self.work(&whole.comparison, (&column, Vec::new()), whole.turns.iter().collect())];
        whole.comparison.columns.push(column);
        whole.comparison.updated_at = self.parts.clock.now();
        self.begin(owner, &whole.comparison, (None, works)).await?;
        self.get(owner, id).await
    }

    /// Has a column answer a question once more; the new answer counts, the old one is kept.
    ///
    /// # Errors
    /// [`CompareError::BeingWritten`] while this column writes.
    pub async fn again(
        self: &Arc<Self>,
        owner: OwnerId,
        id: Id,
        answer_id: Id,
    ) -> Result<Whole, CompareError> {
        let _turn = self.beginning.lock().await;
        let mut whole = self.whole(owner, id).await?;
        let old = whole
            .answers
            .iter()
            .find(|answer| answer.id == answer_id)
            .ok_or(CompareError::NoAnswer(answer_id))?;
        let writes =
            |answer: &&Answer| answer.column_id == old.column_id && answer.status == Status::Streaming;
        if let Some(draft) = whole.answers.iter().find(writes) {
            return Err(CompareError::BeingWritten(draft.id));
        }
        let columns = &whole.comparison.columns;
        let column = columns.iter().find(|column| column.id == old.column_id);
        let column = column.ok_or(CompareError::NoColumn(old.column_id))?;
        let place = whole.turns.iter().position(|turn| turn.id == old.turn_id);
        let place = place.ok_or(CompareError::NoAnswer(answer_id))?;
        let before = history(&whole, (column.id, place));
        let asked = whole.turns.get(place).into_iter().collect();
        let works = vec![self.work(&whole.comparison, (column, before), asked)];
        whole.comparison.updated_at = self.parts.clock.now();
        self.begin(owner, &whole.comparison, (None, works)).await?;
        self.get(owner, id).await
    }

    /// Stops an answer, or every answer of the comparison; what had come is kept.
    ///
    /// # Errors
    /// Where there is no such comparison.
    pub async fn stop(&self, owner: OwnerId, id: Id, answer_id: Option<Id>) -> Result<bool, CompareError> {
        db::get(&self.parts.db, owner, id).await?;
        Ok(match answer_id {
            Some(answer_id) => self.hub.stop(id, answer_id),
            None => {
                let any = !self.hub.drafts(id).is_empty();
                self.hub.stop_all(id);
                any
            }
        })
    }

    /// A comparison as it is shown, with answers under way as they stand.
    ///
    /// # Errors
    /// Where there is no such comparison of this owner.
    pub async fn get(&self, owner: OwnerId, id: Id) -> Result<Whole, CompareError> {
        Ok(self.whole(owner, id).await?.shown())
    }

    /// A page of comparisons, the latest first, with the cursor of the next one.
    ///
    /// # Errors
    /// [`CompareError::BadCursor`].
    pub async fn list(
        &self,
        owner: OwnerId,
        (query, cursor): (&str, Option<&str>),
        limit: u32,
    ) -> Result<(Vec<Listed>, Option<String>), CompareError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let mut found = db::list(&self.parts.db, owner, db::List { query, cursor, limit: limit + 1 }).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| more).map(db::cursor);
        let listed = found.into_iter().map(|comparison| {
            let streaming = !self.hub.drafts(comparison.id).is_empty();
            let comparison = if comparison.mode == Mode::Blind { hidden(comparison) } else { comparison };
            Listed { comparison, streaming }
        });
        Ok((listed.collect(), next))
    }

    /// Gives a comparison another title.
    ///
    /// # Errors
    /// Where there is no such comparison of this owner.
    pub async fn rename(&self, owner: OwnerId, id: Id, title: &str) -> Result<(), CompareError> {
        let mut comparison = db::get(&self.parts.db, owner, id).await?;
        comparison.title = title_of(title);
        db::update(self.parts.db.pool(), &comparison).await?;
        self.hub.changed(comparison);
        Ok(())
    }

    /// Puts the columns in another order.
    ///
    /// # Errors
    /// [`CompareError::BadOrder`] where not every column is named once.
    pub async fn reorder(&self, owner: OwnerId, id: Id, order: &[Id]) -> Result<(), CompareError> {
        let _turn = self.beginning.lock().await;
        let mut comparison = db::get(&self.parts.db, owner, id).await?;
        let find = |id: &Id| comparison.columns.iter().find(|column| column.id == *id).cloned();
        let columns: Vec<Column> = order.iter().filter_map(find).collect();
        let mut different = order.to_vec();
        different.sort_unstable();
        different.dedup();
        // Hidden ones stand where chance put them: their order would be shuffled once more.
        let all = columns.len() == comparison.columns.len() && different.len() == columns.len();
        if !all || comparison.mode == Mode::Blind {
            return Err(CompareError::BadOrder);
        }
        comparison.columns = columns;
        db::update(self.parts.db.pool(), &comparison).await?;
        self.hub.changed(comparison);
        Ok(())
    }

    /// Takes a comparison away and stops what is being written in it; [`Bench::restore`] brings it back.
    ///
    /// # Errors
    /// Where there is no such comparison of this owner.
    pub async fn remove(&self, owner: OwnerId, id: Id) -> Result<(), CompareError> {
        db::set_deleted(&self.parts.db, owner, (id, Some(self.parts.clock.now()))).await?;
        self.hub.stop_all(id);
        Ok(())
    }

    /// Brings a comparison back that was taken away.
    ///
    /// # Errors
    /// Where there is no such comparison of this owner.
    pub async fn restore(&self, owner: OwnerId, id: Id) -> Result<(), CompareError> {
        db::set_deleted(&self.parts.db, owner, (id, None)).await
    }

    /// Follows a comparison: every answer under way as it stands, then every step. Read the comparison after this, so that
    /// nothing falls between.
    ///
    /// # Errors
    /// Where there is no such comparison of this owner.
    pub async fn subscribe(&self, owner: OwnerId, id: Id) -> Result<BoxStream<'static, Step>, CompareError> {
        let steps = self.hub.follow(id);
        let mut blind = db::get(&self.parts.db, owner, id).await?.mode == Mode::Blind;
        Ok(Box::pin(steps.map(move |step| match step {
            Step::Answer(answer) if blind => Step::Answer(Box::new(anonymous(*answer))),
            Step::Changed(comparison) => {
                blind = comparison.mode == Mode::Blind;
                Step::Changed(if blind { Box::new(hidden(*comparison)) } else { comparison })
            }
            other @ (Step::Answer(_) | Step::Text { .. } | Step::Reasoning { .. }) => other,
        })))
    }

    /// A comparison with everything in it, nothing hidden.
    pub(crate) async fn whole(&self, owner: OwnerId, id: Id) -> Result<Whole, CompareError> {
        let db = &self.parts.db;
        let comparison = db::get(db, owner, id).await?;
        // Before the database: one that ends in between is kept as it ended.
        let drafts = self.hub.drafts(id);
        let (turns, mut answers) = (db::turns(db, id).await?, db::answers(db, id).await?);
        let (votes, merges) = (db::votes(db, id).await?, db::merges::all(db, id).await?);
        for answer in answers.iter_mut().filter(|answer| answer.status == Status::Streaming) {
            if let Some(draft) = drafts.iter().find(|draft| draft.id == answer.id) {
                answer.clone_from(draft);
            }
        }
        Ok(Whole { comparison, turns, answers, votes, merges })
    }

    pub(crate) fn work(
        &self,
        comparison: &Comparison,
        (column, before): (&Column, History),
        turns: Vec<&Turn>,
    ) -> Work {
        let now = self.parts.clock.now();
        let answer = |turn: &Turn| Answer {
            id: new_id(),
            compare_id: comparison.id,
            turn_id: turn.id,
            column_id: column.id,
            status: Status::Streaming,
            text: String::new(),
            body: AnswerBody::default(),
            created_at: now,
        };
        let asked = turns.into_iter().map(|turn| (turn.question.clone(), answer(turn)));
        Work { column: column.clone(), before, asked: asked.collect() }
    }

    /// Columns as they are asked: a persona lends its name and the model that plays it best where none is said.
    pub(crate) async fn made(
        &self,
        owner: OwnerId,
        new: Vec<NewColumn>,
    ) -> Result<Vec<Column>, CompareError> {
        let mut columns = Vec::with_capacity(new.len());
        for mut new in new {
            if let Some(persona_id) = new.persona_id {
                let cast = self.parts.casting.persona(owner, persona_id).await?;
                if new.name.trim().is_empty() {
                    new.name = cast.name;
                }
                if new.model.trim().is_empty() {
                    new.model = cast.model.unwrap_or_default();
                }
            }
            let model = new.model.trim().to_owned();
            if model.is_empty() {
                return Err(CompareError::NoModel);
            }
            let NewColumn { name, instructions, parameters, persona_id, .. } = new;
            let name = name.trim().chars().take(TITLE_LENGTH).collect();
            columns.push(Column { id: new_id(), name, model, instructions, parameters, persona_id });
        }
        Ok(columns)
    }

    /// What a column is asked.
    pub(crate) async fn asking(
        &self,
        owner: OwnerId,
        column: &Column,
        (before, question): (&[(Question, String)], &Question),
    ) -> Result<ChatRequest, CompareError> {
        let Some(persona_id) = column.persona_id else { return Ok(request(column, before, question)) };
        let scene = Scene { persona_id, model: &column.model, before, question };
        let mut played = self.parts.casting.request(owner, scene).await?;
        let instructions = column.instructions.trim();
        if !instructions.is_empty() {
            // Behind the persona's own: what is said last is what is compared.
            let own = played.messages.iter().take_while(|message| message.role == Role::System).count();
            played.messages.insert(own, Message::text(Role::System, instructions));
        }
        played.parameters = column.parameters.clone();
        Ok(played)
    }

    fn is_open(&self) -> Result<(), CompareError> {
        if self.tasks.is_closed() { Err(CompareError::ShuttingDown) } else { Ok(()) }
    }

    /// Writes down what begins, then has it begin.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        owner: OwnerId,
        comparison: &Comparison,
        (turn, works): (Option<&Turn>, Vec<Work>),
    ) -> Result<(), CompareError> {
        self.is_open()?;
        let mut transaction = self.parts.db.begin().await?;
        db::update(&mut *transaction, comparison).await?;
        if let Some(turn) = turn {
            db::insert_turn(&mut *transaction, comparison.id, turn).await?;
        }
        for answer in works.iter().flat_map(Work::answers) {
            db::insert_answer(&mut *transaction, answer).await?;
        }
        transaction.commit().await?;
        self.start(owner, works);
        self.hub.changed(comparison.clone());
        Ok(())
    }

    /// A task for each column: none waits for another.
    fn start(self: &Arc<Self>, owner: OwnerId, works: Vec<Work>) {
        for Work { column, mut before, asked } in works {
            let begun: Vec<_> = asked
                .into_iter()
                .map(|(question, answer)| (question, self.hub.begin(answer.clone()), answer))
                .collect();
            let bench = Arc::clone(self);
            self.tasks.spawn(async move {
                for (question, stop, answer) in begun {
                    let writing = Writing {
                        bench: Arc::clone(&bench),
                        owner,
                        column: column.clone(),
                        before: before.clone(),
                        question: question.clone(),
                        answer,
                        stop,
                    };
                    let said = Box::pin(writing.run()).await;
                    before.push((question, said));
                }
            });
        }
    }
}

impl Work {
    fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.asked.iter().map(|(_, answer)| answer)
    }
}

/// What was asked and said in a column before its turn number `until`.
fn history(whole: &Whole, (column_id, until): (Id, usize)) -> History {
    let turns = whole.turns.iter().take(until);
    turns
        .map(|turn| {
            let said = whole.answer(turn.id, column_id).map(|answer| answer.text.clone());
            (turn.question.clone(), said.unwrap_or_default())
        })
        .collect()
}

fn check(question: &Question) -> Result<(), CompareError> {
    let size_bytes = question.text.len();
    if question.text.trim().is_empty() && question.images.is_empty() {
        return Err(CompareError::Empty);
    }
    if size_bytes > TEXT_LIMIT_BYTES {
        return Err(CompareError::TooLong { size_bytes, limit_bytes: TEXT_LIMIT_BYTES });
    }
    for image in &question.images {
        let known = IMAGE_TYPES.contains(&image.media_type.as_str());
        if !known || image.data.is_empty() || BASE64_STANDARD.decode(&image.data).is_err() {
            return Err(CompareError::NotAnImage(image.media_type.clone()));
        }
    }
    Ok(())
}

/// The first words of a text.
fn title_of(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "Comparison".to_owned();
    }
    match line.char_indices().nth(TITLE_LENGTH) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

/// The random end of an id as a number.
fn seed_of(id: Id) -> u64 {
    let text: String = id.to_string().chars().filter(char::is_ascii_hexdigit).collect();
    let end = text.len().saturating_sub(15);
    text.get(end..).and_then(|end| u64::from_str_radix(end, 16).ok()).unwrap_or_default()
}
