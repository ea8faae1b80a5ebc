//! The gateway beside nginx `proxy_pass`, before the same scripted upstream, in one run.
//!
//! Machines have fast and slow minutes. So everybody is measured in short turns, one after the other, round after
//! round, and ratios are between turns of one round.

use super::client::{self, Target};
use super::machine::Reading;
use super::process::Watched;
use crate::ci::prepare::is_root;
use crate::run::{Failure, find, output, program, run as run_program, say};
use clap::Args;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long and how much
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Seconds of a turn under load
    #[arg(long, default_value_t = 2)]
    seconds: u32,
    /// Turns of each contender, of which the medians are printed
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Connections under load
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// Requests on the single connection, in all rounds together
    #[arg(long, default_value_t = 3_000)]
    requests: usize,
    /// Words of every answer
    #[arg(long, default_value_t = 20)]
    words: u32,
    /// Streams at once, each at 50 tokens a second
    #[arg(long, default_value_t = 1_000)]
    streams: usize,
    /// Measure a build that is there already, such as `target/dist`; given several times, compare them
    #[arg(long)]
    programs: Vec<PathBuf>,
    /// The profile to build with: `dist` is what is shipped
    #[arg(long, default_value = "release")]
    profile: String,
    /// Measure the least that a proxy on hyper does beside it
    #[arg(long, requires = "whole")]
    bare: bool,
    /// Only whole answers under load, translated and not, for many builds one after the other
    #[arg(long)]
    whole: bool,
    /// TOML to put behind Familiar's configuration
    #[arg(long, default_value = "")]
    settings: String,
}

/// Speed of the steady streams, in tokens a second.
const STEADY_RATE: u32 = 50;
/// Tokens of each of them.
const STEADY_WORDS: u32 = 250;
/// Where nginx has the steady upstream.
const STEADY_PATH: &str = "/steady/";
/// The steady streams there.
const STEADY_ADDRESS: &str = "/steady/chat/completions";
/// Size of the request with a picture, in base64 bytes.
const PICTURE_BYTES: usize = 2 << 20;

/// Who is measured.
pub(super) struct Contender {
    name: String,
    is_familiar: bool,
    pub(super) process: Watched,
    pub(super) whole: Target,
    pub(super) streamed: Target,
    /// A request with a picture of [`PICTURE_BYTES`].
    picture: Target,
}

/// Measures upstream, nginx and Familiar and prints the tables.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    for tool in ["nginx", "wrk"] {
        if find(tool).is_none() && !Path::new("/usr/sbin").join(tool).exists() {
            return Err(format!("`{tool}` is not installed; install it and try again"));
        }
    }
    let mut programs: Vec<PathBuf> = options.programs.iter().map(|folder| root.join(folder)).collect();
    if programs.is_empty() {
        programs.push(build(root, &options.profile)?);
    }
    let folder = Folder::new()?;
    if options.bare {
        programs.push(build_bare(root, &folder)?);
    }
    let first = programs.first().map_or(root, PathBuf::as_path);
    let (words, rate, steady_words) =
        (options.words.to_string(), STEADY_RATE.to_string(), STEADY_WORDS.to_string());
    let upstream = start_upstream(first, &["--canned", "--words", &words])?;
    let steady = start_upstream(first, &["--words", &steady_words, "--tokens-per-second", &rate])?;
    let upstreams = [upstream.whole.address, steady.whole.address];
    let nginx = start_nginx(&folder.0, upstreams)?;
    let mut contenders = vec![upstream, nginx];
    for (number, programs) in programs.iter().enumerate() {
        let data = folder.0.join(format!("data-{number}"));
        let start = Start { programs, data: &data, upstreams, settings: &options.settings, under: &[] };
        let mut familiar = start_familiar(&start)?;
        if programs.starts_with(&folder.0) {
            familiar.name = "hyper alone".to_owned();
            // It translates nothing.
            familiar.whole.body = body("scripted", false);
        } else if options.programs.len() > 1 {
            familiar.name = format!("Familiar ({})", programs.display());
        }
        contenders.push(familiar);
    }
    let idle_kib: Vec<u64> = contenders.iter().map(|contender| contender.process.resident_kib()).collect();
    say(&format!(
        "\n{} connections, the median of {} turns of {} s, answers of {} words; one machine for load, proxy and upstream.\n",
        options.connections, options.rounds, options.seconds, options.words
    ));
    under_load(&folder.0, &contenders, options)?;
    if options.whole {
        return Ok(());
    }
    one_connection(&contenders, options)?;
    steady_streams(&steady, &contenders, options)?;
    for (contender, idle_kib) in
        contenders.iter().zip(idle_kib).filter(|(contender, _)| contender.is_familiar)
    {
        say(&format!(
            "\nResident memory of {}: {} MiB idle, {} MiB after the load.",
            contender.name,
            idle_kib >> 10,
            contender.process.resident_kib() >> 10
        ));
    }
    Ok(())
}

