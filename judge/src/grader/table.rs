//! The languages of a grader: what its slots show for them, and how they are replaced.

use std::path::Path;
use std::sync::Arc;

use sandbox::SlotConfig;

use super::Grader;
use crate::languages::Languages;
use crate::tools::Tools;

impl Grader {
    /// The same slots with other languages; what is prepared stays as it is. The error says what of the host they would need to see
    /// besides: slots show what they showed when they were started.
    pub(crate) fn with_languages(self, languages: Arc<Languages>) -> Result<Self, String> {
        let is_shown = |path: &&Path| self.shown.iter().any(|root| path.starts_with(root));
        if let Some(hidden) = languages.directories().into_iter().find(|path| !is_shown(path)) {
            return Err(format!(
                "{} is not shown to programs: start the worker again",
                hidden.display()
            ));
        }
        Ok(Self {
            tools: Arc::new(Tools::new(&languages, self.pool.clone())),
            languages,
            ..self
        })
    }
}

/// The slots show what the languages need of the host, too.
pub(super) fn seeing(languages: &Languages, mut config: SlotConfig) -> SlotConfig {
    for path in languages.directories() {
        if !config.tool_roots.iter().any(|root| path.starts_with(root)) {
            config.tool_roots.push(path.to_owned());
        }
    }
    config
}
