//! A real server process on a real port, with a data directory of its own. It is killed by its id when the test ends.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;

use super::{Answer, Asks, PASSWORD, PATIENCE, User};

/// What is tested.
const PROGRAM: &str = env!("CARGO_BIN_EXE_chatterbox");

/// How a server is to be started.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    data: Data,
    listen: String,
    rate_limits: &'static str,
    arguments: Vec<String>,
    log: &'static str,
    directory: Option<PathBuf>,
    /// A program with its arguments that starts the server in its stead.
    wrapper: Vec<String>,
    environment: Vec<(String, String)>,
}

/// Where a server keeps its data: a directory that goes away with the last server on it, or the test's own.
#[derive(Debug, Clone)]
enum Data {
    Temporary(Arc<TempDir>),
    Own(PathBuf),
}

impl Data {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(directory) => directory.path(),
            Self::Own(path) => path,
        }
    }
}

impl Plan {
    /// Any free port, an empty data directory, no rate limits.
    pub(crate) fn new() -> Self {
        let data = Data::Temporary(Arc::new(TempDir::new().expect("a temporary directory")));
        let (listen, rate_limits) = ("127.0.0.1:0".to_owned(), "off");
        Self {
            data,
            listen,
            rate_limits,
            arguments: Vec::new(),
            log: "info",
            directory: None,
            wrapper: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// With an option of the command line.
    pub(crate) fn with(mut self, option: &str, value: &str) -> Self {
        self.arguments.extend([option.to_owned(), value.to_owned()]);
        self
    }

    /// With no more than so many file descriptors.
    pub(crate) fn with_descriptors(mut self, count: usize) -> Self {
        self.wrapper = vec!["prlimit".to_owned(), format!("--nofile={count}")];
        self
    }

    /// With a variable of the environment.
    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a data directory that the test looks after.
    pub(crate) fn on(mut self, data: &Path) -> Self {
        self.data = Data::Own(data.to_owned());
        self
    }

    /// At an address that the test has chosen.
    pub(crate) fn listening_at(mut self, address: SocketAddr) -> Self {
        self.listen = address.to_string();
        self
    }

    /// Started from this directory; otherwise from the one with the data.
    pub(crate) fn starting_in(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// With rate limits, as they are by default.
    pub(crate) fn with_rate_limits(mut self) -> Self {
        self.rate_limits = "on";
        self
    }

    /// With everything in the log that there is.
    pub(crate) fn talkative(mut self) -> Self {
        self.log = "trace";
        self
    }

    /// The command with nothing of the surroundings in it.
    pub(crate) fn command(&self) -> Command {
        let mut command = bare_command(&self.wrapper);
        command
            .envs(self.environment.iter().cloned())
            .args(["--listen", &self.listen, "--rate-limits", self.rate_limits, "--data"])
            .arg(self.data.path())
            .args(&self.arguments)
            .env("CHATTERBOX_LOG", self.log)
            .current_dir(self.directory.as_deref().unwrap_or(self.data.path()));
        command
    }

    /// Starts the server and waits until it says where it listens.
    pub(crate) async fn start(self) -> Server {
        let command = self.command();
        Server::spawn(command, self)
    }

    /// Starts a server that refuses to: what it says, on the way out.
    pub(crate) fn fails(&self) -> String {
        let mut child = self.command().spawn().expect("the program runs");
        let begin = Instant::now();
        while child.try_wait().expect("the process can be waited for").is_none() {
            if begin.elapsed() > PATIENCE {
                let _ = child.kill();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let output = child.wait_with_output().expect("its words can be read");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "it should not have started: {said}");
        said
    }
}

/// The program, in a clean environment, started by another one if there is one.
pub(crate) fn bare_command(wrapper: &[String]) -> Command {
    let mut words = wrapper.iter().map(String::as_str).chain([PROGRAM]);
    let mut command = Command::new(words.next().expect("there is a program"));
    command.args(words);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CHATTERBOX_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) plan: Plan,
    child: Child,
    log: Option<JoinHandle<String>>,
    http: reqwest::Client,
}

impl Server {
    /// A server as most tests want it.
    pub(crate) async fn start() -> Self {
        Plan::new().start().await
    }

    /// Starts this command and waits for its greeting.
    pub(crate) fn spawn(mut command: Command, plan: Plan) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let log = read_log(&mut child);
        let stdout = child.stdout.take().expect("standard output is piped");
        let (sender, greeting) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let Ok(greeting) = greeting.recv_timeout(PATIENCE) else {
            let _ = child.kill();
            let _ = child.wait();
            let said = log.map(|log| log.join().unwrap_or_default()).unwrap_or_default();
            panic!("the server did not start: {said}");
        };
        let address = greeting
            .split_once("http://")
            .and_then(|(_, rest)| rest.trim_end_matches('/').parse().ok())
            .unwrap_or_else(|| panic!("the greeting names no address: {greeting}"));
        Self { address, plan, child, log, http: client() }
    }

    /// Starts this command, whose greeting nobody hears, and waits until it answers where it was told to.
    pub(crate) async fn spawn_unheard(mut command: Command, plan: Plan) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let log = read_log(&mut child);
        let address = plan.listen.parse().expect("the plan says where to listen");
        let server = Self { address, plan, child, log, http: client() };
        let answers = async {
            while server.http.get(format!("http://{address}/healthz")).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        super::within("the server to answer", answers).await;
        server
    }

    /// Where the database is.
    pub(crate) fn database(&self) -> PathBuf {
        self.data().join("chatterbox.db")
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &Path {
        self.plan.data.path()
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Hundredths of a second of processor time that it has used: unlike time on the wall, no matter of who else works.
    pub(crate) fn processor_time(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("the process is there");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("a name ends").split_whitespace().collect();
        fields[11..13].iter().map(|field| field.parse::<u64>().expect("a number")).sum()
    }

    /// Asks the process politely.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
        kill_process(id, signal).expect("the process can be signalled");
    }

    /// `kill -9`: it has no time for anything.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    /// Waits until the process has ended by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the process can be waited for") {
                return status;
            }
            assert!(begin.elapsed() < PATIENCE, "the server did not end");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// SIGTERM, and waits for the end, which must be a good one. Returns everything that it has logged.
    pub(crate) async fn stop(&mut self) -> String {
        self.signal(Signal::TERM);
        let status = self.ended().await;
        assert_eq!(status.code(), Some(0), "the server did not end well");
        self.log()
    }

    /// Everything that an ended server has logged.
    pub(crate) fn log(&mut self) -> String {
        self.log.take().map(|log| log.join().expect("the log is read")).unwrap_or_default()
    }

    /// Another server on the same data and with the same options, once this one has ended.
    pub(crate) async fn again(mut self) -> Server {
        if self.child.try_wait().expect("the process can be waited for").is_none() {
            self.stop().await;
        }
        self.plan.clone().start().await
    }

    /// Somebody registers and logs in.
    pub(crate) async fn register(&self, name: &str) -> User {
        let mailbox: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let body = json!({"username": name, "email": format!("{mailbox}@example.org"), "password": PASSWORD});
        let registered = self.posts("/register", body).await.ok();
        let mut user = self.logs_in(name).await;
        user.id = registered["id"].as_u64().expect("an id is a number");
        user
    }

    /// Ada, who is the owner since she came first, and Grace.
    pub(crate) async fn ada_and_grace(&self) -> (User, User) {
        (self.register("ada").await, self.register("grace").await)
    }

    /// Somebody who is registered logs in, with a session of their own. The id is not known then.
    pub(crate) async fn logs_in(&self, name: &str) -> User {
        let answer = self.posts("/login", json!({"username": name, "password": PASSWORD})).await;
        let token = answer.ok()["token"].as_str().expect("a token is text").to_owned();
        User::new(name, token, self.address, self.http.clone())
    }
}

/// Reads what a process logs, to its end, unless its log is the test's own.
fn read_log(child: &mut Child) -> Option<JoinHandle<String>> {
    let mut stderr = child.stderr.take()?;
    Some(std::thread::spawn(move || {
        let mut log = Vec::new();
        let _ = stderr.read_to_end(&mut log);
        String::from_utf8_lossy(&log).into_owned()
    }))
}

/// A client that follows nothing and keeps no cookies: what a test sends is what the server gets.
fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client needs nothing")
}

impl Asks for Server {
    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.address))
    }
}

impl Server {
    /// Whether it says that it can do its work. It writes to find out, so every change that was on its way before is
    /// made when the answer comes.
    pub(crate) async fn readiness(&self) -> Answer {
        self.gets("/readyz").await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            let last = lines.len().saturating_sub(20);
            eprintln!("The server's last words:\n{}", lines[last..].join("\n"));
        }
    }
}
