//! Makes the programs of a package runnable: validators and the like.

use domain::{Fault, LanguageId};
use problems::{Start, Testlib, ValidationLimits};
use sandbox::InputFile;

use crate::compile::{Compiler, Program};
use crate::languages::Languages;
use crate::plan::{Plan, Source};
use crate::pool::Pool;
use crate::prepare::Prepared;
use crate::said::Said;
use crate::tools::Tools;

/// testlib, adapted to the protocol of validators, for programs that include it and do not bring it.
const TESTLIB: &[u8] = include_bytes!("../testlib/testlib.h");

/// What goes before it: partial answers have exit codes that mean nothing else.
const BEFORE_TESTLIB: &[u8] = b"#define PC_BASE_EXIT_CODE 50\n#line 1 \"testlib.h\"\n";

/// What making programs needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workshop<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) compiler: &'a Compiler,
    pub(crate) languages: &'a Languages,
    pub(crate) tools: &'a Tools,
    pub(crate) prepared: &'a Prepared,
}

impl Workshop<'_> {
    /// Makes a program of a package runnable; `kind` is what it is to the package. Faults are the problem's or the
    /// system's.
    pub(crate) async fn make(
        &self,
        kind: &str,
        program: &problems::Program,
        said: &Said,
    ) -> Result<Program, Fault> {
        let name = &program.name;
        let fault = |what: String| Fault::problem(format!("the {kind} {name} {what}"));
        let sources = sources(program).map_err(fault)?;
        let mut plan = match &program.start {
            Start::Run => return Ok(Plan::of_script("./run", sources).program(None)),
            Start::Build => Plan::of_build("./build", "./run", sources),
            Start::Language(language) => self
                .plan(language, sources)
                .await?
                .ok_or_else(|| fault(format!("is in {language}, a language that is not in the table")))?,
        };
        if program.testlib() == Some(Testlib::Missing) {
            // For those who write `#include <testlib.h>`.
            plan.compile_with("CPLUS_INCLUDE_PATH", "/work");
        }
        if let Some(program) = plan.uncompiled() {
            return Ok(program);
        }
        let made = self.compiler.compile(&plan).await?.map_err(|rejected| {
            said.add("", name, rejected.log.as_deref().unwrap_or_default());
            fault(format!("does not compile: {}", rejected.message))
        })?;
        let is_left = |file: &InputFile| file.name == "run" && file.executable;
        if program.start == Start::Build && !made.files.iter().any(is_left) {
            return Err(fault("does not compile: `build` left no file `run`".to_owned()));
        }
        Ok(made)
    }

    async fn plan(&self, language: &LanguageId, sources: Vec<Source>) -> Result<Option<Plan>, Fault> {
        let Some(definition) = self.languages.get(language) else {
            return Ok(None);
        };
        let tools = self.tools.of(definition).await.map_err(Fault::system)?;
        // Packages that give their validators less than is usual are rare, and a run-time that takes more is ended by the limit.
        let memory = ValidationLimits::default().memory_bytes;
        let mut plan = Plan::of_sources(definition, &tools, sources, None, memory);
        if let Some(place) = self.prepared.place(language) {
            plan.use_prepared(&place);
        }
        Ok(Some(plan))
    }
}

fn sources(program: &problems::Program) -> Result<Vec<Source>, String> {
    let mut sources = Vec::with_capacity(program.files.len() + 1);
    for file in &program.files {
        let bytes =
            std::fs::read(&file.path).map_err(|error| format!("cannot be read: {}: {error}", file.name))?;
        sources.push(Source {
            name: file.name.clone(),
            bytes: program.constants.fill(&bytes).into(),
            executable: file.executable,
        });
    }
    if program.testlib() == Some(Testlib::Missing) {
        sources.push(Source {
            name: "testlib.h".to_owned(),
            bytes: [BEFORE_TESTLIB, TESTLIB].concat().into(),
            executable: false,
        });
    }
    Ok(sources)
}
