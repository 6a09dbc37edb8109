//! A session of a shell in which the shop is asked.

use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Where the README has the shop.
const ADDRESS: &str = "localhost:3000";

/// How long a shop may take to open.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is asked, in order.
const COMMANDS: [&str; 6] = [
    // Who adds something is given a cookie, and the version that the cart is at.
    "tag=$(curl -sc jar -d tea -o body -w '%header{etag}' localhost:3000/cart); echo $tag",
    "curl -sb jar -d milk -o body -w '%{http_code}\\n' -Z --parallel-immediate --no-progress-meter 'localhost:3000/cart?[1-2]'",
    "curl -sb jar localhost:3000/cart  # two at once: two",
    "curl -sb jar -d sugar -w '\\n%{http_code}\\n' -H \"If-Match: $tag\" localhost:3000/cart  # long changed",
    "for i in 1 2; do curl -sb jar -d rice -o body -w '%{http_code}\\n' -H 'Idempotency-Key: 7' localhost:3000/cart; done",
    "curl -sb jar localhost:3000/cart  # one rice, no sugar",
];

/// What a shell shows when a new shop is asked all that.
pub(super) fn record() -> Result<String, Box<dyn Error>> {
    let folder = Folder::new()?;
    let shop = Shop::open(&folder.0)?;
    let answers = shop.ask_all(&folder.0)?;
    let session = COMMANDS.iter().zip(answers).map(|(command, answer)| {
        let answer = without_chance(answer.trim());
        format!("$ {command}\n{answer}\n")
    });
    Ok(session.collect())
}

/// The shop in a process of its own, ended with this value.
struct Shop {
    process: Child,
    address: SocketAddr,
}

impl Shop {
    fn open(folder: &Path) -> Result<Self, Box<dyn Error>> {
        // The port is given back before the shop takes it, so somebody else may be faster.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = free.local_addr()?;
        drop(free);
        let mut process = Command::new(env::current_exe()?)
            .arg(address.to_string())
            .current_dir(folder)
            .stdin(Stdio::null())
            .spawn()?;
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = process.try_wait()? {
                return Err(format!("the shop didn't open: {status}").into());
            }
            if start.elapsed() > PATIENCE {
                process.kill()?;
                process.wait()?;
                return Err("the shop doesn't open".into());
            }
            thread::park_timeout(Duration::from_millis(5));
        }
        Ok(Self { process, address })
    }

    /// The answer to each of the commands, given to one shell.
    fn ask_all(&self, folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
        /// What a shell writes after each of its answers, and `curl` never does.
        const END: &str = "\u{1e}";
        let port = self.address.port();
        let script = COMMANDS
            .map(|command| command.replace(ADDRESS, &format!("localhost:{port}")))
            .map(|command| format!("{command}\nprintf '\\036'\n"))
            .concat();
        let output = Command::new("sh")
            .args(["-eu", "-c", &script])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("the shell ended with {}: is curl here?", output.status).into());
        }
        let answers = String::from_utf8(output.stdout)?;
        Ok(answers.split_terminator(END).map(str::to_owned).collect())
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // Nothing more can be done about a process that can't be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A folder for the shop's carts and the browser's cookies, gone with this value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("shop-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A text without the random half of each version, such as `3-e099ec6cd7363ca5`.
fn without_chance(text: &str) -> String {
    const DIGITS: usize = 16;
    let mut parts = text.split('-');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_counted = result.ends_with(|last: char| last.is_ascii_digit());
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        result.push('-');
        if is_counted && digits == DIGITS {
            result.push('…');
            result.push_str(&part[DIGITS..]);
        } else {
            result.push_str(part);
        }
    }
    result
}
