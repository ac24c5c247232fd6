//! The program, as operators start it.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;

/// The program, serving on its own port.
pub struct Program {
    pub child: Child,
    /// The address on which it listens, such as `127.0.0.1:1234`.
    pub address: String,
}

impl Program {
    /// Starts it with these flags, and waits until it prints its address.
    pub fn serve(program: impl AsRef<OsStr>, flags: &[impl AsRef<OsStr>]) -> Self {
        Self::serve_with(program, flags, &[])
    }

    /// The same with these variables.
    pub fn serve_with(
        program: impl AsRef<OsStr>,
        flags: &[impl AsRef<OsStr>],
        variables: &[(&str, &str)],
    ) -> Self {
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(flags)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let (said, says) = mpsc::channel();
        for output in [Box::new(out) as Box<dyn Read + Send>, Box::new(err)] {
            let said = said.clone();
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // Nobody listens once the address is known.
                    let _ = said.send(line);
                }
            });
        }
        let address = loop {
            let line = says.recv_timeout(Duration::from_mins(1)).expect("it says where it listens");
            let line: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = line.pointer("/fields/address").or(line.get("address")) {
                break address.as_str().expect("an address").to_owned();
            }
        };
        Self { child, address }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // SIGKILL: it cannot clean up. It may have ended already.
        let _ = self.child.kill();
        self.child.wait().expect("it is a child of this process");
    }
}
