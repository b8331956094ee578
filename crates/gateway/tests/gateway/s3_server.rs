//! A real S3-compatible server as a process: versitygw over a folder, with one bucket.

use std::ffi::OsStr;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(60);
pub const ACCESS_KEY: &str = "access-key-of-the-test";
pub const SECRET_KEY: &str = "secret-key-of-the-test";
pub const REGION: &str = "eu-test-1";
pub const BUCKET: &str = "chat-files";

pub struct S3Server {
    child: Option<Child>,
    port: u16,
    folder: TempDir,
    /// A certificate and its key, both files.
    tls: Option<[PathBuf; 2]>,
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Where `cargo xtask test rust` puts it, or as it is found by its name.
fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let installed = root.join(target).join("tools/versitygw");
    match installed.exists() {
        true => installed,
        false => "versitygw".into(),
    }
}

impl S3Server {
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// The same, with TLS where there is a certificate.
    pub fn start_with(tls: Option<[PathBuf; 2]>) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut server = Self {
            child: None,
            port: free.local_addr().unwrap().port(),
            folder: tempfile::tempdir().unwrap(),
            tls,
        };
        drop(free);
        // A folder in it is a bucket.
        std::fs::create_dir_all(server.objects()).unwrap();
        std::fs::create_dir(server.folder.path().join("meta")).unwrap();
        server.again();
        server
    }

    /// Starts it, after it was stopped, with what it holds.
    pub fn again(&mut self) {
        let tls = self.tls.iter().flatten().zip(["--cert", "--key"]);
        let tls = tls.flat_map(|(file, name)| [OsStr::new(name), file.as_os_str()]);
        let mut command = Command::new(program());
        command
            .args(["--access", ACCESS_KEY, "--secret", SECRET_KEY])
            .args(["--region", REGION, "--quiet", "--port"])
            .arg(format!("127.0.0.1:{}", self.port))
            .args(tls)
            .args(["posix", "--sidecar"])
            .arg(self.folder.path().join("meta"))
            .arg(self.folder.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| {
            panic!(
                "versitygw: {error}; `cargo xtask test rust` installs it, or \
                 `go install github.com/versity/versitygw/cmd/versitygw@latest`"
            )
        });
        self.child = Some(child);
        let until = Instant::now() + DEADLINE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < until, "versitygw did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub fn endpoint(&self) -> String {
        let scheme = self.tls.as_ref().map_or("http", |_| "https");
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// Where the objects of the bucket lie.
    pub fn objects(&self) -> PathBuf {
        self.folder.path().join("data").join(BUCKET)
    }
}