/// Builds the programs, and says where they lie.
pub(super) fn build(root: &Path, profile: &str) -> Result<PathBuf, Failure> {
    let build = ["build", "--profile", profile, "--locked", "--workspace", "--bins"];
    run_program(&mut program("cargo", &build, root))?;
    Ok(root.join("target").join(profile))
}

/// Builds the proxy that does nothing else, and puts it where the program would be.
fn build_bare(root: &Path, folder: &Folder) -> Result<PathBuf, Failure> {
    let build = ["build", "--release", "--locked", "--package", "testkit", "--example", "bench_bare"];
    run_program(&mut program("cargo", &build, root))?;
    let bare = folder.path().join("bare");
    let put = |bare: &Path| {
        std::fs::create_dir_all(bare)?;
        std::fs::copy(root.join("target/release/examples/bench_bare"), bare.join("familiar"))
    };
    put(&bare).map_err(|error| format!("{}: {error}", bare.display()))?;
    Ok(bare)
}

/// A folder that goes with this.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("familiar-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn body(model: &str, stream: bool) -> String {
    let options = if stream { r#","stream":true,"stream_options":{"include_usage":true}"# } else { "" };
    format!(
        r#"{{"model":"{model}","messages":[{{"role":"system","content":"You are a helpful assistant."}},{{"role":"user","content":"Tell me about lanterns, please."}}],"max_tokens":200{options}}}"#
    )
}

fn picture_body(model: &str) -> String {
    let picture = "QUJD".repeat(PICTURE_BYTES / 4);
    format!(
        r#"{{"model":"{model}","messages":[{{"role":"user","content":[{{"type":"text","text":"What is this?"}},{{"type":"image_url","image_url":{{"url":"data:image/png;base64,{picture}"}}}}]}}],"max_tokens":200}}"#
    )
}

fn contender(name: &str, process: Watched, address: SocketAddr) -> Contender {
    let target = |body| Target { address, path: "/v1/chat/completions", key: None, body };
    Contender {
        name: name.to_owned(),
        is_familiar: name == "Familiar",
        process,
        whole: target(body("scripted", false)),
        streamed: target(body("scripted", true)),
        picture: target(picture_body("scripted")),
    }
}

pub(super) fn start_upstream(programs: &Path, arguments: &[&str]) -> Result<Contender, Failure> {
    // `make release` builds the program alone.
    let beside = [programs.to_owned(), programs.with_file_name("release")];
    let upstream =
        beside.map(|folder| folder.join("scripted-upstream")).into_iter().find(|file| file.exists());
    let upstream =
        upstream.ok_or("the scripted upstream is not built; `cargo build --release -p testkit`")?;
    let mut command = Command::new(upstream);
    command.args(arguments);
    let (process, line) = Watched::start_and_hear(&mut command)?;
    let address = line.rsplit("http://").next().and_then(|address| address.parse().ok());
    let address =
        address.ok_or_else(|| format!("the scripted upstream said `{line}`, which is no address"))?;
    Ok(contender("upstream alone", process, address))
}

