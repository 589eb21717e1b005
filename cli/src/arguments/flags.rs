//! Reading the command line, and what it and the environment have said: administrators see that on the page of settings.

use api::{Flag, FlagSource};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory as _, FromArgMatches as _};

use super::Arguments;

/// The flags of the command that was given, without secrets.
#[derive(Debug, Default)]
pub(crate) struct Said(pub(crate) Vec<Flag>);

/// Reads the command line, or ends the process with what is wrong with it.
pub(crate) fn read() -> (Arguments, Said) {
    let mut command = Arguments::command();
    let matches = command.get_matches_mut();
    match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => (arguments, said(&command, &matches)),
        Err(error) => error.format(&mut command).exit(),
    }
}

fn said(command: &Command, matches: &ArgMatches) -> Said {
    let Some((name, matches)) = matches.subcommand() else {
        return Said::default();
    };
    let command = command.find_subcommand(name);
    let arguments = command.into_iter().flat_map(Command::get_arguments);
    let shown = arguments.filter(|argument| !argument.is_hide_set());
    Said(shown.filter_map(|argument| flag(argument, matches)).collect())
}

fn flag(argument: &Arg, matches: &ArgMatches) -> Option<Flag> {
    let id = argument.get_id().as_str();
    if matches!(id, "help" | "version") {
        return None;
    }
    let source = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => FlagSource::CommandLine,
        Some(ValueSource::EnvVariable) => FlagSource::Environment,
        _ => FlagSource::Default,
    };
    let raw = matches.try_get_raw(id).ok().flatten();
    let values = raw.map(|values| {
        let values = values.map(|value| value.to_string_lossy().into_owned());
        values.collect::<Vec<_>>().join(", ")
    });
    let about = argument.get_help().map(ToString::to_string).unwrap_or_default();
    Some(Flag {
        name: format!("--{}", argument.get_long()?),
        // What may hold a password is not shown, not even that there is none.
        value: (!argument.is_hide_env_values_set()).then(|| values.unwrap_or_default()),
        source,
        about,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_tell_where_they_come_from_and_no_secrets() {
        let mut command = Arguments::command();
        let line = [
            "gavel",
            "api",
            "--most-waiting",
            "7",
            "--database-url",
            "postgres://a:secret@b/c",
        ];
        let matches = command.try_get_matches_from_mut(line).unwrap();
        let Said(flags) = said(&command, &matches);
        let find = |name: &str| flags.iter().find(|flag| flag.name == name).unwrap();
        let most = find("--most-waiting");
        assert_eq!(
            (most.value.as_deref(), most.source),
            (Some("7"), FlagSource::CommandLine)
        );
        assert!(most.about.contains("wait at once"), "{}", most.about);
        assert_eq!(find("--database-url").value, None);
        let listen = find("--listen");
        assert_eq!(listen.value.as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(listen.source, FlagSource::Default);
        assert!(!format!("{flags:?}").contains("secret"));
    }
}
