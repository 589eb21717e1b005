//! Chromium before a running Gavel, led by a scenario in `e2e/browser/scenarios`.
//!
//! Each scenario is a function of JavaScript and runs in a process of Node, which starts the browser and a proxy that has
//! one address for pages and live events, as operators have it. What only this harness can do, such as restarting a
//! gateway, the process asks for on its standard output. Pictures of the pages are kept in `target/screenshots`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use crate::gavel::{Deployment, binary};
use crate::services::command;

/// Where Debian and others put Chromium.
const CHROMIUM: [&str; 3] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
];

/// Runs the scenario of that name of the file `scenarios/FILE.mjs`; `place` names the deployment in the pictures' path.
pub fn run(deployment: &mut Deployment, place: &str, file: &str, scenario: &str) -> Result<()> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    ensure!(
        directory.join("node_modules/playwright-core").is_dir(),
        "the browser's driver is not installed: run e2e/install-tools.sh"
    );
    let mut child = command("setpriv")
        .args(["--pdeathsig", "KILL", "--", "node", "run.mjs"])
        .current_dir(&directory)
        .env("NODE_NO_WARNINGS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start node: run e2e/install-tools.sh")?;
    let mut input = child.stdin.take().context("it has no standard input")?;
    let output = child.stdout.take().context("it has no standard output")?;
    let settings = json!({
        "api": deployment.client().address(),
        "gateway": deployment.gateways().first().context("no gateway")?.address(),
        "admin": deployment.admin(),
        "gavel": binary()?,
        "home": deployment.home(),
        "chromium": chromium()?,
        "screenshots": screenshots(place)?,
        "file": file,
        "scenario": scenario,
    });
    writeln!(input, "{settings}")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        match line.strip_prefix("? ") {
            Some(request) => answer(deployment, request, &mut input)?,
            #[expect(clippy::print_stdout, reason = "shown by the test runner beside a failure")]
            None => println!("{line}"),
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "the scenario {scenario} failed");
    Ok(())
}

/// Does what the scenario asks for, and tells it the addresses that there are now.
fn answer(deployment: &mut Deployment, request: &str, input: &mut ChildStdin) -> Result<()> {
    match request {
        "restart gateways" => deployment.restart_gateways()?,
        _ => bail!("a scenario asks for {request:?}"),
    }
    let gateway = deployment.gateways().last().context("no gateway")?;
    let addresses = json!({"api": deployment.client().address(), "gateway": gateway.address()});
    writeln!(input, "{addresses}")?;
    Ok(())
}

fn chromium() -> Result<&'static str> {
    let found = CHROMIUM.into_iter().find(|path| Path::new(path).exists());
    found.context("there is no Chromium: run e2e/install-tools.sh")
}

/// Beside what is built.
fn screenshots(place: &str) -> Result<PathBuf> {
    let binary = binary()?;
    let target = binary.ancestors().nth(2).context("the binary lies nowhere")?;
    Ok(target.join("screenshots").join(place))
}