fn start_nginx(folder: &Path, [upstream, steady]: [SocketAddr; 2]) -> Result<Contender, Failure> {
    let address = free_address()?;
    let path = folder.display();
    // What a person would write who wants nginx to be fast: connections kept, no log, no temporary files.
    let configuration = format!(
        "{user}worker_processes 2;\ndaemon off;\npid {path}/nginx.pid;\nerror_log {path}/nginx.log;\n\
         events {{ worker_connections 2048; }}\n\
         http {{\n access_log off; tcp_nodelay on; keepalive_requests 100000000;\n \
         client_body_temp_path {path}/body; proxy_temp_path {path}/proxy; fastcgi_temp_path {path}/f;\n \
         uwsgi_temp_path {path}/u; scgi_temp_path {path}/s;\n \
         upstream scripted {{ server {upstream}; keepalive 256; keepalive_requests 100000000; }}\n \
         upstream steady {{ server {steady}; }}\n \
         server {{ listen {address}; proxy_http_version 1.1; proxy_set_header Connection \"\"; \
         proxy_buffering off; client_max_body_size 64m; client_body_buffer_size 4m; \
         location / {{ proxy_pass http://scripted; }} \
         location {STEADY_PATH} {{ proxy_pass http://steady/v1/; }} }}\n}}\n",
        user = if is_root() { "user root;\n" } else { "" },
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration).map_err(|error| format!("{}: {error}", file.display()))?;
    let nginx = find("nginx").unwrap_or_else(|| "/usr/sbin/nginx".into());
    let process = Watched::start(Command::new(nginx).arg("-c").arg(&file).arg("-p").arg(folder))?;
    let contender = contender("nginx proxy_pass", process, address);
    wait_for(&contender.whole)?;
    Ok(contender)
}

/// How Familiar is started.
pub(super) struct Start<'a> {
    /// Where it lies.
    pub(super) programs: &'a Path,
    /// Where it keeps everything.
    pub(super) data: &'a Path,
    /// The upstream that answers at once, and the one that takes its time.
    pub(super) upstreams: [SocketAddr; 2],
    /// TOML behind its configuration.
    pub(super) settings: &'a str,
    /// The program to run it under with its arguments, if any.
    pub(super) under: &'a [String],
}

/// Starts Familiar before two upstreams.
pub(super) fn start_familiar(start: &Start<'_>) -> Result<Contender, Failure> {
    let Start { programs, data, upstreams, settings, under } = *start;
    std::fs::create_dir_all(data).map_err(|error| format!("{}: {error}", data.display()))?;
    let [upstream, steady] = upstreams;
    let provider = |name: &str, dialect: &str, base_url: String| {
        format!(
            "[providers.{name}]\ndialect = \"{dialect}\"\nbase_url = \"{base_url}\"\napi_key = \"sk-bench\"\n\
             models = [{{ name = \"scripted\", prices = {{ input = \"0.15\", output = \"0.60\" }} }}]\n"
        )
    };
    let configuration = [
        provider("bench", "openai-chat", format!("http://{upstream}/v1")),
        provider("translated", "anthropic", format!("http://{upstream}")),
        provider("steady", "openai-chat", format!("http://{steady}/v1")),
        settings.to_owned(),
    ];
    std::fs::write(data.join("familiar.toml"), configuration.concat()).map_err(|error| error.to_string())?;
    let familiar = programs.join("familiar");
    let address = free_address()?;
    let mut command = match under.split_first() {
        None => Command::new(&familiar),
        Some((program, arguments)) => {
            let mut command = Command::new(program);
            command.args(arguments).arg(&familiar);
            command
        }
    };
    command.args(["serve", "--listen", &address.to_string(), "--data"]).arg(data);
    let process = Watched::start(&mut command)?;
    let ready = Target { address, path: "/ready", key: None, body: String::new() };
    let patience = if under.is_empty() { PATIENCE } else { 20 * PATIENCE };
    wait_at_most(&ready, patience)?;
    let mut create = Command::new(&familiar);
    create.args(["keys", "create", "bench", "--json", "--budget-usd", "1000000", "--data"]);
    let printed = output(create.arg(data))?;
    // The key is there twice: whole, and as the few characters to know it by.
    let key = printed.split('"').filter(|word| word.starts_with("fam-")).max_by_key(|word| word.len());
    let key = key.ok_or_else(|| format!("`familiar keys create` printed no key: {printed}"))?.to_owned();
    let mut contender = contender("Familiar", process, address);
    let bodies =
        [body("bench/scripted", false), body("bench/scripted", true), picture_body("bench/scripted")];
    let targets = [&mut contender.whole, &mut contender.streamed, &mut contender.picture];
    for (target, body) in targets.into_iter().zip(bodies) {
        target.key = Some(key.clone());
        target.body = body;
    }
    wait_for(&contender.whole)?;
    Ok(contender)
}

