//! Terrarium's developer commands. `cargo xtask` without arguments lists them.

mod bench;
mod counts;
mod manifest;
mod serve;
mod shell;
mod stages;
mod tools;
mod wasm;

use std::process::ExitCode;

use manifest::Manifest;

const HELP: &str = "\
cargo xtask serve [--port N] [--no-build]   build the playground and serve it
cargo xtask test [STAGE...] [--raise]       run every test, or only these stages:
                                            tools fmt clippy native replay web size types page doc
                                            --raise: write the counts reached into wasm-pack.toml
cargo xtask bench --python PATH [N...]      size and speed against a real CPython, collections of N containers
                        [--svg DIR]         the same as pictures
cargo xtask build                           only build the wasm package into www/pkg
cargo xtask tools                           only install the tools the others need";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one command; `Ok(false)` when it ran and has already said that something failed.
fn dispatch(args: &[String]) -> Result<bool, String> {
    let Some((command, rest)) = args.split_first() else {
        println!("{HELP}");
        return Ok(true);
    };
    let manifest = Manifest::load()?;
    match command.as_str() {
        "serve" => serve_command(&manifest, rest),
        "bench" => {
            let options = bench::Options::parse(rest).map_err(|message| format!("{message}\n\n{HELP}"))?;
            bench::run(&manifest, &options)
        }
        "build" => {
            no_arguments(rest)?;
            wasm::build(&manifest).map(|()| true)
        }
        "tools" => {
            no_arguments(rest)?;
            tools::all(&manifest)?;
            Ok(true)
        }
        "test" => {
            let raise = rest.iter().any(|arg| arg == "--raise");
            let names: Vec<&str> = rest.iter().map(String::as_str).filter(|arg| *arg != "--raise").collect();
            stages::run(&manifest, &names, raise)
        }
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(true)
        }
        other => Err(format!("there is no command `{other}`\n\n{HELP}")),
    }
}

fn no_arguments(rest: &[String]) -> Result<(), String> {
    rest.first().map_or(Ok(()), |arg| Err(format!("`{arg}` is not an argument of this command\n\n{HELP}")))
}

fn serve_command(manifest: &Manifest, rest: &[String]) -> Result<bool, String> {
    let mut port = None;
    let mut build = true;
    let mut args = rest.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--port" => {
                let text = args.next().ok_or("--port needs a number")?;
                port = Some(text.parse().map_err(|_| format!("`{text}` is not a port"))?);
            }
            "--no-build" => build = false,
            other => return Err(format!("`{other}` is not an argument of serve\n\n{HELP}")),
        }
    }
    if build {
        wasm::build(manifest)?;
    }
    let server = serve::Server::bind(manifest, port)?;
    println!("Terrarium is open at {} (Ctrl+C stops it)", server.url());
    server.run();
    Ok(true)
}
