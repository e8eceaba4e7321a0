//! What the tests share: running the real program, a demonstration store made once, a server on a free port.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The program under test, speaking English.
pub fn vigie() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.env("LC_ALL", "en_GB.UTF-8").env_remove("VIGIE_STORE").env_remove("VIGIE_STYLES");
    command
}

/// Runs it to its end.
pub fn run(args: &[&str]) -> Output {
    vigie().args(args).output().expect("the program starts")
}

/// Runs it, expects success, and gives its JSON answer.
pub fn json(args: &[&str]) -> Value {
    let output = vigie().args(args).arg("--json").output().expect("the program starts");
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON on standard output")
}

/// Bytes as text, for messages.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A path as an argument.
pub fn arg(path: &Path) -> &str {
    path.to_str().expect("UTF-8 path")
}

/// The real boundaries, where they are; says so where they are not.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

/// The demonstration store, made once for all tests (which only read it).
pub fn demo_store() -> &'static Path {
    static STORE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    &STORE
        .get_or_init(|| {
            let dir = tempfile::tempdir().expect("a folder");
            let path = dir.path().join("demo.gpkg");
            let output = run(&["demo", "--store", arg(&path)]);
            assert!(output.status.success(), "{}", text(&output.stderr));
            (dir, path)
        })
        .1
}

/// A running server; stopped when dropped.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Server {
    /// Serves a store on a free port.
    pub fn start(store: &Path, more: &[&str]) -> Self {
        Self::spawn(vigie(), store, more)
    }

    /// The same, its log in a file.
    pub fn with_log(store: &Path, log: &Path) -> Self {
        let mut program = vigie();
        program.stderr(std::fs::File::create(log).expect("a file"));
        Self::spawn(program, store, &[])
    }

    fn spawn(mut program: Command, store: &Path, more: &[&str]) -> Self {
        let mut child = program
            .args(["serve", "--store", arg(store), "--listen", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a first line");
        let url = line.split_whitespace().find(|w| w.starts_with("http://")).expect("an address").trim_end_matches('/');
        Self { url: url.to_owned(), child }
    }

    /// The JSON at a path.
    pub fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.url);
        let mut response = ureq::get(&url).call().unwrap_or_else(|e| panic!("{url}: {e}"));
        response.body_mut().with_config().limit(100 << 20).read_json().expect("JSON")
    }

    /// Status and JSON body, whatever the status.
    pub fn status(&self, path: &str) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent.get(format!("{}{path}", self.url)).call().expect("an answer");
        (response.status().as_u16(), response.body_mut().read_json().unwrap_or(Value::Null))
    }

    /// The process, for signals.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the process to end by itself.
    pub fn wait(mut self) -> std::process::ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The demonstration served once for all tests that only read.
pub fn demo_server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    // A static is never dropped: the shell stops the server when this process, and so its standard input, ends.
    SERVER.get_or_init(|| {
        let mut shell = Command::new("bash");
        shell.args(["-c", "\"$@\" & server=$!; read -r _; kill \"$server\"", "serve", env!("CARGO_BIN_EXE_vigie")]);
        shell.env("LC_ALL", "en_GB.UTF-8").stdin(Stdio::piped()).stderr(Stdio::null());
        Server::spawn(shell, demo_store(), &[])
    })
}