/// How long a program may take to be there.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks until there is an answer; at most 20 seconds.
pub(super) fn wait_for(target: &Target) -> Result<(), Failure> {
    wait_at_most(target, PATIENCE)
}

fn wait_at_most(target: &Target, patience: Duration) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        match client::once(target) {
            Ok(()) => return Ok(()),
            Err(failure) if begun.elapsed() > patience => return Err(failure),
            Err(_not_ready) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

pub(super) fn free_address() -> Result<SocketAddr, Failure> {
    let bound = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    bound.map_err(|error| format!("no free port: {error}"))
}

/// What is asked, over how many connections, and which of the contenders are asked for it.
type Row = (&'static str, u32, fn(&Contender) -> Option<Target>);

fn under_load(folder: &Path, contenders: &[Contender], options: &Options) -> Result<(), Failure> {
    say("| under load | answer | requests/s | of nginx | p50 | p99 | CPU/request | of nginx | errors |");
    say("| --- | --- | --: | --: | --: | --: | --: | --: | --: |");
    let few = options.connections.min(8);
    let Some(upstream) = contenders.first() else { return Ok(()) };
    let mut spendings = Vec::new();
    let rows: [Row; 4] = [
        ("whole", options.connections, |contender| Some(contender.whole.clone())),
        ("whole, translated", options.connections, translated),
        ("streamed", options.connections, |contender| Some(contender.streamed.clone())),
        ("to 2 MB of picture", few, |contender| Some(contender.picture.clone())),
    ];
    let rows = rows.into_iter().take(if options.whole { 2 } else { 4 });
    for (answer, connections, target) in rows {
        let mut turns: Vec<Vec<Turn>> = contenders.iter().map(|_| Vec::new()).collect();
        for _ in 0..options.rounds.max(1) {
            let mut nginx: Option<Turn> = None;
            for (contender, turns) in contenders.iter().zip(&mut turns) {
                // What only Familiar does stands beside what nginx does untranslated.
                let asked = target(contender).unwrap_or_else(|| contender.whole.clone());
                let read = || Reading::of(&contender.process, &upstream.process);
                let before = read();
                let report = wrk(folder, &asked, (connections, options.seconds))?;
                let spent = read().since(before, report.requests);
                let (rate_of_nginx, cpu_of_nginx) = nginx
                    .as_ref()
                    .map_or((f64::NAN, f64::NAN), |n| (report.rate / n.report.rate, spent.own / n.spent.own));
                let turn = Turn { report, spent, rate_of_nginx, cpu_of_nginx };
                if contender.name.starts_with("nginx") {
                    nginx = Some(turn.clone());
                }
                turns.push(turn);
            }
        }
        for (contender, turns) in
            contenders.iter().zip(&turns).filter(|(contender, _)| target(contender).is_some())
        {
            say(&row(contender, answer, turns));
            spendings.push(spending(contender, answer, turns));
        }
    }
    say("\nMicroseconds of all cores a request, and where they went:\n");
    say(
        "| under load | answer | own | upstream | load and system | idle | waiting for a disk | stolen | switches | page faults |",
    );
    say("| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |");
    spendings.iter().for_each(|row| say(row));
    Ok(())
}

/// What all cores did in the turns of one contender.
fn spending(contender: &Contender, answer: &str, turns: &[Turn]) -> String {
    let of = |value: fn(&Reading) -> f64| median(turns.iter().map(|turn| value(&turn.spent)).collect());
    // The upstream asked directly is both.
    let is_upstream = !contender.is_familiar && !contender.name.starts_with("nginx");
    let others = of(|spent| spent.others()) + if is_upstream { of(|spent| spent.upstream) } else { 0.0 };
    format!(
        "| {} | {answer} | {:.1} | {:.1} | {others:.1} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} |",
        contender.name,
        of(|spent| spent.own),
        of(|spent| spent.upstream),
        of(|spent| spent.idle),
        of(|spent| spent.disk),
        of(|spent| spent.stolen),
        of(|spent| spent.switches),
        of(|spent| spent.faults),
    )
}

/// What one contender did in one turn.
#[derive(Clone)]
struct Turn {
    report: Report,
    /// What it took a request.
    spent: Reading,
    /// Of what nginx did in the same round.
    rate_of_nginx: f64,
    cpu_of_nginx: f64,
}

fn row(contender: &Contender, answer: &str, turns: &[Turn]) -> String {
    let of = |value: fn(&Turn) -> f64| median(turns.iter().map(value).collect());
    let (rate, times) = if contender.is_familiar {
        let (rate, times) = (of(|turn| turn.rate_of_nginx), of(|turn| turn.cpu_of_nginx));
        (format!("{:.0} %", 100.0 * rate), format!("{times:.1}"))
    } else {
        (String::new(), String::new())
    };
    let errors: f64 = turns.iter().map(|turn| turn.report.errors).sum();
    format!(
        "| {} | {answer} | {:.0} | {rate} | {:.2} ms | {:.2} ms | {:.1} µs | {times} | {errors} |",
        contender.name,
        of(|turn| turn.report.rate),
        of(|turn| turn.report.p50_ms),
        of(|turn| turn.report.p99_ms),
        of(|turn| turn.spent.own),
    )
}

/// The one in the middle; of two, the lower.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// The same request to a provider of another format; only Familiar translates.
pub(super) fn translated(contender: &Contender) -> Option<Target> {
    let body = contender.whole.body.replace("bench/scripted", "translated/scripted");
    (body != contender.whole.body).then(|| Target { body, ..contender.whole.clone() })
}

/// Many streams at the speed of a real model, at once.
fn steady_streams(steady: &Contender, contenders: &[Contender], options: &Options) -> Result<(), Failure> {
    say(&format!(
        "\n| {} streams at {STEADY_RATE} tokens/s | complete | between tokens p50 | p99 | longest | CPU/token | of that the program's own |",
        options.streams
    ));
    say("| --- | --: | --: | --: | --: | --: | --: |");
    for contender in std::iter::once(steady).chain(contenders.iter().skip(1)) {
        let mut target = contender.streamed.clone();
        if contender.is_familiar {
            target.body = target.body.replace("bench/scripted", "steady/scripted");
        } else if !std::ptr::eq(contender, steady) {
            target.path = STEADY_ADDRESS;
        }
        let (before, user_before) = (contender.process.cpu_micros(), contender.process.user_micros());
        let mut streams = client::stream_at_once(&target, options.streams);
        let cpu = contender.process.cpu_micros().saturating_sub(before) as f64;
        let user = contender.process.user_micros().saturating_sub(user_before) as f64;
        let tokens = (streams.complete * STEADY_WORDS as usize).max(1) as f64;
        say(&format!(
            "| {} | {} | {} µs | {} µs | {} µs | {:.1} µs | {:.1} µs |",
            contender.name,
            streams.complete,
            client::percentile(&mut streams.gaps, 50),
            client::percentile(&mut streams.gaps, 99),
            client::percentile(&mut streams.gaps, 100),
            cpu / tokens,
            user / tokens,
        ));
    }
    Ok(())
}

/// What wrk says.
#[derive(Clone)]
pub(super) struct Report {
    rate: f64,
    pub(super) requests: f64,
    p50_ms: f64,
    p99_ms: f64,
    pub(super) errors: f64,
}

/// Milliseconds of `299.00us`, `2.72ms` and `1.03s`.
fn milliseconds(text: &str) -> Option<f64> {
    let unit_at = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
    let factor = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1_000.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

/// Loads a target over so many connections for so many seconds.
pub(super) fn wrk(
    folder: &Path,
    target: &Target,
    (connections, seconds): (u32, u32),
) -> Result<Report, Failure> {
    let script = folder.join("wrk.lua");
    let key = target.key.as_ref().map(|key| format!("wrk.headers['authorization'] = 'Bearer {key}'\n"));
    let lua = format!(
        "wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/json'\n{}wrk.body = [==[{}]==]\n",
        key.unwrap_or_default(),
        target.body
    );
    std::fs::write(&script, lua).map_err(|error| error.to_string())?;
    let url = format!("http://{}{}", target.address, target.path);
    let mut command = Command::new("wrk");
    command.args(["-t1", "--latency"]).arg(format!("-c{connections}"));
    let printed = output(command.arg(format!("-d{seconds}s")).arg("-s").arg(&script).arg(url))?;
    let after = |label: &str| {
        let line = printed.lines().find_map(|line| line.trim().strip_prefix(label))?;
        Some(line.trim().to_owned())
    };
    let rate = after("Requests/sec:").and_then(|rate| rate.parse().ok());
    let requests = printed.lines().find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok());
    let errors = after("Non-2xx or 3xx responses:").and_then(|errors| errors.parse().ok()).unwrap_or(0.0);
    let time = |label| after(label).as_deref().and_then(milliseconds);
    match (rate, requests, time("50%"), time("99%")) {
        (Some(rate), Some(requests), Some(p50_ms), Some(p99_ms)) => {
            // Connections that broke count as one error at least.
            let broken = f64::from(u8::from(printed.contains("Socket errors:")));
            Ok(Report { rate, requests, p50_ms, p99_ms, errors: errors + broken })
        }
        _ => Err(format!("wrk said what is not understood: {printed}")),
    }
}

fn one_connection(contenders: &[Contender], options: &Options) -> Result<(), Failure> {
    say("\n| one connection | answer | first byte p50 | p99 | complete p50 | p99 |");
    say("| --- | --- | --: | --: | --: | --: |");
    let rounds = options.rounds.max(1);
    for stream in [false, true] {
        let mut timings: Vec<Vec<client::Timing>> = contenders.iter().map(|_| Vec::new()).collect();
        for _ in 0..rounds {
            for (contender, timings) in contenders.iter().zip(&mut timings) {
                let target = if stream { &contender.streamed } else { &contender.whole };
                timings.extend(client::measure(target, options.requests.div_ceil(rounds))?);
            }
        }
        for (contender, timings) in contenders.iter().zip(&timings) {
            let mut first: Vec<Duration> = timings.iter().map(|timing| timing.first).collect();
            let mut whole: Vec<Duration> = timings.iter().map(|timing| timing.whole).collect();
            say(&format!(
                "| {} | {} | {} µs | {} µs | {} µs | {} µs |",
                contender.name,
                if stream { "streamed" } else { "whole" },
                client::percentile(&mut first, 50),
                client::percentile(&mut first, 99),
                client::percentile(&mut whole, 50),
                client::percentile(&mut whole, 99),
            ));
        }
    }
    Ok(())
}
