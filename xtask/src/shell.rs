//! Running other programs so that a failure always names the command.

use std::ffi::{OsStr, OsString};
use std::io::{PipeReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long to wait for more output once a command has ended.
const GRACE: Duration = Duration::from_secs(2);

/// The project's top folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Cargo's target folder.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The cargo that runs this program, so that its toolchain is used throughout.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The program `name` on the PATH, or itself if it is a path to a file.
pub fn which(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let name = Path::new(name.as_ref());
    if name.components().count() > 1 {
        return name.is_file().then(|| name.to_path_buf());
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .flat_map(|folder| ["", ".exe", ".cmd"].map(|suffix| folder.join(format!("{}{suffix}", name.display()))))
        .find(|path| path.is_file())
}

/// The PATH with `folders` in front of it.
pub fn path_with(folders: &[PathBuf]) -> Result<OsString, String> {
    let old = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(folders.iter().cloned().chain(std::env::split_paths(&old)))
        .map_err(|error| format!("the PATH cannot hold one of {folders:?}: {error}"))
}

/// The command as it could be typed, with the program by its name only.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let words = std::iter::once(program.file_name().unwrap_or(program.as_os_str())).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Runs `command` with this program's own input and output; not ending well is an error.
pub fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("`{}` did not start: {error}", line(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", line(command))) }
}

/// What `command` prints on its standard output, or `None` if it does not start or ends badly.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a command printed on both outputs, in order, and whether it ended well.
pub struct Transcript {
    pub text: String,
    pub success: bool,
}

/// Runs `command`, showing what it prints and keeping it.
pub fn tee(command: &mut Command) -> Result<Transcript, String> {
    let name = line(command);
    let trouble = |error: std::io::Error| format!("`{name}` did not run: {error}");
    let (reader, writer) = std::io::pipe().map_err(trouble)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(trouble)?).stderr(writer);
    let mut child = command.spawn().map_err(trouble)?;
    // The command holds the pipe's writing end too; without this its end would never be seen.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (sender, parts) = mpsc::channel();
    std::thread::spawn(move || show(reader, &sender));
    let status = child.wait().map_err(trouble)?;
    let mut bytes = Vec::new();
    // A browser that outlives a test program keeps the pipe open: it is not waited for.
    while let Ok(part) = parts.recv_timeout(GRACE) {
        bytes.extend_from_slice(&part);
    }
    Ok(Transcript { text: String::from_utf8_lossy(&bytes).into_owned(), success: status.success() })
}

/// Copies what comes out of a command to this program's output and to `sender`, until its end.
fn show(mut reader: PipeReader, sender: &mpsc::Sender<Vec<u8>>) {
    let mut buffer = [0; 8192];
    while let Ok(length) = reader.read(&mut buffer) {
        let Some(part) = buffer.get(..length).filter(|part| !part.is_empty()) else { break };
        // A closed terminal must not stop the test run: what was printed is kept all the same.
        let mut stdout = std::io::stdout();
        let _ = stdout.write_all(part).and_then(|()| stdout.flush());
        if sender.send(part.to_vec()).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    #[cfg(unix)]
    fn both_outputs_and_the_status_are_kept() {
        let transcript = tee(&mut shell("echo one; echo two >&2; echo three; exit 3")).unwrap();
        assert_eq!(transcript.text, "one\ntwo\nthree\n");
        assert!(!transcript.success);
        assert!(tee(&mut shell("true")).unwrap().success);
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_stays_behind_is_not_waited_for() {
        let started = Instant::now();
        let transcript = tee(&mut shell("sleep 30 & echo done")).unwrap();
        assert_eq!(transcript.text, "done\n");
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    }

    #[test]
    #[cfg(unix)]
    fn a_failure_names_the_command() {
        assert_eq!(run(&mut shell("exit 2")).unwrap_err(), "`sh -c exit 2` failed (exit status: 2)");
        assert!(run(&mut Command::new("/nowhere/absent")).unwrap_err().starts_with("`absent` did not start: "));
        assert_eq!(output(&mut shell("echo x; exit 1")), None);
        assert_eq!(output(&mut shell("echo x")).as_deref(), Some("x\n"));
    }
}
