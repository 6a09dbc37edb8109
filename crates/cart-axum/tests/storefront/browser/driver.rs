//! A private `chromedriver`, and the browsers that it starts.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::device::Device;

/// How a browser without a window is started, also as root and in a container.
const ARGUMENTS: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    // The browser ends when the pipe to its driver does.
    "--remote-debugging-pipe",
];

/// What announces the port.
const STARTED: &str = "started successfully on port ";

/// What a browser is to be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_phone: bool,
    pub(crate) is_dark: bool,
    /// Whether a click is over before the next page is there.
    pub(crate) is_hasty: bool,
}

impl Screen {
    pub(crate) const LAPTOP: Self = Self {
        width: 1280,
        height: 900,
        is_phone: false,
        is_dark: false,
        is_hasty: false,
    };
    pub(crate) const PHONE: Self = Self {
        width: 390,
        height: 844,
        is_phone: true,
        ..Self::LAPTOP
    };

    /// The same, with clicks that wait for nothing.
    pub(crate) fn hasty(mut self) -> Self {
        self.is_hasty = true;
        self
    }

    /// The same in the evening.
    pub(crate) fn dark(mut self) -> Self {
        self.is_dark = true;
        self
    }
}

/// A `chromedriver` on a free port. It and its browsers end with this value, and with the test.
#[derive(Debug)]
pub(crate) struct Driver {
    process: Child,
    port: u16,
    profiles: TempDir,
    _output: BufReader<ChildStdout>,
}

impl Driver {
    pub(crate) fn start() -> Self {
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "chromedriver", "--port=0"])
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`setpriv` and `chromedriver`; `cargo xtask test` says how to install them");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            let length = output.read_line(&mut line).expect("text");
            assert!(length > 0, "chromedriver ended: is it installed?");
            if let Some((_, port)) = line.trim_end().split_once(STARTED) {
                break port.trim_end_matches('.').parse().expect("a port");
            }
        };
        let profiles = tempfile::tempdir().expect("a folder");
        Self {
            process,
            port,
            profiles,
            _output: output,
        }
    }

    /// A browser of its own, with nothing in it, to visit the shop at `address` with.
    pub(crate) async fn device(&self, screen: Screen, address: &str) -> Device {
        let profile = tempfile::tempdir_in(self.profiles.path()).expect("a folder");
        let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.keep().display()));
        arguments.push(format!("--window-size={},{}", screen.width, screen.height));
        let scheme = i32::from(!screen.is_dark);
        arguments.push(format!("--blink-settings=preferredColorScheme={scheme}"));
        let mut options = json!({ "args": arguments });
        if screen.is_phone {
            options["mobileEmulation"] = json!({ "deviceMetrics": {
                "width": screen.width, "height": screen.height, "pixelRatio": 1.0, "touch": true,
            }});
        }
        let wish = json!({
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "pageLoadStrategy": if screen.is_hasty { "none" } else { "normal" },
        });
        let Value::Object(wish) = wish else {
            unreachable!("it is an object");
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wish)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("a browser");
        Device::new(client, address, screen.is_hasty)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.process);
        // Nothing more can be done about what can't be killed.
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.process.wait();
    }
}
